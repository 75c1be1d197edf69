// The programs of a control plane: etcd, the API server, and those that act on what is written there.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createApi } from './api.ts';
import { type ClusterCredentials, credentialFiles, makeServiceAccountKey } from './credentials.ts';
import type { Place } from './place.ts';
import { type Component, startComponent, untilReady } from './processes.ts';
import { pathOf, type Release, releaseProgram } from './toolchain.ts';

export interface ControlPlaneOptions {
  readonly place: Place;
  readonly credentials: ClusterCredentials;
  readonly release: Release;
  readonly apiServerFlags: readonly string[];
}

export interface ControlPlane {
  readonly server: string;
  /** Starts one of the programs beside the API server, by its name and flags; with the others it ends. */
  readonly start: (name: string, flags: readonly string[]) => Component;
  readonly restartApiServer: (how?: { readonly signal?: 'SIGKILL' }) => Promise<void>;
  readonly stopApiServer: () => Promise<void>;
  readonly startApiServer: () => Promise<void>;
  /** Everything that was written is gone: etcd begins again with nothing, and with it the API server. */
  readonly forgetEverything: () => Promise<void>;
  /** A new key signs the tokens; those that the old ones signed are accepted while `keepsOld`. */
  readonly rotateServiceAccountKey: (keepsOld: boolean) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const issuer = 'https://kubernetes.default.svc.cluster.local';
export const apiPort = 6443;

function etcdFlags(address: string, folder: string): readonly string[] {
  const client = `http://${address}:2379`;
  const peer = `http://${address}:2380`;
  return [
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
}

/** The first key signs; all of them are believed. */
function apiServerFlags(place: Place, keys: readonly number[]): readonly string[] {
  const { address, folder, serviceRange } = place;
  const files = credentialFiles(folder);
  const [signing = 1] = keys;
  return [
    `--etcd-servers=http://${address}:2379`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${apiPort}`,
    `--tls-cert-file=${files.serverCertificate}`,
    `--tls-private-key-file=${files.serverKey}`,
    `--service-cluster-ip-range=${serviceRange}`,
    `--service-account-issuer=${issuer}`,
    `--service-account-signing-key-file=${files.serviceAccountKey(signing)}`,
    ...keys.map((key) => `--service-account-key-file=${files.serviceAccountKey(key)}`),
    `--api-audiences=${issuer}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged',
    '--kubelet-preferred-address-types=InternalIP',
    '--shutdown-delay-duration=0s',
  ];
}

/** Starts etcd, then the API server: one that comes before its store can fall over. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { credentials, place, release } = options;
  const { address, folder } = place;
  const binary = pathOf(releaseProgram(release));
  const server = `https://${address}:${apiPort}`;
  const others: Component[] = [];
  let generations = [1];

  const startProgram = (name: string, flags: readonly string[]) =>
    startComponent({ name, command: [binary, name, ...flags], logFile: join(folder, `${name}.log`) });

  const startEtcd = async () => {
    const etcd = startProgram('etcd', etcdFlags(address, folder));
    await untilReady(etcd, async () => (await fetch(`http://${address}:2379/health`)).ok);
    return etcd;
  };
  const startApi = async () => {
    const flags = [...apiServerFlags(place, generations), ...options.apiServerFlags];
    const component = startProgram('kube-apiserver', flags);
    const { authority, administrator: token } = credentials;
    const api = createApi({ server, certificateAuthority: authority.certificate, token });
    await untilReady(component, async () => (await api.call('/readyz')).status === 200);
    api.close();
    return component;
  };

  let etcd = await startEtcd();
  let apiServer = await startApi();
  const controlPlane: ControlPlane = {
    server,
    start: (name, flags) => {
      const component = startProgram(name, flags);
      others.push(component);
      return component;
    },
    startApiServer: async () => {
      apiServer = await startApi();
    },
    stopApiServer: () => apiServer.stop(),
    restartApiServer: async ({ signal } = {}) => {
      if (signal) apiServer.kill(signal);
      await apiServer.stop();
      apiServer = await startApi();
    },
    forgetEverything: async () => {
      await apiServer.stop();
      await etcd.stop();
      await rm(join(folder, 'etcd'), { recursive: true, force: true });
      etcd = await startEtcd();
      apiServer = await startApi();
    },
    rotateServiceAccountKey: async (keepsOld) => {
      const next = Math.max(...generations) + 1;
      await makeServiceAccountKey(folder, next);
      generations = keepsOld ? [next, ...generations] : [next];
      await controlPlane.restartApiServer();
    },
    stop: async () => {
      await Promise.all(others.map((component) => component.stop()));
      await apiServer.stop();
      await etcd.stop();
    },
  };
  return controlPlane;
}

/** What makes pods of Deployments, tokens' accounts of namespaces, and clears up. */
export function controllerManagerFlags({ address, folder, podRange, serviceRange }: Place): readonly string[] {
  const files = credentialFiles(folder);
  return [
    `--kubeconfig=${files.kubeconfig}`,
    `--bind-address=${address}`,
    `--service-account-private-key-file=${files.serviceAccountKey(1)}`,
    `--root-ca-file=${files.authority}`,
    `--flex-volume-plugin-dir=${join(folder, 'volume-plugins')}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    `--service-cluster-ip-range=${serviceRange}`,
    `--cluster-cidr=${podRange}`,
  ];
}
