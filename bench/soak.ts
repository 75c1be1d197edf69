// `npm run soak`: the webhook under a steady load for an hour, with an API server that goes wrong every ten seconds and a
// log that nobody reads for a third of the time. Tells how its memory grew, what failed and what the log lost; ends by
// itself, with 1 where a call failed, memory went over the limit, or lost lines were not counted.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { imageOptions } from './deployed.ts';
import { applySteadily } from './soak-load.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '500' },
    memory: { type: 'string', default: '160' },
  },
});
const minutes = Number(values.minutes);
const perSecond = Number(values.rate);
const limitMiB = Number(values.memory);
if (!(minutes > 0 && minutes <= 24 * 60 && perSecond > 0 && limitMiB > 0)) {
  throw new Error('--minutes, --rate and --memory are numbers above zero, of minutes at most a day');
}

/** Shorter runs say nothing of a slope, and may not write enough for a line to be lost. */
const isLong = minutes >= 10;

const folder = mkdtempSync(join(tmpdir(), 'podiam-soak-'));
const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function startCluster(): Promise<number> {
  const child = fork(new URL('soak-api.ts', import.meta.url));
  children.push(child);
  const message = await new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the API server ended with ${code}`)));
  });
  return z.object({ port: z.number() }).parse(message).port;
}

interface Webhook {
  readonly port: number;
  readonly metrics: string;
  readonly readsLog: (isRead: boolean) => void;
  readonly end: () => Promise<number | null>;
}

async function startWebhook(apiPort: number): Promise<Webhook> {
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = { server: `http://127.0.0.1:${apiPort}` };
  const contexts = [{ name: 'soak', context: { cluster: 'soak', user: 'soak' } }];
  const users = [{ name: 'soak', user: {} }];
  writeFileSync(
    kubeconfig,
    JSON.stringify({ 'current-context': 'soak', contexts, clusters: [{ name: 'soak', cluster }], users }),
  );
  const serving = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--drain-seconds', '1'];
  const profile = ['--profile', 'podiam', '--sts-endpoint', 'https://sts.example.com'];
  const args = ['webhook', '--kubeconfig', kubeconfig, ...serving, ...profile];
  // What Node itself takes in a container of that size, and the image's own options.
  const heap = `${imageOptions.NODE_OPTIONS} --max-old-space-size=${Math.round(limitMiB / 2)}`;
  const child = spawn(process.execPath, ['src/cli/main.ts', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...imageOptions, NODE_OPTIONS: heap },
  });
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stderr });
  const [port, metrics] = await new Promise<readonly [number, string]>((resolve, reject) => {
    lines.on('line', (line) => {
      const [, url, at = ''] = /"url":"https:[^"]*:(\d+)","metrics":"([^"]+)"/.exec(line) ?? [];
      if (url !== undefined) resolve([Number(url), at]);
    });
    void ended.then((code) => reject(new Error(`podiam webhook ended with ${code}`)));
  });
  const end = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return { port, metrics, readsLog: (isRead) => void (isRead ? lines.resume() : lines.pause()), end };
}

async function metricsOf(webhook: Webhook): Promise<(name: string) => number> {
  const text = await (await fetch(`${webhook.metrics}/metrics`)).text();
  const valuesOf = (name: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(name) ? [Number(line.slice(line.lastIndexOf(' ') + 1))] : []));
  return (name) => valuesOf(name).reduce((sum, value) => sum + value, 0);
}

const configuration = 'apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/podiam-webhook';
const bundleShape = z.object({ webhooks: z.tuple([z.object({ clientConfig: z.object({ caBundle: z.string() }) })]) });

/** The caBundle, once the webhook is ready. */
async function trusted(apiPort: number, webhook: Webhook): Promise<string> {
  while ((await fetch(`${webhook.metrics}/readyz`)).status !== 200) await wait(100);
  const stored = bundleShape.parse(await (await fetch(`http://127.0.0.1:${apiPort}/${configuration}`)).json());
  return Buffer.from(stored.webhooks[0].clientConfig.caBundle, 'base64').toString();
}

interface Sample {
  readonly minute: number;
  readonly mib: number;
}

/** Least squares over what comes after the warm-up, the first third; MiB an hour. */
function slope(samples: readonly Sample[]): number {
  const settled = samples.slice(Math.floor(samples.length / 3));
  const mean = (of: (sample: Sample) => number) => settled.reduce((sum, each) => sum + of(each), 0) / settled.length;
  const [x, y] = [mean(({ minute }) => minute), mean(({ mib }) => mib)];
  const covariance = mean(({ minute, mib }) => (minute - x) * (mib - y));
  return (60 * covariance) / mean(({ minute }) => (minute - x) ** 2);
}

/** Samples until the time is over; the log goes unread for the middle third of each cycle. */
async function watch(webhook: Webhook): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const everyMs = Math.min(10_000, (minutes * 60_000) / 30);
  for (let round = 1; performance.now() - startedAt < minutes * 60_000; round += 1) {
    await wait(everyMs);
    webhook.readsLog(Math.floor((round % 30) / 10) !== 1);
    const minute = (performance.now() - startedAt) / 60_000;
    const mib = (await metricsOf(webhook))('process_resident_memory_bytes') / 1024 / 1024;
    samples.push({ minute, mib });
    if (round % 30 === 0) console.log(`${minute.toFixed(1)} min: ${mib.toFixed(0)} MiB resident`);
  }
  webhook.readsLog(true);
  return samples;
}

const apiPort = await startCluster();
const webhook = await startWebhook(apiPort);
const stop = applySteadily({ perSecond, port: webhook.port, ca: await trusted(apiPort, webhook) });
const samples = await watch(webhook);
const { answered, failures, p50, p99 } = await stop();
const metric = await metricsOf(webhook);
const dropped = metric('podiam_log_lines_dropped_total');
const most = Math.max(...samples.map(({ mib }) => mib));
const failed = [...failures.values()].reduce((sum, times) => sum + times, 0);
const cpuSeconds = metric('process_cpu_seconds_total');
const code = await webhook.end();

console.log(
  `${answered} reviews answered in ${minutes} min, ${failed} failed; p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
);
for (const [why, times] of failures) console.log(`  ${times} × ${why}`);
console.log(
  `resident at most ${most.toFixed(0)} MiB of ${limitMiB}; ${isLong ? `slope ${slope(samples).toFixed(1)} MiB an hour after the first third` : 'too short for a slope'}`,
);
console.log(
  `${cpuSeconds.toFixed(0)} s of processor time; ${metric('podiam_webhook_watch_restarts_total')} watch restarts; ${dropped} lines of the log dropped; ended with ${code}`,
);
process.exitCode = failed === 0 && most <= limitMiB && (dropped > 0 || !isLong) && code === 0 ? 0 : 1;
for (const child of children) child.kill();
