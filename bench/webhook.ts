// The webhook as it is deployed (compiled, with the image's options) beside a cluster of many service accounts: how soon
// it is ready, and what it holds in memory under load.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { becomesReady, compile, freePort, imageOptions, writeWebhookFiles } from './deployed.ts';
import { connectClient, postRequest } from './load.ts';
import { admissionReview } from './review.ts';

const requestsUnderLoad = 20_000;

export interface Occupancy {
  readonly accounts: number;
  readonly readyMs: number;
  /** The most that was resident at any moment, before load and after. */
  readonly readyMiB: number;
  readonly peakMiB: number;
}

function residentMiB(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
}

interface Cluster {
  readonly accounts: number;
  readonly annotated: number;
}

async function occupy(main: string, { accounts, annotated }: Cluster): Promise<Occupancy> {
  const folder = mkdtempSync(join(tmpdir(), 'podiam-bench-'));
  const api = fork(new URL('api-server.ts', import.meta.url), [String(accounts), String(annotated)]);
  const apiPort = await new Promise<number>((resolve, reject) => {
    api.once('message', ({ port }: { port: number }) => resolve(port));
    api.once('exit', (code) => reject(new Error(`the API server ended with ${code}`)));
  });
  const { kubeconfig, cert, key } = await writeWebhookFiles(folder, apiPort);
  const [port, metricsPort] = [await freePort(), await freePort()];
  const flags = ['--kubeconfig', kubeconfig, '--host', '127.0.0.1', '--port', String(port)];
  const tls = ['--tls', 'files', '--tls-cert', cert, '--tls-key', key];
  const profile = ['--profile', 'podiam', '--sts-endpoint', 'https://sts.example.com'];
  const rest = ['--metrics-port', String(metricsPort), ...profile];
  const quiet = ['--drain-seconds', '0', '--log-level', 'error'];
  const startedAt = performance.now();
  const webhook = spawn(process.execPath, [main, 'webhook', ...flags, ...tls, ...rest, ...quiet], {
    stdio: 'inherit',
    env: { ...process.env, ...imageOptions },
  });
  const ended = new Promise((resolve) => webhook.once('exit', resolve));
  const pid = webhook.pid ?? 0;
  try {
    await becomesReady(`http://127.0.0.1:${metricsPort}/readyz`);
    const readyMs = performance.now() - startedAt;
    const readyMiB = residentMiB(pid, 'VmHWM');
    const requests = [postRequest('/mutate?timeout=10s', 'application/json', admissionReview())];
    const client = await connectClient({ port, encrypted: true, requests, connections: 16 });
    const { failures } = await client.send(requestsUnderLoad);
    client.close();
    if (failures.size > 0) throw new Error('the webhook did not answer 200 under load');
    return { accounts, readyMs, readyMiB, peakMiB: residentMiB(pid, 'VmHWM') };
  } finally {
    webhook.kill('SIGTERM');
    await ended;
    api.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One after the other. Linux alone tells a process's highest memory. */
export async function occupancies(clusters: readonly Cluster[]): Promise<readonly Occupancy[]> {
  const { main, remove } = compile();
  const results: Occupancy[] = [];
  try {
    for (const cluster of clusters) results.push(await occupy(main, cluster));
  } finally {
    remove();
  }
  return results;
}
