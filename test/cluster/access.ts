// What a test does on a cluster by its API alone, whoever started it.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Api, createApi } from './api.ts';
import { kubeconfig } from './credentials.ts';
import { bindAddress, releaseAddress } from './place.ts';
import { type Relay, relay } from './relay.ts';
import { type Finished, runToEnd } from './run.ts';

export interface ExposedService {
  readonly namespace: string;
  readonly name: string;
  /** The Service's, by which clients call it. */
  readonly port: number;
  /** Ports of this machine's loopback that it leads to, asked for each connection; with none it leads nowhere. */
  readonly backends: () => readonly number[];
}

/** What is asked of any cluster. */
export interface Cluster {
  readonly version: string;
  /** As the administrator. */
  readonly api: Api;
  /** The administrator's, a file. */
  readonly kubeconfig: string;
  /** Whether what is deleted goes, namespaces too: controllers see to that. */
  readonly clearsUp: boolean;
  /** For files of a test; it goes with the cluster. */
  readonly folder: string;
  /** Runs kubectl to its end; it rejects for no exit code. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<Finished>;
  /**
   * Writes a kubeconfig that takes its token from a file beside it, as pods do, and tells its path; the same name again
   * renews the token.
   */
  readonly kubeconfigWith: (name: string, token: string) => Promise<string>;
  /** The API, to one who has this token. */
  readonly apiWith: (token: string) => Api;
  /** A token of the service account, as the TokenRequest API issues it. */
  readonly tokenOf: (namespace: string, name: string) => Promise<string>;
  /** Makes a namespace in which pods can be created at once. */
  readonly createNamespace: (name: string, labels?: Readonly<Record<string, string>>) => Promise<void>;
  /** Makes a Service without a selector lead to what the test serves on this machine. */
  readonly expose: (service: ExposedService) => Promise<Relay>;
  /** Copies the logs to where they stay, and tells where that is. */
  readonly keepLogs: (title: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface AccessOptions {
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly api: Api;
  readonly folder: string;
  readonly kubeconfig: string;
  /** The program, such as `kubectl`. */
  readonly kubectl: readonly string[];
}

export type Access = Pick<
  Cluster,
  'api' | 'kubeconfig' | 'folder' | 'kubectl' | 'kubeconfigWith' | 'apiWith' | 'tokenOf' | 'createNamespace'
>;

const tokenShape = z.object({ status: z.object({ token: z.string() }) });
const hour = 3600;

/** Pods need the account at once, and the controller that makes it may be slower, or not be there. */
async function createNamespace(api: Api, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  await api.create('/api/v1/namespaces', { metadata: { name, labels } });
  const account = { method: 'POST', body: { metadata: { name: 'default' } } } as const;
  const { status } = await api.call(`/api/v1/namespaces/${name}/serviceaccounts`, account);
  if (status !== 201 && status !== 409) throw new Error(`${name} has no default service account: ${status}`);
}

export function accessTo({
  api,
  certificateAuthority,
  folder,
  kubeconfig: path,
  kubectl,
  server,
}: AccessOptions): Access {
  return {
    api,
    folder,
    kubeconfig: path,
    kubectl: (args, input) =>
      runToEnd([...kubectl, '--kubeconfig', path, ...args], input, { ...process.env, HOME: folder }),
    kubeconfigWith: async (name, token) => {
      const file = join(folder, `${name}.kubeconfig`);
      const tokenFile = join(folder, `${name}.token`);
      await writeFile(`${tokenFile}.new`, token, { mode: 0o600 });
      await rename(`${tokenFile}.new`, tokenFile);
      await writeFile(file, kubeconfig({ server, certificateAuthority, user: { tokenFile } }), { mode: 0o600 });
      return file;
    },
    apiWith: (token) => createApi({ server, certificateAuthority, token }),
    tokenOf: async (namespace, name) => {
      const collection = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      const answer = await api.create(collection, { spec: { expirationSeconds: 2 * hour } });
      return tokenShape.parse(answer).status.token;
    },
    createNamespace: (name, labels = {}) => createNamespace(api, name, labels),
  };
}

const serviceShape = z.object({ spec: z.object({ clusterIP: z.string() }) });

/** Without a node nobody makes a Service's address lead anywhere: this machine takes the address, and hands on. */
export async function exposeByAddress(api: Api, { backends, name, namespace, port }: ExposedService): Promise<Relay> {
  const { spec } = serviceShape.parse(await api.get(`/api/v1/namespaces/${namespace}/services/${name}`));
  const host = spec.clusterIP;
  await bindAddress(host);
  const relaying = await relay({ host, port }, () =>
    backends().map((backend) => ({ host: '127.0.0.1', port: backend })),
  );
  const close = async () => {
    await relaying.close();
    await releaseAddress(host);
  };
  return { port, drop: relaying.drop, close };
}

/** Where nodes have a kube-proxy: the Service's endpoint is a port on this machine's address, as the cluster sees it. */
export async function exposeByEndpoint(
  api: Api,
  { backends, name, namespace, port }: ExposedService,
  address: string,
): Promise<Relay> {
  const relaying = await relay({ host: address, port: 0 }, () =>
    backends().map((backend) => ({ host: '127.0.0.1', port: backend })),
  );
  const slice = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  await api.apply(`${slice}/${name}-test`, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-test`, labels: { 'kubernetes.io/service-name': name } },
    addressType: address.includes(':') ? 'IPv6' : 'IPv4',
    ports: [{ name: 'webhook', port: relaying.port, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  });
  const close = async () => {
    await relaying.close();
    await api.call(`${slice}/${name}-test`, { method: 'DELETE' });
  };
  return { port, drop: relaying.drop, close };
}
