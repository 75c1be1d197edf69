// The platform as a release of the chart on a node, with what the chart leaves to its operator: PostgreSQL, the Secrets, a
// certificate.
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect } from 'vitest';
import { z } from 'zod';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';
import { type PostgresServer, startPostgres } from '../../io/sql/postgres-server.ts';
import { podiamImage } from '../images.ts';
import type { NodeCluster } from '../node.ts';
import { type Relay, relay } from '../relay.ts';
import { runToEnd } from '../run.ts';
import { pathOf } from '../toolchain.ts';
import { kubectl } from './installed.ts';
import type { Tenant } from './platform.ts';

export const releaseNamespace = 'podiam-system';
export const platformName = 'podiam-platform';
const host = `${platformName}.${releaseNamespace}.svc`;
const platformUrl = `https://${host}`;
const project = join(import.meta.dirname, '..', '..', '..');
const chart = join(project, 'charts', 'podiam');

const ofNode = { image: podiamImage, imagePullPolicy: 'Never' };

/** Both parts, with the platform over PostgreSQL. */
export const bothParts = {
  ...ofNode,
  profile: ['podiam'],
  injection: { 'sts-endpoint': platformUrl },
  replicas: 1,
  drainSeconds: 0,
  platform: {
    enabled: true,
    publicUrl: platformUrl,
    database: { secret: 'database' },
    keyEncryptionKey: { secret: 'keys' },
    settings: { 'audit-log': '-' },
    drainSeconds: 5,
    networkPolicy: true,
  },
};

export const storageClass = 'by-hand';

/** The platform alone, on a volume. */
export const onVolume = {
  ...ofNode,
  webhook: { enabled: false },
  platform: {
    enabled: true,
    publicUrl: `http://${host}`,
    tls: 'none',
    sqlite: { enabled: true, storageClass },
    keyEncryptionKey: { secret: 'keys' },
    drainSeconds: 0,
  },
};

/** Runs Helm on the release's namespace, with values on standard input. @returns what it printed */
export async function helm(cluster: NodeCluster, args: readonly string[], input: unknown = {}): Promise<string> {
  const environment = { ...process.env, HOME: cluster.folder, KUBECONFIG: cluster.kubeconfig };
  const command = [pathOf('helm4'), ...args, `--namespace=${releaseNamespace}`];
  const { code, stderr, stdout } = await runToEnd(command, JSON.stringify(input), environment);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Until all pods are ready. */
export async function release(cluster: NodeCluster, verb: 'install' | 'upgrade', given: unknown): Promise<void> {
  await helm(cluster, [verb, 'podiam', chart, '--values=-', '--wait', '--timeout=120s'], given);
}

/** Until all is gone. */
export const uninstall = (cluster: NodeCluster) => helm(cluster, ['uninstall', 'podiam', '--wait', '--timeout=90s']);

export interface Database {
  /** As pods reach it: a schema of its own, and empty. */
  readonly newSchema: () => Promise<string>;
  /** Nobody reaches it any more, until `reconnect`. */
  readonly cutOff: () => Promise<void>;
  readonly reconnect: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A PostgreSQL of this machine where pods reach what a test serves. */
async function serveDatabase({ place }: NodeCluster): Promise<Database> {
  const server: PostgresServer = await startPostgres();
  const from = { host: place.outside, port: server.port };
  const connect = () => relay(from, () => [{ host: '127.0.0.1', port: server.port }]);
  let relaying: Relay = await connect();
  return {
    newSchema: async () => (await server.newSchema()).replace('127.0.0.1', from.host),
    cutOff: () => relaying.close(),
    reconnect: async () => void (relaying = await connect()),
    remove: async () => {
      await relaying.close();
      await server.remove();
    },
  };
}

export interface Prepared {
  readonly database: Database;
  readonly certificate: SelfSignedServer;
}

/** The namespace as docs/platform.md has it, with what the release needs and does not make. */
export async function prepare(cluster: NodeCluster): Promise<Prepared> {
  await cluster.createNamespace(releaseNamespace, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const database = await serveDatabase(cluster);
  const names = { commonName: host, dnsNames: [host], ipAddresses: [] };
  const certificate = await selfSignedServer(names, { now: Date.now(), days: 1 });
  const secrets = [
    { metadata: { name: 'database' }, stringData: { url: await database.newSchema() } },
    { metadata: { name: 'keys' }, stringData: { 'key-encryption-key': Buffer.alloc(32, 7).toString('base64') } },
    {
      metadata: { name: `${platformName}-tls` },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': certificate.certificate, 'tls.key': certificate.privateKey },
    },
  ];
  for (const secret of secrets) await cluster.api.create(`/api/v1/namespaces/${releaseNamespace}/secrets`, secret);
  return { database, certificate };
}

const podsShape = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.object({
        podIP: z.string().default(''),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        containerStatuses: z.array(z.object({ restartCount: z.number() })).default([]),
      }),
    }),
  ),
});

/** The replicas that stay, by name. */
export async function replicas({ api }: NodeCluster) {
  const selector = 'app.kubernetes.io%2Fcomponent%3Dplatform';
  const { items } = podsShape.parse(
    await api.get(`/api/v1/namespaces/${releaseNamespace}/pods?labelSelector=${selector}`),
  );
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name }, status }) => ({
      name,
      address: status.podIP,
      isReady: status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
      restarts: status.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The node's processes, by what their command lines begin with. */
const processesOf = `for each in /proc/[0-9]*; do
  tr '\\0' ' ' 2>/dev/null <"$each/cmdline" | grep -q "$1" && echo "\${each#/proc/}"
done`;

/** Kills one replica where it runs, as the kernel does when there is no memory left. */
export async function killReplica({ onNode }: NodeCluster): Promise<void> {
  const { stdout } = await onNode(['sh', '-c', processesOf, 'sh', '/podiam platform $']);
  const [first = '', ...others] = stdout.trim().split('\n');
  expect(others).toHaveLength(1);
  expect((await onNode(['kill', '-KILL', first])).code).toBe(0);
}

/** A command of the operator's in one of the pods, as the release's notes have it. */
export function operate(cluster: NodeCluster, command: string): Promise<string> {
  const inPod = ['exec', `deployment/${platformName}`, `--namespace=${releaseNamespace}`, '--', '/podiam'];
  return kubectl(cluster, [...inPod, ...command.split(' ')]);
}

const openedShape = z.object({ id: z.string(), root_key: z.object({ bearer: z.string() }) });
const serviceShape = z.object({ spec: z.object({ clusterIP: z.string() }) });

/** Opens an account; its calls go to the Service, whose certificate is verified. */
export async function openTenant(cluster: NodeCluster, { certificate }: Prepared): Promise<Tenant> {
  const printed = await operate(cluster, 'platform account create --name acme --output json');
  const { id, root_key: rootKey } = openedShape.parse(JSON.parse(printed));
  const path = `/api/v1/namespaces/${releaseNamespace}/services/${platformName}`;
  const { spec } = serviceShape.parse(await cluster.api.get(path));
  const call = (method: string, path: string, body?: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      const headers = { authorization: `Bearer ${rootKey.bearer}`, 'content-type': 'application/json' };
      const server = { host: spec.clusterIP, servername: host, ca: certificate.caCertificate, agent: false } as const;
      const asked = request({ ...server, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode = 0 } = response;
          if (statusCode >= 200 && statusCode < 300) resolve(text === '' ? undefined : JSON.parse(text));
          else reject(new Error(`${statusCode} ${path}: ${text}`));
        });
      });
      asked.once('error', reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { accountId: id, call };
}

/** The blocks of this language in the page's section about Kubernetes. */
function blocksOf(language: 'sh' | 'yaml'): readonly string[] {
  const page = readFileSync(join(project, 'docs', 'platform.md'), 'utf8');
  const [, section = ''] = /\n## In Kubernetes\n([^]*?)\n## /.exec(page) ?? [];
  return [...section.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, block = '']) => block);
}

/**
 * What docs/platform.md has its reader type, in someone's shell; but for the image, which nodes have already.
 * @returns what the blocks printed
 */
export async function followPage(
  cluster: NodeCluster,
  { certificate, database }: Prepared,
): Promise<readonly string[]> {
  const folder = join(cluster.folder, 'reader');
  const [values = ''] = blocksOf('yaml');
  const files = {
    kubectl: `#!/bin/sh\nexec ${pathOf('kubernetes')} kubectl "$@"\n`,
    helm: `#!/bin/sh\nexec ${pathOf('helm4')} "$@"\n`,
    'tls.crt': certificate.certificate,
    'tls.key': certificate.privateKey,
    'platform.yaml': values.replace(/^image: .*$/m, `image: ${podiamImage}`),
  };
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o700 });
  await symlink(join(project, 'charts'), join(folder, 'charts'));
  const environment = {
    ...process.env,
    HOME: folder,
    KUBECONFIG: cluster.kubeconfig,
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    DATABASE_URL: await database.newSchema(),
  };
  const printed: string[] = [];
  for (const block of blocksOf('sh')) {
    const { code, stderr, stdout } = await runToEnd(['sh', '-euc', `cd ${folder}\n${block}`], '', environment);
    expect(code, stderr).toBe(0);
    printed.push(stdout);
  }
  return printed;
}
