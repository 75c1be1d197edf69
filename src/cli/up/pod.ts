// The pod on this machine: its token files written where its volumes say, its command run with the environment that it says.
import { rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Refusal, RefusedError } from '../../core/refusals/index.ts';
import {
  containerProcess,
  mountedFolders,
  type ObjectReference,
  type Pod,
  parsePod,
  projectedTokens,
  requestToken,
} from '../../features/cluster/index.ts';
import { makeFolder, writeWhole } from '../../io/files/index.ts';
import type { Log } from '../../io/log/index.ts';
import { startChild } from '../../io/process/index.ts';
import type { Cluster } from './cluster.ts';
import { example, world } from './world.ts';

export interface RunnablePod {
  readonly pod: Pod;
  readonly root: string;
  readonly uid: string;
  readonly serviceAccount: ObjectReference;
  readonly node: ObjectReference;
}

export interface WrittenToken {
  readonly file: string;
  readonly expirationSeconds: number;
}

/** Lays out the container's file system below `root`: its mounts, and the image's working directory. */
export async function preparePod(manifest: unknown, root: string): Promise<RunnablePod> {
  const pod = parsePod(manifest);
  if (pod instanceof Refusal) throw new RefusedError(pod);
  for (const folder of mountedFolders(pod)) await makeFolder(`${root}${folder}`);
  const workingDirectory = join(root, 'app');
  // Laid anew each time: an earlier run may have been of another installation.
  await rm(workingDirectory, { force: true });
  await symlink(example('pod-app'), workingDirectory, 'dir');
  const serviceAccount = { name: pod.spec.serviceAccountName, uid: world.newId() };
  return { pod, root, uid: world.newId(), serviceAccount, node: { name: 'this-machine', uid: world.newId() } };
}

/** Does what a kubelet does for projected volumes: asks for each token and writes it whole. */
export async function projectTokens(cluster: Cluster, { pod, root, ...ids }: RunnablePod): Promise<WrittenToken[]> {
  const written: WrittenToken[] = [];
  for (const { file, audience, expirationSeconds } of projectedTokens(pod)) {
    const token = await requestToken(
      cluster.identity,
      {
        namespace: pod.metadata.namespace,
        serviceAccount: ids.serviceAccount,
        pod: { name: pod.metadata.name, uid: ids.uid },
        node: ids.node,
        audience: audience ?? cluster.identity.issuer,
        expirationSeconds,
      },
      world,
    );
    // Whoever tidies up may have taken the folder away.
    await makeFolder(dirname(`${root}${file}`));
    await writeWhole(`${root}${file}`, token);
    written.push({ file: `${root}${file}`, expirationSeconds });
  }
  return written;
}

export interface RenewalPorts {
  readonly project: () => Promise<readonly WrittenToken[]>;
  /** Resolves after that time, or at once when `stop` aborts. */
  readonly wait: (ms: number) => Promise<void>;
  readonly log: Pick<Log, 'error'>;
  readonly stop: AbortSignal;
}

/** A kubelet, too, tries again soon where a token cannot be written. */
const retryMs = 10_000;

/** Renews the tokens when four fifths of the shortest life are over, as a kubelet does, until the run is stopped. */
export async function keepTokensFresh({ project, wait, log, stop }: RenewalPorts): Promise<void> {
  const renew = async (): Promise<number> => {
    try {
      const lives = (await project()).map(({ expirationSeconds }) => expirationSeconds);
      return Math.min(3600, ...lives) * 800;
    } catch (error) {
      log.error('the token could not be renewed, and is tried again', { error: String(error), retryMs });
      return retryMs;
    }
  };
  while (!stop.aborted) await wait(await renew());
}

export interface PodRun {
  readonly exit: number | string;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Runs the first container's command to its end. */
export async function runPod({ pod, root }: RunnablePod, signal: AbortSignal): Promise<PodRun> {
  if (signal.aborted) return { exit: 'a stop before it began', stdout: [], stderr: [] };
  const { command, args, cwd, environment } = containerProcess(pod, root);
  const lines = { stdout: new Array<string>(), stderr: new Array<string>() };
  const child = startChild({
    // The image brings node; here it is the one that runs us.
    command: command === 'node' ? process.execPath : command,
    args,
    cwd,
    environment,
    onLine: (line, stream) => lines[stream].push(line),
  });
  const stop = () => void child.stop(1000);
  signal.addEventListener('abort', stop, { once: true });
  const exit = await child.ended;
  signal.removeEventListener('abort', stop);
  return { exit, ...lines };
}
