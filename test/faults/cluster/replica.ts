// One replica: `podiam webhook` as a process of its own, watched by its probes, its metrics and its log.
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { type Cluster, until } from './cluster.ts';

export interface Replica {
  readonly pid: number;
  /** Of admission. */
  readonly port: number;
  readonly metricsUrl: string;
  readonly isReady: () => Promise<boolean>;
  /** The value of the first line that begins so; undefined where there is none. */
  readonly metric: (line: string) => Promise<number | undefined>;
  /** The last 5,000 lines of its log. */
  readonly logged: readonly string[];
  /** Whether somebody reads its standard error, a pipe, from here on. */
  readonly readsLog: (isRead: boolean) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export interface ReplicaOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** For how long it serves on after SIGTERM. */
  readonly drainSeconds?: number;
}

/** Long enough for any log to be searched, short enough for a long run. */
const mostLines = 5000;

function keepLines(lines: Interface): string[] {
  const kept: string[] = [];
  lines.on('line', (line) => {
    kept.push(line);
    if (kept.length > mostLines) kept.splice(0, mostLines / 2);
  });
  return kept;
}

function spawnWebhook(cluster: Cluster, options: ReplicaOptions): ChildProcess {
  const { args = [], environment = {}, drainSeconds = 0 } = options;
  const cli = ['src/cli/main.ts', 'webhook', '--kubeconfig', cluster.kubeconfig, '--host', '127.0.0.1'];
  const serving = ['--port', '0', '--metrics-port', '0', '--drain-seconds', String(drainSeconds)];
  const profile = ['--profile', 'podiam', '--sts-endpoint', 'https://sts.example.com'];
  return spawn(process.execPath, [...cli, ...serving, ...profile, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'podiam-test-compiled'), ...environment },
  });
}

interface Served {
  readonly port: number;
  readonly metricsUrl: string;
}

const servedLine = /"url":"https:\/\/[^"]*:(\d+)","metrics":"([^"]+)"/;

/** Resolves with where it is served, rejects when it ends before. */
function served(lines: Interface, logged: readonly string[], ended: Promise<number | string>): Promise<Served> {
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const [, port, metricsUrl = ''] = servedLine.exec(line) ?? [];
      if (port !== undefined) resolve({ port: Number(port), metricsUrl });
    });
    void ended.then((how) => reject(new Error(`it ended with ${how}: ${logged.join('\n')}`)));
  });
}

/** Starts one that does not outlive the test, and waits until it serves, which is not yet to be ready. */
export async function startReplica(cluster: Cluster, options: ReplicaOptions = {}): Promise<Replica> {
  const child = spawnWebhook(cluster, options);
  const lines = createInterface({ input: child.stderr ?? Readable.from([]) });
  const logged = keepLines(lines);
  const ended = new Promise<number | string>((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const { port, metricsUrl } = await served(lines, logged, ended);
  return {
    pid: child.pid ?? 0,
    port,
    metricsUrl,
    logged,
    isReady: async () => (await fetch(`${metricsUrl}/readyz`).catch(() => undefined))?.status === 200,
    metric: async (start) => {
      const text = await (await fetch(`${metricsUrl}/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(start));
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
    },
    readsLog: (isRead) => void (isRead ? lines.resume() : lines.pause()),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

export async function startReady(cluster: Cluster, options: ReplicaOptions = {}): Promise<Replica> {
  const replica = await startReplica(cluster, options);
  await until('the replica is ready', replica.isReady);
  return replica;
}
