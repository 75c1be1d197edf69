// The webhook as it is deployed (compiled, with the image's options) beside a cluster of many service accounts: how soon
// it is ready, and what it holds in memory under load.
import { execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { selfSignedServer } from '../src/io/tls/index.ts';
import { connectClient, postRequest } from './load.ts';
import { admissionReview } from './review.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** As the image has it: less room for garbage, less memory. */
const nodeOptions = '--max-semi-space-size=4';
const requestsUnderLoad = 20_000;
const mostReadyMs = 60_000;

export interface Occupancy {
  readonly accounts: number;
  readonly readyMs: number;
  /** The most that was resident at any moment, before load and after. */
  readonly readyMiB: number;
  readonly peakMiB: number;
}

/** Within the checkout, since the packages are found from there. */
function compile(): { readonly main: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(root, 'node_modules', '.podiam-bench-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module","version":"0.0.0"}');
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  execFileSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], { cwd: root, stdio: 'inherit' });
  return { main: join(folder, 'dist', 'cli', 'main.js'), remove: () => rmSync(folder, { recursive: true }) };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function writeFiles(folder: string, apiPort: number): Promise<void> {
  const names = { commonName: 'bench', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const { privateKey, certificate } = await selfSignedServer(names, { now: Date.now(), days: 1 });
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), privateKey, { mode: 0o600 });
  const kubeconfig = {
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    clusters: [{ name: 'bench', cluster: { server: `http://127.0.0.1:${apiPort}` } }],
    users: [{ name: 'bench', user: {} }],
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
}

function residentMiB(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
}

async function becomesReady(port: number): Promise<void> {
  const giveUp = performance.now() + mostReadyMs;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    if (performance.now() > giveUp) throw new Error('the webhook did not become ready');
    await wait(10);
  }
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
  await writeFiles(folder, apiPort);
  const [port, metricsPort] = [await freePort(), await freePort()];
  const flags = ['--kubeconfig', join(folder, 'kubeconfig'), '--host', '127.0.0.1', '--port', String(port)];
  const tls = ['--tls', 'files', '--tls-cert', join(folder, 'tls.crt'), '--tls-key', join(folder, 'tls.key')];
  const profile = ['--profile', 'podiam', '--sts-endpoint', 'https://sts.example.com'];
  const rest = ['--metrics-port', String(metricsPort), ...profile];
  const quiet = ['--drain-seconds', '0', '--log-level', 'error'];
  const startedAt = performance.now();
  const webhook = spawn(process.execPath, [main, 'webhook', ...flags, ...tls, ...rest, ...quiet], {
    stdio: 'inherit',
    env: { ...process.env, NODE_OPTIONS: nodeOptions },
  });
  const ended = new Promise((resolve) => webhook.once('exit', resolve));
  const pid = webhook.pid ?? 0;
  try {
    await becomesReady(metricsPort);
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
