// Pods as they come to be in a cluster: through controllers, beside another webhook's side cars, under Pod Security,
// with containers that are added later, and at the very moment at which their service account does.
import { createServer } from 'node:https';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { selfSignedServer } from '../../../src/io/tls/index.ts';
import { annotate, injected, pod, podSpec, roleArn, rolesIn, tryPod } from '../pods.ts';
import { useCluster } from '../use-cluster.ts';
import { type InstalledWebhook, installWebhook } from '../webhook.ts';

const cluster = useCluster({ hasControllers: true });
let webhook: InstalledWebhook | undefined;

beforeAll(async () => {
  webhook = await installWebhook(cluster(), { install: ['--profile=aws'] });
});
afterAll(() => webhook?.uninstall());

const listShape = z.object({ items: z.array(z.unknown()) });
const podsOf = async (namespace: string) =>
  listShape.parse(await cluster().api.get(`/api/v1/namespaces/${namespace}/pods`)).items;

async function setUp(namespace: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
  await cluster().createNamespace(namespace, labels);
  await annotate(cluster(), namespace, 'web');
}

const template = { metadata: { labels: { app: 'web' } }, spec: podSpec('web') };
const selector = { matchLabels: { app: 'web' } };
const jobSpec = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };
const workloads = [
  { path: 'apps/v1/namespaces/NS/deployments', spec: { replicas: 2, selector, template }, pods: 2 },
  { path: 'apps/v1/namespaces/NS/statefulsets', spec: { serviceName: 'web', selector, template }, pods: 1 },
  { path: 'batch/v1/namespaces/NS/jobs', spec: jobSpec, pods: 1 },
  { path: 'batch/v1/namespaces/NS/cronjobs', spec: { schedule: '* * * * *', jobTemplate: { spec: jobSpec } }, pods: 1 },
];

test.each(workloads)('the pods that a controller makes are injected: $path', async ({ path, pods, spec }) => {
  const kind = path.slice(path.lastIndexOf('/') + 1);
  const namespace = `of-${kind}`;
  await setUp(namespace);
  const collection = `/apis/${path.replace('NS', namespace)}`;
  await cluster().api.create(collection, { metadata: { name: 'web' }, spec });
  if (kind === 'cronjobs') {
    // A run that was missed is made up for at once.
    const lastScheduleTime = new Date(Date.now() - 90_000).toISOString().replace(/\.\d+/, '');
    await cluster().api.merge(`${collection}/web/status`, { status: { lastScheduleTime } });
  }
  await expect.poll(() => podsOf(namespace), { timeout: 90_000 }).toHaveLength(pods);
  for (const made of await podsOf(namespace)) expect(rolesIn(made)).toEqual({ app: injected });
});

test('a side car that another webhook adds after us is injected, too: reinvocationPolicy', async () => {
  await setUp('side-cars', { 'side-car': 'wanted' });
  const { api, expose } = cluster();
  const service = 'z-side-car';
  await api.create('/api/v1/namespaces/side-cars/services', {
    metadata: { name: service },
    spec: { ports: [{ name: 'webhook', port: 443 }] },
  });
  const names = { commonName: service, dnsNames: [`${service}.side-cars.svc`], ipAddresses: [] };
  const tls = await selfSignedServer(names, { now: Date.now(), days: 1 });
  let asked = 0;
  const server = createServer({ cert: tls.certificate, key: tls.privateKey }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked += 1;
      const review: unknown = JSON.parse(Buffer.concat(chunks).toString());
      const { uid } = z.object({ request: z.object({ uid: z.string() }) }).parse(review).request;
      const sidecar = { op: 'add', path: '/spec/containers/-', value: { name: 'side-car', image: 's' } };
      const patch = Buffer.from(JSON.stringify([sidecar])).toString('base64');
      const answer = { uid, allowed: true, patchType: 'JSONPatch', patch };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const relay = await expose({ namespace: 'side-cars', name: service, port: 443, backends: () => [port] });
  onTestFinished(async () => {
    await relay.close();
    server.close();
    server.closeAllConnections();
  });
  const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  await api.create(configurations, {
    metadata: { name: service },
    webhooks: [
      {
        name: 'side-car.example.com',
        clientConfig: {
          service: { namespace: 'side-cars', name: service, port: 443 },
          caBundle: Buffer.from(tls.caCertificate).toString('base64'),
        },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        namespaceSelector: { matchLabels: { 'side-car': 'wanted' } },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  await expect
    .poll(async () => rolesIn((await tryPod(cluster(), 'side-cars', pod('p', 'web'))).body), { timeout: 20_000 })
    .toEqual({ app: injected, 'side-car': injected });
  expect(asked).toBeGreaterThan(0);
  await api.delete(`${configurations}/${service}`);
});

test('A20 a container that kubectl debug adds to an injected pod has the role, too', async () => {
  await setUp('debugged');
  await cluster().api.create('/api/v1/namespaces/debugged/pods', pod('p', 'web'));
  const debug = ['debug', 'p', '-n', 'debugged', '--image=shell', '--target=app', '-c', 'shell', '--attach=false'];
  const { code, stderr } = await cluster().kubectl(debug);
  expect(code, stderr).toBe(0);
  const changed = await cluster().api.get('/api/v1/namespaces/debugged/pods/p');
  expect(rolesIn(changed)).toEqual({ app: injected, shell: injected });
});

test.each(['restricted', 'baseline'])('Pod Security takes the pod with what we add, under %s', async (level) => {
  const labels = { 'pod-security.kubernetes.io/enforce': level, 'pod-security.kubernetes.io/warn': level };
  await setUp(level, labels);
  const { body, status, warnings } = await tryPod(cluster(), level, pod('p', 'web'));
  expect(status).toBe(201);
  expect(warnings).toEqual([]);
  expect(rolesIn(body)).toEqual({ app: injected });
  const privileged = {
    ...podSpec('web'),
    containers: [{ name: 'app', image: 'a', securityContext: { privileged: true } }],
  };
  const judged = await tryPod(cluster(), level, { ...pod('p', 'web'), spec: privileged });
  expect(judged.status).toBe(403);
});

test('of 500 pods, each created in the instant in which its service account was, all are injected', async () => {
  await cluster().createNamespace('in-an-instant');
  const numbers = Array.from({ length: 500 }, (_, index) => index);
  const bare: number[] = [];
  const work = async () => {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
      const name = `a${number}`;
      await annotate(cluster(), 'in-an-instant', name, { 'eks.amazonaws.com/role-arn': `${roleArn}${number}` });
      const { body } = await tryPod(cluster(), 'in-an-instant', pod('p', name));
      if (rolesIn(body)['app']?.role !== `${roleArn}${number}`) bare.push(number);
    }
  };
  await Promise.all(Array.from({ length: 8 }, () => work()));
  expect(bare).toEqual([]);
});
