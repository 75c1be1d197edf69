// A cluster as `podiam webhook` meets it: an API server that misbehaves as it is told, with what `podiam install` would have
// made, and the files that a pod finds its credentials in.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';
import { type ApiServer, startApiServer, type TlsFiles } from '../../io/kubernetes/api-server.ts';

const configurations = 'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const namespace = 'podiam-system';
const secretName = 'podiam-webhook-tls';

export const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

const bundleShape = z.object({ webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string() }) })) });
const secretShape = z.object({ data: z.record(z.string(), z.string()).default({}) });

export interface Cluster {
  readonly api: ApiServer;
  readonly kubeconfig: string;
  readonly folder: string;
  /** What an API server trusts at this moment (PEM). */
  readonly caBundle: () => string;
  readonly setCaBundle: (pem: string) => void;
  /** Text by key, not in Base64. */
  readonly secret: () => Readonly<Record<string, string>>;
  readonly setSecret: (data: Readonly<Record<string, string>>) => void;
  readonly removeSecret: () => void;
  /** A service account with a role of its own name; without one where `role` is null. */
  readonly putAccount: (name: string, role?: string | null) => void;
  /** Another certificate of another CA, and another token, from here on; what the webhook is given has to follow. */
  readonly rotateApiServer: () => Promise<{ readonly tellWebhook: () => Promise<void> }>;
}

const ofApiServer = () =>
  selfSignedServer(
    { commonName: 'kubernetes', dnsNames: ['kubernetes.default.svc'], ipAddresses: ['127.0.0.1'] },
    { now: Date.now(), days: 1 },
  );

const filesOf = ({ certificate, privateKey }: SelfSignedServer): TlsFiles => ({ cert: certificate, key: privateKey });

async function writeCredentials(folder: string, ca: string, token: string): Promise<void> {
  await writeFile(join(folder, 'ca.crt'), ca);
  await writeFile(join(folder, 'token'), token);
}

function kubeconfigOf(server: string, folder: string): string {
  return JSON.stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': join(folder, 'ca.crt') } }],
    users: [{ name: 'test', user: { tokenFile: join(folder, 'token') } }],
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString();

/** Secret and webhook configuration, as an administrator and the replicas see them. */
function objectsOf(api: ApiServer) {
  const setCaBundle = (pem: string) => {
    const clientConfig = { service: { name: 'podiam-webhook', namespace }, caBundle: base64(pem) };
    const webhooks = ['pods.podiam.dev', 'pods.kube-system.podiam.dev'].map((name) => ({ name, clientConfig }));
    api.put(configurations, { metadata: { name: 'podiam-webhook' }, webhooks });
  };
  const setSecret = (data: Readonly<Record<string, string>>) => {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
    api.put('v1/secrets', { metadata: { name: secretName, namespace }, data: encoded });
  };
  return {
    setCaBundle,
    setSecret,
    caBundle: () => {
      const stored = bundleShape.parse(api.storage.get(configurations, undefined, 'podiam-webhook'));
      return fromBase64(stored.webhooks[0]?.clientConfig.caBundle ?? '');
    },
    secret: () => {
      const { data } = secretShape.parse(api.storage.get('v1/secrets', namespace, secretName) ?? {});
      return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, fromBase64(value)]));
    },
    removeSecret: () => void api.storage.remove('v1/secrets', namespace, secretName),
  };
}

export interface ClusterOptions {
  /** Milliseconds between bookmarks of a watch. */
  readonly bookmarkMs?: number;
}

export async function startCluster({ bookmarkMs = 500 }: ClusterOptions = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'podiam-faults-'));
  const certificates = await ofApiServer();
  const api = await startApiServer({ tls: filesOf(certificates), tokens: ['token-1'], bookmarkMs });
  onTestFinished(async () => {
    await api.stop().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  });
  await writeCredentials(folder, certificates.caCertificate, 'token-1');
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(api.url, folder));
  const objects = objectsOf(api);
  objects.setCaBundle('');
  objects.setSecret({});
  let rotations = 1;
  return {
    api,
    kubeconfig,
    folder,
    ...objects,
    putAccount: (name, role = roleArn(name)) =>
      void api.putServiceAccount('default', name, role === null ? undefined : { 'podiam.dev/role-arn': role }),
    rotateApiServer: async () => {
      const next = await ofApiServer();
      const token = `token-${++rotations}`;
      api.setTls(filesOf(next));
      api.tokens = new Set([token]);
      api.dropConnections();
      return { tellWebhook: () => writeCredentials(folder, next.caCertificate, token) };
    },
  };
}

/** Waits generously for what must come to be. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const patience = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > patience) throw new Error(`waited in vain until ${what}`);
    await sleep(20);
  }
}
