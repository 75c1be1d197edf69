// The platform as the chart brings it to a cluster: what Helm rendered, read as a cluster would read it, and its
// configuration given to the real command.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { platformSettings } from '../../src/cli/platform/settings.ts';
import { platform } from '../../src/cli/platform.ts';
import { resolveSettings } from '../../src/core/settings/index.ts';
import { chartCases, isOfPlatform, renderedObjects, renderedPath } from '../../tools/chart/chart.ts';
import { startPodiam, temporaryFolder } from '../cli/podiam.ts';
import { freePort } from '../io/sql/postgres-server.ts';

const labels = z.record(z.string(), z.string());
const selector = z.object({ matchLabels: labels });
const probe = z.object({
  httpGet: z.object({ path: z.string(), port: z.string(), scheme: z.enum(['HTTP', 'HTTPS']) }),
});
const container = z.looseObject({
  args: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
});
const podSpec = z.looseObject({
  serviceAccountName: z.string().optional(),
  automountServiceAccountToken: z.literal(false),
  containers: z.tuple([container]),
});
const deployment = z.object({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    replicas: z.number(),
    strategy: z.looseObject({ type: z.string() }),
    selector,
    template: z.object({
      metadata: z.object({ labels, annotations: labels.optional() }),
      spec: podSpec.extend({ terminationGracePeriodSeconds: z.number() }),
    }),
  }),
});
const testPod = z.object({ kind: z.literal('Pod'), metadata: z.object({ labels }), spec: podSpec });
const service = z.object({
  kind: z.literal('Service'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ type: z.string(), selector: labels, ports: z.array(z.object({ targetPort: z.string() })) }),
});
const configMap = z.object({ kind: z.literal('ConfigMap'), data: z.object({ 'podiam.yaml': z.string() }) });

const objectsOf = (name: string) => renderedObjects(readFileSync(`test/charts/rendered/${name}.yaml`, 'utf8'));

/** Those objects that have this form. */
function those<Schema extends z.ZodType>(schema: Schema, objects: readonly unknown[]): readonly z.output<Schema>[] {
  return objects.flatMap((object) => {
    const parsed = schema.safeParse(object);
    return parsed.success ? [parsed.data] : [];
  });
}

function one<Schema extends z.ZodType>(schema: Schema, objects: readonly unknown[]): z.output<Schema> {
  const [first, ...others] = those(schema, objects);
  if (first === undefined || others.length > 0) throw new Error(`there are ${others.length} more of them, or none`);
  return first;
}

/** `podiam platform …`, in this process. */
async function runPlatform(args: readonly string[], stop: AbortSignal, environment: Readonly<Record<string, string>>) {
  let [output, errors] = ['', ''];
  const code = await platform.run(args, {
    environment,
    write: (text) => (output += text),
    writeError: (text) => (errors += text),
    readStandardInput: () => Promise.resolve(''),
    stop,
  });
  return { code, output, errors };
}

const deploymentOf = (name: string) => one(deployment, objectsOf(name).filter(isOfPlatform));
const configurationOf = (name: string) => one(configMap, objectsOf(name).filter(isOfPlatform)).data['podiam.yaml'];

const cases = chartCases.filter((chartCase) => objectsOf(chartCase.name).some(isOfPlatform));

describe.each(cases)('the case $name', (chartCase) => {
  const objects = renderedObjects(readFileSync(renderedPath(chartCase), 'utf8'));

  test('names no object twice', () => {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
  });

  test('has every Service lead to pods of one kind alone, to ports that they have', () => {
    const workloads = those(deployment, objects);
    const pods = [
      ...workloads.map(({ spec }) => ({ labels: spec.template.metadata.labels, spec: spec.template.spec })),
      ...those(testPod, objects).map(({ metadata, spec }) => ({ labels: metadata.labels, spec })),
    ];
    for (const { metadata, spec } of those(service, objects)) {
      const selected = pods.filter((pod) =>
        Object.entries(spec.selector).every(([key, value]) => pod.labels[key] === value),
      );
      expect(selected, metadata.name).toHaveLength(1);
      const ports = selected[0]?.spec.containers[0].ports.map(({ name }) => name);
      expect(ports).toEqual(expect.arrayContaining(spec.ports.map(({ targetPort }) => targetPort)));
    }
    expect(workloads.length).toBe(chartCase.flags === undefined ? 1 : 2);
  });

  test('opens the metrics to nobody outside', () => {
    const open = those(service, objects).filter(({ spec }) =>
      spec.ports.some(({ targetPort }) => targetPort === 'metrics'),
    );
    expect(open.map(({ spec }) => spec.type)).toEqual(open.map(() => 'ClusterIP'));
  });

  test('gives the platform no rights in the cluster, and no token', () => {
    const { spec } = deploymentOf(chartCase.name).spec.template;
    const bindings = objects.filter(({ kind }) => kind.endsWith('Binding'));
    expect(JSON.stringify(bindings)).not.toContain(`"${spec.serviceAccountName}"`);
    expect(JSON.stringify(spec)).not.toContain('serviceAccountToken"');
  });

  test('gives a pod the time that it needs to end, which is its drain, its grace and what is to be closed', () => {
    const { terminationGracePeriodSeconds } = deploymentOf(chartCase.name).spec.template.spec;
    const { 'drain-seconds': drain } = z
      .looseObject({ 'drain-seconds': z.number() })
      .parse(parse(configurationOf(chartCase.name)));
    expect(terminationGracePeriodSeconds).toBe(drain + 20);
  });

  test('has a configuration that podiam platform takes as it is', async () => {
    const file = join(await temporaryFolder(), 'podiam.yaml');
    await writeFile(file, configurationOf(chartCase.name));
    const ran = await runPlatform(['--print-config'], new AbortController().signal, { PODIAM_CONFIG: file });
    expect(ran).toMatchObject({ code: 0, errors: '' });
    expect(ran.output).toMatch(/^host +"::" +file$/m);
  });
});

test('where SQLite keeps the records there is one replica, and the old one goes before the new one comes', () => {
  const { replicas, strategy } = deploymentOf('platform-on-sqlite').spec;
  expect({ replicas, strategy }).toEqual({ replicas: 1, strategy: { type: 'Recreate' } });
  expect(deploymentOf('platform').spec.replicas).toBe(2);
});

test('labels and annotations of one’s own on the pods leave those that select them, and tell of their configuration', () => {
  const { selector, template } = deploymentOf('platform-beside-webhook').spec;
  expect(template.metadata.labels).toEqual({ ...selector.matchLabels, team: 'identity' });
  expect(template.metadata.annotations?.['podiam.dev/configuration']).toMatch(/^[0-9a-f]{64}$/);
});

test('a secret stands in a Secret alone', () => {
  const text = JSON.stringify(objectsOf('platform-beside-webhook').filter(({ kind }) => kind !== 'Secret'));
  expect(text).not.toContain('s3cr');
});

describe('with the volumes of the case platform-on-sqlite as folders', () => {
  /** Laid out as the kubelet would, below a folder of the test. @returns the container's environment there */
  async function layOut(): Promise<Readonly<Record<string, string>>> {
    const folder = await temporaryFolder();
    const here = (path: string) => path.replaceAll(/\/(?:etc|var\/lib)\/podiam\//g, (found) => `${folder}${found}`);
    const files = new Map([
      ['/etc/podiam/configuration/podiam.yaml', here(configurationOf('platform-on-sqlite'))],
      ['/etc/podiam/key-encryption-key/key-encryption-key', `${Buffer.alloc(32, 7).toString('base64')}\n`],
      ['/var/lib/podiam/lost+found', ''],
    ]);
    for (const [path, text] of files) {
      await mkdir(dirname(here(path)), { recursive: true });
      await writeFile(here(path), text);
    }
    const { env } = deploymentOf('platform-on-sqlite').spec.template.spec.containers[0];
    return Object.fromEntries(env.map(({ name, value }) => [name, here(value)]));
  }

  test('the container runs, its probes are answered, helm test passes, and the notes’ command opens an account', async () => {
    const environment = await layOut();
    const [{ args, ...rest }] = deploymentOf('platform-on-sqlite').spec.template.spec.containers;
    expect(args).toEqual(['platform']);
    const ports = new Map([
      ['api', await freePort()],
      ['metrics', await freePort()],
    ]);
    const stop = new AbortController();
    const running = runPlatform([], stop.signal, {
      ...environment,
      PODIAM_PORT: String(ports.get('api')),
      PODIAM_METRICS_PORT: String(ports.get('metrics')),
      PODIAM_DRAIN_SECONDS: '0',
      PODIAM_LOG_LEVEL: 'silent',
    });

    const probes = z.object({ startupProbe: probe, livenessProbe: probe, readinessProbe: probe }).parse(rest);
    const statusOf = ({ httpGet: { path, port, scheme } }: z.output<typeof probe>) =>
      fetch(`${scheme.toLowerCase()}://127.0.0.1:${ports.get(port)}${path}`).then(
        ({ status }) => status,
        () => 0,
      );
    for (const each of [probes.startupProbe, probes.livenessProbe, probes.readinessProbe]) {
      await expect.poll(() => statusOf(each), { timeout: 20_000 }).toBe(200);
    }

    const [program = '', url = ''] = one(testPod, objectsOf('platform-on-sqlite')).spec.containers[0].args;
    expect(url).toBe('http://podiam-platform.identity.svc/readyz');
    const here = `http://127.0.0.1:${ports.get('api')}/readyz`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, here]);
    expect(stdout).toBe('the platform is ready\n');

    const notes = readFileSync('charts/podiam/templates/NOTES.txt', 'utf8');
    const [, command = ''] = /-- \/podiam (platform account create --name NAME)$/m.exec(notes) ?? [];
    const created = await startPodiam(command.split(' '), { environment }).finished;
    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(created.stdout).toMatch(/^Account \d{12} \(NAME\) is open\./);
    stop.abort();
    expect(await running).toMatchObject({ code: 0, errors: '' });
  });
});

describe('the chart’s values of the platform', () => {
  const schemaShape = z.looseObject({ properties: z.record(z.string(), z.unknown()) });
  const platformSchema = schemaShape.parse(
    schemaShape.parse(JSON.parse(readFileSync('charts/podiam/values.schema.json', 'utf8'))).properties['platform'],
  ).properties;
  const mapping = z.record(z.string(), z.unknown());
  const values = mapping.parse(mapping.parse(parse(readFileSync('charts/podiam/values.yaml', 'utf8')))['platform']);

  test('are those of its schema, at every depth', () => {
    expect(Object.keys(values)).toEqual(Object.keys(platformSchema));
    for (const [name, schema] of Object.entries(platformSchema)) {
      const inner = schemaShape.safeParse(schema);
      if (!inner.success || name === 'settings') continue;
      expect(Object.keys(mapping.parse(values[name])), name).toEqual(Object.keys(inner.data.properties));
    }
  });

  const settingShape = z.object({
    type: z.enum(['string', 'boolean', 'integer']).optional(),
    enum: z.array(z.string()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  });
  const settings = z.record(z.string(), settingShape).parse(schemaShape.parse(platformSchema['settings']).properties);
  /** What the chart says by itself, of where things are and what its other values tell. */
  const ofChart = [
    'data database database-file key-encryption-key host port gateway-port metrics-port tls-cert tls-key'.split(' '),
    'public-url drain-seconds issuer-ca routes upstream'.split(' '),
  ].flat();

  test('are all settings of podiam platform, but those that the chart decides', () => {
    expect([...Object.keys(settings), ...ofChart].sort()).toEqual(Object.keys(platformSettings).sort());
  });

  /** What a value's schema lets through at its edges, and what it keeps out there. */
  function edgesOf({ enum: words = [], maximum, minimum, type }: z.output<typeof settingShape>) {
    const taken: readonly unknown[] = [
      ...words,
      ...(type === 'string' ? ['text'] : []),
      ...(type === 'boolean' ? [true, false] : []),
      ...[minimum, maximum].filter((edge) => edge !== undefined),
    ];
    const refused = [...(minimum === undefined ? [] : [minimum - 1]), ...(maximum === undefined ? [] : [maximum + 1])];
    return { taken, refused };
  }

  test.each(Object.entries(settings))('take the setting %s as the command takes it', (name, schema) => {
    const file = (value: unknown) => ({ flags: {}, environment: {}, file: { [name]: value } });
    const read = (value: unknown) => resolveSettings(platformSettings, file(value));
    const { refused, taken } = edgesOf(schema);
    expect(taken.length).toBeGreaterThan(0);
    for (const value of taken) expect(read(value)).toMatchObject({ values: { [name]: value } });
    for (const value of refused) expect(read(value)).toMatchObject({ code: 'setting-invalid' });
  });
});

test('docs/platform.md: what it has installed is the case platform', () => {
  const page = readFileSync('docs/platform.md', 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']): unknown => parse(text));
  const { values } = cases.find(({ name }) => name === 'platform') ?? {};
  expect(blocks).toContainEqual(values);
});
