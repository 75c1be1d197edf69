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
  spec: z.object({ containers: z.tuple([z.object({ args: z.tuple([z.string(), z.string(), z.string()]) })]) }),
});

function programOf(rendered: string): { readonly source: string; readonly url: string; readonly expected: string } {
  const documents = parseAllDocuments(readFileSync(`test/charts/rendered/${rendered}.yaml`, 'utf8'));
  const pod = documents.find((document) => document.get('kind') === 'Pod');
  const [source, url, expected] = podShape.parse(pod?.toJS()).spec.containers[0].args;
  return { source, url, expected };
}

let certificates: SelfSignedServer;

beforeAll(async () => {
  const names = { commonName: 'podiam', dnsNames: ['localhost'], ipAddresses: [] };
  certificates = await selfSignedServer(names, { now: Date.now(), days: 1 });
});

const settled = settleProfile(aws);
if (settled instanceof Refusal) throw new Error(settled.explain());
const admission = createAdmissionHandler({
  config: () => ({ profiles: [settled] }),
  onRefusal: 'deny',
  onFailure: 'deny',
  findServiceAccount: () => Promise.resolve(undefined),
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
  const { expected, source } = programOf(rendered);
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', source, `${server.url}/mutate`, expected]);
  return stdout;
}

test('it asks the Service', () => {
  expect(programOf('defaults').url).toBe('https://podiam-webhook.podiam-system.svc/mutate');
});

test('it passes where a plain pod is let in', async () => {
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
