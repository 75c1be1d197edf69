// Installing, changing and removing, by kubectl and by both Helms, as an API server sees it.
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { runToEnd } from '../run.ts';
import { pathOf } from '../toolchain.ts';
import { useOwnCluster } from '../use-cluster.ts';
import { installation, installWebhook } from '../webhook.ts';

const cluster = useOwnCluster({ hasControllers: true });
const project = join(import.meta.dirname, '..', '..', '..');
const flags = ['--profile=aws', '--failure-policy=Fail', '--watch-config-map'];
const values = [
  '--set=image=podiam:test',
  '--set=profile={aws}',
  '--set=failurePolicy=Fail',
  '--set=watchConfigMap=true',
];

const objectShape = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});
type LiveObject = z.infer<typeof objectShape>;
const listShape = z.object({ items: z.array(objectShape) });

/** What `podiam install` prints, as a file for kubectl. */
async function manifest(...further: string[]): Promise<string> {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: await installation([...flags, ...further]) });
}

async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { code, stderr, stdout } = await cluster().kubectl(args, input);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Those of the installation's objects that are there. */
async function live(): Promise<readonly LiveObject[]> {
  const text = await kubectl(['get', '--ignore-not-found', '-o', 'json', '-f', '-'], await manifest());
  return text.trim() === '' ? [] : listShape.parse(JSON.parse(text)).items;
}

const versions = async () =>
  Object.fromEntries(
    (await live())
      // Controllers write what they see of it into its status.
      .filter(({ kind }) => !['Deployment', 'PodDisruptionBudget', 'Namespace'].includes(kind))
      .map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion]),
  );

const ofHelm = (key: string) =>
  key.startsWith('meta.helm.sh/') || key === 'app.kubernetes.io/managed-by' || key === 'helm.sh/chart';
const ofServer = new Set(['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields']);
const ofTools = (key: string) =>
  ofHelm(key) ||
  key === 'kubectl.kubernetes.io/last-applied-configuration' ||
  key === 'deployment.kubernetes.io/revision';
const ofCluster = new Set(['clusterIP', 'clusterIPs', 'status']);

/** What an installation decides of its objects: neither what the API server adds, nor who applied them. */
function decided(objects: readonly LiveObject[]): readonly unknown[] {
  return objects
    .filter(({ kind }) => kind !== 'Namespace')
    .map(({ metadata, ...object }): unknown => {
      const kept = Object.entries(metadata).filter(([key]) => !ofServer.has(key));
      const own = (texts: Readonly<Record<string, string>>) =>
        Object.fromEntries(Object.entries(texts).filter(([key]) => !ofTools(key)));
      const named = {
        ...Object.fromEntries(kept),
        labels: own(metadata.labels),
        annotations: own(metadata.annotations),
      };
      return JSON.parse(
        JSON.stringify({ ...object, metadata: named }, (key, value: unknown) =>
          ofCluster.has(key) ? undefined : value,
        ),
      );
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const podShape = z.object({ items: z.array(z.unknown()) });
const podsLeft = async () => podShape.parse(await cluster().api.get('/api/v1/namespaces/podiam-system/pods')).items;
const patience = { timeout: 60_000, interval: 500 };

describe('podiam install | kubectl apply -f -', () => {
  test('takes everything, twice with the same result, and kubectl delete leaves nothing behind', async () => {
    await kubectl(['apply', '-f', '-'], await manifest());
    const first = await versions();
    const again = await kubectl(['apply', '-f', '-'], await manifest());
    expect(await versions()).toEqual(first);
    // kubectl says so of every PodDisruptionBudget: its selector is always replaced.
    const changed = again.split('\n').filter((line) => line.endsWith(' configured'));
    expect(changed).toEqual(['poddisruptionbudget.policy/podiam-webhook configured']);
    await kubectl(['apply', '--server-side', '-f', '-'], await manifest());
    await kubectl(['delete', '--timeout=60s', '-f', '-'], await manifest());
    await expect.poll(live, patience).toEqual([]);
  });

  test('server-side apply twice changes nothing, not even what the running webhook keeps', async () => {
    const apply = async () => kubectl(['apply', '--server-side', '-f', '-'], await manifest());
    await apply();
    const first = await versions();
    await apply();
    expect(await versions()).toEqual(first);
    await kubectl(['delete', '--timeout=60s', '-f', '-'], await manifest());
    const webhook = await installWebhook(cluster(), { install: flags });
    onTestFinished(() => webhook.uninstall());
    const kept = await versions();
    const printed = await installation(flags);
    const items = printed.filter(({ kind }) => kind === 'MutatingWebhookConfiguration' || kind === 'Secret');
    await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    expect(await versions()).toEqual(kept);
  });
});

describe.each(['helm3', 'helm4'] as const)('%s', (program) => {
  const helm = async (...args: string[]) => {
    const { folder, kubeconfig } = cluster();
    const environment = { ...process.env, HOME: join(folder, program), KUBECONFIG: kubeconfig };
    const chart = join(project, 'charts', 'podiam');
    const [verb = '', ...others] = args;
    const charted = verb === 'install' || verb === 'upgrade' ? ['podiam', chart, ...values] : ['podiam'];
    const command = [pathOf(program), verb, ...charted, '--namespace=podiam-system', ...others];
    const { code, stderr, stdout } = await runToEnd(command, '', environment);
    expect(code, stderr).toBe(0);
    return stdout;
  };

  test('installs the objects that podiam install prints, but for the Namespace', async () => {
    await expect.poll(live, patience).toEqual([]);
    await kubectl(['apply', '-f', '-'], await manifest());
    const applied = decided(await live());
    await kubectl(['delete', '--timeout=60s', '-f', '-'], await manifest());
    await expect.poll(live, patience).toEqual([]);
    await helm('install', '--create-namespace');
    expect(decided(await live())).toEqual(applied);
  });

  test('upgrades to the same without a change, and to something else with one', async () => {
    const before = await versions();
    await helm('upgrade');
    expect(await versions()).toEqual(before);
    await helm('upgrade', '--set=replicas=3');
    const deployment = (await live()).find(({ kind }) => kind === 'Deployment');
    expect(deployment).toHaveProperty('spec.replicas', 3);
    expect(await versions()).toEqual(before);
  });

  test('uninstalls, and nothing is left but the Namespace that it was told to make', async () => {
    await helm('uninstall', '--wait');
    await expect.poll(async () => (await live()).map(({ kind }) => kind), patience).toEqual(['Namespace']);
    await expect.poll(podsLeft, patience).toEqual([]);
    await kubectl(['delete', 'namespace', 'podiam-system', '--timeout=60s']);
  });
});
