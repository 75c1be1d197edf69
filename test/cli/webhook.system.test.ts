import { writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { startApiServer } from '../io/kubernetes/api-server.ts';
import { podiam, type Started, startPodiam, temporaryFolder } from './podiam.ts';

const configurations = 'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

/** An API server with what `podiam install` would have made, and the command that talks to it. */
async function setUp(args: readonly string[] = []) {
  const api = await startApiServer({ bookmarkMs: 200 });
  onTestFinished(() => api.stop());
  api.put('v1/secrets', { metadata: { name: 'podiam-webhook-tls', namespace: 'podiam-system' }, data: {} });
  api.put(configurations, {
    metadata: { name: 'podiam-webhook' },
    webhooks: [{ name: 'pods.podiam.dev', clientConfig: { service: { name: 'podiam-webhook' } } }],
  });
  api.putServiceAccount('default', 'my-app', { 'podiam.dev/role-arn': 'arn:aws:iam::123456789012:role/my-app' });
  const kubeconfig = join(await temporaryFolder(), 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${api.port}` } }],
      users: [{ name: 'test', user: {} }],
    }),
  );
  const common = ['--kubeconfig', kubeconfig, '--host', '127.0.0.1', '--port', '0', '--metrics-port', '0'];
  const profile = ['--profile', 'podiam', '--sts-endpoint', 'https://sts.example.com'];
  const all = ['webhook', ...common, ...profile, '--drain-seconds', '0', ...args];
  return { api, all };
}

interface Served extends Started {
  readonly url: string;
  readonly metricsUrl: string;
}

async function serve(all: readonly string[]): Promise<Served> {
  const started = startPodiam(all);
  const [, url = '', metricsUrl = ''] = await started.saidOnError(/"url":"([^"]+)","metrics":"([^"]+)"/);
  await expect.poll(async () => (await fetch(`${metricsUrl}/readyz`)).status, { timeout: 20_000 }).toBe(200);
  return { ...started, url, metricsUrl };
}

const answerShape = z.object({
  response: z.object({ allowed: z.boolean(), patch: z.string().optional(), warnings: z.array(z.string()).default([]) }),
});

/** Asks as an API server does, trusting only the caBundle. */
function review(url: string, ca: string, serviceAccountName: string): Promise<z.infer<typeof answerShape>['response']> {
  const pod = {
    metadata: { name: 'p', namespace: 'default' },
    spec: { serviceAccountName, containers: [{ name: 'app', image: 'x' }] },
  };
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', kind: { kind: 'Pod' }, operation: 'CREATE', namespace: 'default', name: 'p', object: pod },
  });
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      ca,
      servername: 'podiam-webhook.podiam-system.svc',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    };
    const outgoing = httpsRequest(`${url}/mutate?timeout=5s`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
        resolve(answerShape.parse(value).response);
      });
    });
    outgoing.on('error', reject).end(body);
  });
}

const configurationShape = z.object({
  webhooks: z.tuple([z.object({ clientConfig: z.object({ caBundle: z.string() }) })]),
});

async function caBundleOf(apiPort: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${apiPort}/apis/${configurations}/podiam-webhook`);
  const { webhooks } = configurationShape.parse(await response.json());
  return Buffer.from(webhooks[0].clientConfig.caBundle, 'base64').toString();
}

describe('podiam webhook --tls self', () => {
  test('makes its certificate, tells the API server whom to trust, injects, and ends with exit code 0', async () => {
    const { api, all } = await setUp();
    const served = await serve(all);
    const ca = await caBundleOf(api.port);
    const injected = await review(served.url, ca, 'my-app');
    expect(Buffer.from(injected.patch ?? '', 'base64').toString()).toContain('arn:aws:iam::123456789012:role/my-app');
    expect((await review(served.url, ca, 'stranger')).patch).toBeUndefined();

    api.putServiceAccount('default', 'late', { 'podiam.dev/role-arn': 'arn:aws:iam::123456789012:role/late' });
    expect((await review(served.url, ca, 'late')).patch).toBeDefined();

    const metrics = await (await fetch(`${served.metricsUrl}/metrics`)).text();
    expect(metrics).toContain('podiam_webhook_decisions_total{kind="Pod",outcome="injected",profile="podiam"} 2');
    expect(metrics).toContain('pod_identity_webhook_pod_count{method="sts_web_identity"} 2');
    served.kill('SIGTERM');
    const end = await served.finished;
    expect(end).toMatchObject({ code: 0, stdout: '' });
    expect(end.stderr).toContain('injected p as arn:aws:iam::123456789012:role/my-app (service account annotation)');
    expect(end.stderr).not.toContain('PRIVATE KEY');
  });

  test('F1 goes on injecting what it knows while the API server is away, and warns about what it cannot look up', async () => {
    const { api, all } = await setUp();
    const served = await serve(all);
    const ca = await caBundleOf(api.port);
    await api.stop();
    expect((await review(served.url, ca, 'my-app')).patch).toBeDefined();
    const unknown = await review(served.url, ca, 'unknown');
    expect(unknown).toMatchObject({ allowed: true });
    expect(unknown.warnings.join(' ')).toContain('service account default/unknown');
    expect((await fetch(`${served.metricsUrl}/readyz`)).status).toBe(200);
  });

  test('two replicas that start at once serve one authority', async () => {
    const { api, all } = await setUp();
    const [first, second] = await Promise.all([serve(all), serve(all)]);
    const ca = await caBundleOf(api.port);
    expect((await review(first.url, ca, 'my-app')).patch).toBeDefined();
    expect((await review(second.url, ca, 'my-app')).patch).toBeDefined();
  });
});

describe('A15 podiam webhook --watch-config-map', () => {
  const good = { RoleARN: 'arn:aws:iam::123456789012:role/mapped' };
  const putMapping = (api: Awaited<ReturnType<typeof setUp>>['api'], config: string) =>
    api.put('v1/configmaps', {
      metadata: { namespace: 'podiam-system', name: 'pod-identity-webhook' },
      data: { config },
    });

  test('with one bad entry at the start takes the others, and tells of it', async () => {
    const { api, all } = await setUp(['--watch-config-map']);
    api.putServiceAccount('default', 'mapped');
    putMapping(api, JSON.stringify({ 'default/mapped': good, oops: {}, 'default/oops': { RoleARN: 1 } }));
    const served = await serve(all);
    const ca = await caBundleOf(api.port);
    expect((await review(served.url, ca, 'mapped')).patch).toBeDefined();
    api.putServiceAccount('default', 'oops');
    const { patch, warnings } = await review(served.url, ca, 'oops');
    expect([patch, warnings.join(' ')]).toEqual([undefined, expect.stringContaining('RoleARN of default/oops')]);
    const metrics = await (await fetch(`${served.metricsUrl}/metrics`)).text();
    expect(metrics).toContain('podiam_webhook_source_failures_total{source="role-mapping"} 1');
  });

  test('with nothing that can be read is not ready and says why, until it can', async () => {
    const { api, all } = await setUp(['--watch-config-map', '--on-failure', 'deny']);
    api.putServiceAccount('default', 'mapped');
    putMapping(api, '{"default/mapped":');
    const started = startPodiam(all);
    const [, url = '', metricsUrl = ''] = await started.saidOnError(/"url":"([^"]+)","metrics":"([^"]+)"/);
    const readiness = async () => (await fetch(`${metricsUrl}/readyz`)).text();
    await expect.poll(readiness, { timeout: 20_000 }).toMatch(/^the role mapping is not known: .*line 1/);
    const ca = await caBundleOf(api.port);
    expect(await review(url, ca, 'mapped')).toMatchObject({ allowed: false });
    putMapping(api, JSON.stringify({ 'default/mapped': good }));
    await expect.poll(readiness, { timeout: 20_000 }).toBe('ok\n');
    expect((await review(url, ca, 'mapped')).patch).toBeDefined();
  });
});

describe('what is asked wrongly is said, with its exit code', () => {
  test.each([
    [['--tls', 'files'], 2, 'tls-cert'],
    [['--profile', 'amazon'], 2, 'There is no profile amazon'],
    [['--region', 'a b'], 2, 'region'],
    [['--metrics-port', '70000'], 2, '--metrics-port is ‘70000’'],
  ])('%j', async (args, code, sentence) => {
    const { all } = await setUp(args);
    const run = await podiam(all);
    expect(run.code).toBe(code);
    expect(run.stderr).toContain(sentence);
  });

  test('a kubeconfig that is not there', async () => {
    const run = await podiam(['webhook', '--kubeconfig', '/nowhere/config']);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('/nowhere/config');
  });
});
