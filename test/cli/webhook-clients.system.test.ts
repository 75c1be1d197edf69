import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type CertifiedKey, issueLeaf, makeAuthority, selfSignedServer } from '../../src/io/tls/index.ts';
import { startApiServer } from '../io/kubernetes/api-server.ts';
import { podiam, startPodiam, temporaryFolder } from './podiam.ts';

const day = 86_400_000;
const validity = { notBefore: Date.now() - day, notAfter: Date.now() + day };
const service = 'podiam-webhook.podiam-system.svc';

/** A client certificate as an API server would have it, of an authority for that alone. */
async function clientOf(authority: CertifiedKey) {
  const names = { commonName: 'kube-apiserver', dnsNames: ['kube-apiserver'], ipAddresses: [] };
  const { certificate, privateKey } = await issueLeaf(authority, names, validity, 'clientAuth');
  return { cert: certificate, key: privateKey };
}

const review = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u',
    kind: { kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'default',
    object: {
      metadata: { name: 'p' },
      spec: { serviceAccountName: 'my-app', containers: [{ name: 'app', image: 'x' }] },
    },
  },
});

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

function call(url: string, ca: string, client: { cert?: string; key?: string } = {}): Promise<Answer> {
  const isReview = url.endsWith('/mutate');
  return new Promise((resolve, reject) => {
    const headers = isReview ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(review) } : {};
    const method = isReview ? 'POST' : 'GET';
    const options = { method, ca, servername: service, headers, agent: false, ...client };
    const outgoing = httpsRequest(url, options, (incoming) => {
      text(incoming).then((body) => resolve({ status: incoming.statusCode, body }), reject);
    });
    outgoing.on('error', reject).end(isReview ? review : undefined);
  });
}

async function setUp() {
  const api = await startApiServer({ bookmarkMs: 200 });
  onTestFinished(() => api.stop());
  const names = { commonName: 'podiam-webhook', dnsNames: [service], ipAddresses: [] };
  const serving = await selfSignedServer(names, { now: Date.now(), days: 1 });
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const data = { 'tls.crt': base64(serving.certificate), 'tls.key': base64(serving.privateKey) };
  api.put('v1/secrets', { metadata: { name: 'serving', namespace: 'podiam-system' }, data });
  api.putServiceAccount('default', 'my-app', { 'store.example.com/role-arn': 'arn:minio:iam:::role/reports' });
  const folder = await temporaryFolder();
  const [kubeconfig, clientCa] = [join(folder, 'kubeconfig'), join(folder, 'ca.crt')];
  const config = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${api.port}` } }],
    users: [{ name: 'test', user: {} }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const where = ['--kubeconfig', kubeconfig, '--host', '127.0.0.1', '--port', '0', '--metrics-port', '0'];
  const tls = ['--tls', 'secret', '--tls-secret', 'serving', '--client-ca', clientCa];
  const profile = ['--config', 'examples/own-profile/podiam.yaml'];
  return {
    ca: serving.caCertificate,
    clientCa,
    args: ['webhook', ...where, ...tls, ...profile, '--drain-seconds', '0'],
  };
}

test('A19 with a client CA admission is for API servers, probes for kubelets, and the CA changes without a restart', async () => {
  const { args, ca, clientCa } = await setUp();
  const [first, second] = await Promise.all([makeAuthority('api-servers', validity), makeAuthority('next', validity)]);
  await writeFile(clientCa, first.certificate);
  const started = startPodiam(args);
  const [, url = ''] = await started.saidOnError(/"url":"([^"]+)"/);
  await expect.poll(async () => (await call(`${url}/readyz`, ca)).status, { timeout: 20_000 }).toBe(200);

  const refused = await call(`${url}/mutate`, ca);
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.body)).toMatchObject({ kind: 'Status', reason: 'Forbidden' });
  expect((await call(`${url}/mutate`, ca, await clientOf(second))).status).toBe(403);

  const { body } = await call(`${url}/mutate`, ca, await clientOf(first));
  const answer = z
    .object({ response: z.object({ allowed: z.literal(true), patch: z.string() }) })
    .parse(JSON.parse(body));
  const patch = Buffer.from(answer.response.patch, 'base64').toString();
  expect(patch).toContain('arn:minio:iam:::role/reports');
  expect(patch).toContain('sts.store.example.com');

  await writeFile(clientCa, first.certificate.slice(0, 200));
  await started.saidOnError(/the last good client authorities stay/);
  expect((await call(`${url}/mutate`, ca, await clientOf(first))).status).toBe(200);
  await writeFile(clientCa, second.certificate);
  await started.saidOnError(/trusts other client certificates/);
  expect((await call(`${url}/mutate`, ca, await clientOf(second))).status).toBe(200);
  expect((await call(`${url}/mutate`, ca, await clientOf(first))).status).toBe(403);
  expect((await call(`${url}/healthz`, ca)).status).toBe(200);
  started.kill('SIGTERM');
  expect((await started.finished).code).toBe(0);
});

test.each([
  ['is not there', undefined],
  ['is no certificate', readFileSync('LICENSE', 'utf8')],
])('A19 a client CA that %s lets nobody in: the webhook does not start', async (_, content) => {
  const { args, clientCa } = await setUp();
  if (content !== undefined) await writeFile(clientCa, content);
  const run = await podiam(args);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('The authorities of client certificates cannot be read');
  expect(run.stderr).toContain(clientCa);
});
