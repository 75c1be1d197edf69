// The cluster that PODIAM_TEST_KUBECONFIG names, where none can be started.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { accessTo, type Cluster, exposeByEndpoint } from './access.ts';
import { createApi } from './api.ts';
import { runToEnd } from './run.ts';
import { pathOf } from './toolchain.ts';

/** Its kubeconfig, made absolute; undefined where clusters are started. */
export function givenKubeconfig(): string | undefined {
  return process.env['PODIAM_TEST_KUBECONFIG'];
}

const configShape = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string().default('') }) }),
  ]),
});
const versionShape = z.object({ gitVersion: z.string() });

/** `kubectl proxy` proves who we are by whatever the kubeconfig says. */
async function startProxy(kubectl: readonly string[], kubeconfig: string) {
  const child = spawn(
    kubectl[0] ?? '',
    [...kubectl.slice(1), '--kubeconfig', kubeconfig, 'proxy', '--port=0', '--reject-paths=^$'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const server = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const port = /:(\d+)/.exec(chunk.toString())?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error('kubectl proxy ended')));
  });
  return { server, stop: () => void child.kill() };
}

/** This machine's address on the way to the cluster; PODIAM_TEST_ADDRESS where the cluster knows it by another. */
async function ownAddress(server: string): Promise<string> {
  const told = process.env['PODIAM_TEST_ADDRESS'];
  if (told !== undefined) return told;
  const { hostname, port } = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port || '443') });
    socket.once('error', reject);
    socket.once('connect', () => {
      resolve(socket.localAddress ?? '127.0.0.1');
      socket.destroy();
    });
  });
}

export async function connectGivenCluster(kubeconfig: string): Promise<Cluster> {
  const kubectl = existsSync(pathOf('kubernetes')) ? [pathOf('kubernetes'), 'kubectl'] : ['kubectl'];
  const folder = await mkdtemp(join(tmpdir(), 'podiam-given-'));
  const view = await runToEnd([
    ...kubectl,
    '--kubeconfig',
    kubeconfig,
    'config',
    'view',
    '--raw',
    '--minify',
    '--flatten',
    '-o',
    'json',
  ]);
  if (view.code !== 0) throw new Error(`PODIAM_TEST_KUBECONFIG: ${view.stderr}`);
  const { clusters } = configShape.parse(JSON.parse(view.stdout));
  const { server } = clusters[0].cluster;
  const certificateAuthority = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64').toString();
  const proxy = await startProxy(kubectl, kubeconfig);
  const api = createApi({ server: proxy.server, certificateAuthority, token: '' });
  const address = await ownAddress(server);
  const access = accessTo({ server, certificateAuthority, api, folder, kubeconfig, kubectl });
  const made: string[] = [];
  const { gitVersion } = versionShape.parse(await api.get('/version'));
  return {
    ...access,
    clearsUp: true,
    createNamespace: async (name, labels) => {
      await access.createNamespace(name, labels);
      made.push(name);
    },
    version: gitVersion.replace(/^v/, ''),
    expose: (service) => exposeByEndpoint(api, service, address),
    keepLogs: () => Promise.resolve(folder),
    stop: async () => {
      if (made.length > 0) await access.kubectl(['delete', 'namespace', '--ignore-not-found', ...made]);
      api.close();
      proxy.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
