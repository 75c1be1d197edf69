// The program that `helm test` runs in a pod, as Helm rendered it, against a listener like the webhook's.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { aws, settleProfile } from '../../src/core/injection/index.ts';
import { Refusal } from '../../src/core/refusals/index.ts';
import type { HttpHandler } from '../../src/core/wire/index.ts';
import { createAdmissionHandler, onlyCertified } from '../../src/features/webhook/index.ts';
import { serve } from '../../src/io/http/index.ts';
import { type SelfSignedServer, selfSignedServer } from '../../src/io/tls/index.ts';

const podShape = z.object({
  kind: z.literal('Pod'),
  spec: z.object({
    containers: z.tuple([z.object({ args: z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]) })]),
  }),
});

const policyShape = z.object({
  kind: z.literal('NetworkPolicy'),
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    podSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    ingress: z.array(z.unknown()),
  }),
});

interface Program {
  readonly source: string;
  readonly url: string;
  readonly expected: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

function programOf(rendered: string): Program {
  const documents = parseAllDocuments(readFileSync(`test/charts/rendered/${rendered}.yaml`, 'utf8'));
  const pod = documents.find((document) => document.get('kind') === 'Pod');
  const [source, url, expected, namespace, serviceAccount] = podShape.parse(pod?.toJS()).spec.containers[0].args;
  return { source, url, expected, namespace, serviceAccount };
}

let certificates: SelfSignedServer;

beforeAll(async () => {
  const names = { commonName: 'podiam', dnsNames: ['localhost'], ipAddresses: [] };
  certificates = await selfSignedServer(names, { now: Date.now(), days: 1 });
});

const settled = settleProfile(aws);
if (settled instanceof Refusal) throw new Error(settled.explain());
/** As it is where only what is there may be looked up, and everything else is kept out. */
const there = new Set(['podiam-system', 'podiam-system/podiam-webhook']);
const find = (key: string) => (there.has(key) ? { annotations: {} } : Promise.reject(new Error(`there is no ${key}`)));
const admission = createAdmissionHandler({
  config: () => ({ profiles: [settled] }),
  onRefusal: 'deny',
  onFailure: 'deny',
  findServiceAccount: (namespace, name) => find(`${namespace}/${name}`),
  findNamespace: (namespace) => find(namespace),
  log: () => {},
  randomBytes: (length) => new Uint8Array(length),
});

async function run(rendered: string, handler: HttpHandler): Promise<string> {
  const { cert, key, clientCa } = {
    cert: certificates.certificate,
    key: certificates.privateKey,
    clientCa: certificates.caCertificate,
  };
  const server = await serve({ host: '127.0.0.1', port: 0, tls: { cert, key, clientCa }, handler });
  onTestFinished(() => server.close({ graceMs: 0 }));
  const { expected, namespace, serviceAccount, source } = programOf(rendered);
  const args = ['-e', source, `${server.url}/mutate`, expected, namespace, serviceAccount];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

test('it asks the Service', () => {
  expect(programOf('defaults').url).toBe('https://podiam-webhook.podiam-system.svc/mutate');
});

test('it passes where a plain pod of the webhook’s own namespace is let in, whatever else is kept out', async () => {
  await expect(run('defaults', admission)).resolves.toContain('the webhook answers');
});

test('it passes where, with a CA of clients, it is refused as a stranger', async () => {
  await expect(run('own-profiles', onlyCertified(admission))).resolves.toContain('strangers are refused');
});

test.each([
  ['strangers are let in', 'own-profiles', admission],
  ['everyone is refused', 'defaults', onlyCertified(admission)],
  ['what answers is no webhook', 'defaults', () => ({ status: 200, headers: {}, body: '{"response":{"uid":"x"}}' })],
] as const)('it fails where %s', async (_, rendered, handler) => {
  await expect(run(rendered, handler)).rejects.toThrow(/the webhook/);
});

test('it is admitted by a NetworkPolicy that lasts as long as it, where API servers alone are by that of the release', () => {
  const documents = parseAllDocuments(readFileSync('test/charts/rendered/everything.yaml', 'utf8'));
  const policies = documents.flatMap((document) => {
    const parsed = policyShape.safeParse(document.toJS());
    return parsed.success ? [parsed.data] : [];
  });
  const own = policies.find(({ metadata }) => metadata.name.endsWith('-test'));
  expect(own?.metadata.annotations['helm.sh/hook']).toBe('test');
  expect(own?.spec.podSelector.matchLabels['app.kubernetes.io/component']).toBe('webhook');
  const pod = documents.find((document) => document.get('kind') === 'Pod');
  const { labels } = z.object({ metadata: z.object({ labels: z.unknown() }) }).parse(pod?.toJS()).metadata;
  expect(own?.spec.ingress).toEqual([
    { ports: [{ port: 'webhook', protocol: 'TCP' }], from: [{ podSelector: { matchLabels: labels } }] },
  ]);
});
