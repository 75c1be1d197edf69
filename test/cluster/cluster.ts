// A control plane of our own to test against, and what a test does with it.
import { readFileSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessTo, type Cluster, exposeByAddress } from './access.ts';
import { createApi } from './api.ts';
import { type ControlPlane, controllerManagerFlags, startControlPlane } from './control-plane.ts';
import { type ClusterCredentials, credentialFiles, kubeconfig, makeCredentials } from './credentials.ts';
import { bindAddress, leavePlace, type Place, releaseAddress, takePlace } from './place.ts';
import { untilReady } from './processes.ts';
import { currentSandbox } from './sandbox.ts';
import { pathOf, type Release, versionOf } from './toolchain.ts';

export interface ClusterOptions {
  readonly release?: Release;
  /** Whether the controller manager runs: pods of Deployments, default service accounts, namespaces that can go. */
  readonly hasControllers?: boolean;
  readonly apiServerFlags?: readonly string[];
  /** Users whose calls the API server writes down, for `auditLog`. */
  readonly audited?: readonly string[];
}

/** One that was started here, and whose programs a test may stop and start. */
export interface OwnCluster extends Cluster {
  readonly place: Place;
  readonly controlPlane: ControlPlane;
  readonly credentials: ClusterCredentials;
  /** What the API server wrote down of those whom it audits: an event a line, oldest first. */
  readonly auditLog: () => readonly string[];
}

/** Metadata alone, when the answer is known. */
async function auditFlags(folder: string, users: readonly string[] | undefined): Promise<readonly string[]> {
  if (users === undefined) return [];
  const rules = [{ level: 'Metadata', users }, { level: 'None' }];
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
  const file = join(folder, 'audit-policy.json');
  await writeFile(file, JSON.stringify(policy));
  return [`--audit-policy-file=${file}`, `--audit-log-path=${join(folder, 'audit.log')}`, '--audit-log-mode=blocking'];
}

async function keepLogs(folder: string, title: string): Promise<string> {
  const kept = join(tmpdir(), 'podiam-cluster-logs', `${title.replaceAll(/[^\w.-]+/g, '-')}-${process.pid}`);
  await mkdir(kept, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name.endsWith('.log') || name.endsWith('.logs'))
      await cp(join(folder, name), join(kept, name), { recursive: true });
  }
  return kept;
}

interface Parts {
  readonly place: Place;
  readonly controlPlane: ControlPlane;
  readonly credentials: ClusterCredentials;
  readonly options: ClusterOptions;
}

function assemble({ controlPlane, credentials, options, place }: Parts): OwnCluster {
  const { authority, administrator } = credentials;
  const { server } = controlPlane;
  const { folder } = place;
  const certificateAuthority = authority.certificate;
  const api = createApi({ server, certificateAuthority, token: administrator });
  const { kubeconfig } = credentialFiles(folder);
  const kubectl = [pathOf('kubernetes'), 'kubectl'];
  return {
    ...accessTo({ server, certificateAuthority, api, folder, kubeconfig, kubectl }),
    version: versionOf(options.release ?? 'newest'),
    clearsUp: options.hasControllers === true,
    place,
    controlPlane,
    credentials,
    auditLog: () => readFileSync(join(folder, 'audit.log'), 'utf8').split('\n').filter(Boolean),
    expose: (service) => exposeByAddress(api, service),
    keepLogs: (title) => keepLogs(folder, title),
    stop: async () => {
      api.close();
      await controlPlane.stop();
      await releaseAddress(place.address);
      await leavePlace(place);
    },
  };
}

async function startControllers({ controlPlane, place }: Pick<Parts, 'controlPlane' | 'place'>): Promise<void> {
  const component = controlPlane.start('kube-controller-manager', controllerManagerFlags(place));
  await untilReady(component, () => Promise.resolve(component.isRunning()));
}

/** Starts etcd, the API server, and the controllers where they are wanted: about four seconds. */
export async function startCluster(options: ClusterOptions = {}): Promise<OwnCluster> {
  if (currentSandbox() === undefined) throw new Error('clusters are started in a sandbox only: npm run test:cluster');
  const place = await takePlace();
  try {
    await bindAddress(place.address);
    const credentials = await makeCredentials(place);
    const controlPlane = await startControlPlane({
      place,
      credentials,
      release: options.release ?? 'newest',
      apiServerFlags: [...(options.apiServerFlags ?? []), ...(await auditFlags(place.folder, options.audited))],
    });
    const { authority, administrator: token } = credentials;
    const { server } = controlPlane;
    await writeFile(
      credentialFiles(place.folder).kubeconfig,
      kubeconfig({ server, certificateAuthority: authority.certificate, user: { token } }),
      { mode: 0o600 },
    );
    if (options.hasControllers === true) await startControllers({ controlPlane, place });
    return assemble({ place, controlPlane, credentials, options });
  } catch (error) {
    const kept = await keepLogs(place.folder, 'start');
    throw new Error(`the cluster did not start; its logs are in ${kept}`, { cause: error });
  }
}
