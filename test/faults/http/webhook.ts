// `podiam webhook` as a process of its own before an API server of the test's, for what strangers do to it over its socket.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { selfSignedServer } from '../../../src/io/tls/index.ts';
import { type ApiServer, startApiServer } from '../../io/kubernetes/api-server.ts';

const role = 'arn:aws:iam::123456789012:role/my-app';

export interface RunningWebhook {
  readonly api: ApiServer;
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly metricsUrl: string;
  /** What it printed so far, on both streams. */
  readonly output: () => string;
  readonly hasEnded: () => boolean;
}

export interface WebhookOptions {
  readonly args?: readonly string[];
  /** Put before the command, such as limits of the shell. */
  readonly shell?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The bearer token of its kubeconfig. */
  readonly token?: string;
}

interface TrustedApi {
  readonly api: ApiServer;
  readonly ca: string;
}

async function prepareApi(token: string): Promise<TrustedApi> {
  const names = { commonName: 'kubernetes', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const own = await selfSignedServer(names, { now: Date.now(), days: 1 });
  const tls = { cert: own.certificate, key: own.privateKey };
  const api = await startApiServer({ bookmarkMs: 200, tokens: [token], tls });
  onTestFinished(() => api.stop());
  api.put('v1/secrets', { metadata: { name: 'podiam-webhook-tls', namespace: 'podiam-system' }, data: {} });
  api.put('admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    metadata: { name: 'podiam-webhook' },
    webhooks: [{ name: 'pods.podiam.dev', clientConfig: { service: { name: 'podiam-webhook' } } }],
  });
  api.putServiceAccount('default', 'my-app', { 'podiam.dev/role-arn': role });
  api.putServiceAccount('default', 'bad', { 'podiam.dev/role-arn': 'no role' });
  return { api, ca: own.caCertificate };
}

async function kubeconfigOf({ api, ca }: TrustedApi, token: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'podiam-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'kubeconfig');
  const cluster = { server: api.url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const config = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token } }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** Starts it and waits until it is ready; it does not outlive the test. */
export async function startWebhook(options: WebhookOptions = {}): Promise<RunningWebhook> {
  const { args = [], shell = 'true', environment = {}, token = 'token-of-the-webhook' } = options;
  const trusted = await prepareApi(token);
  const { api } = trusted;
  const kubeconfig = await kubeconfigOf(trusted, token);
  const common = ['--kubeconfig', kubeconfig, '--host', '127.0.0.1', '--port', '0', '--metrics-port', '0'];
  const profile = ['--profile', 'podiam', '--sts-endpoint', 'https://sts.example.com'];
  const command = [
    process.execPath,
    'src/cli/main.ts',
    'webhook',
    ...common,
    ...profile,
    '--drain-seconds',
    '0',
    ...args,
  ];
  const env = {
    ...process.env,
    NO_COLOR: '1',
    NODE_COMPILE_CACHE: join(tmpdir(), 'podiam-test-compiled'),
    ...environment,
  };
  const child = spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...command], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      hasEnded = true;
      resolve();
    });
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const served = /"url":"(https:[^"]+:(\d+))","metrics":"([^"]+)"/;
  await Promise.race([
    expect.poll(() => output, { timeout: 60_000 }).toMatch(served),
    ended.then(() => Promise.reject(new Error(`it ended: ${output}`))),
  ]);
  const [, url = '', port = '', metricsUrl = ''] = served.exec(output) ?? [];
  await expect.poll(async () => (await fetch(`${metricsUrl}/readyz`)).status, { timeout: 60_000 }).toBe(200);
  return {
    api,
    pid: child.pid ?? 0,
    port: Number(port),
    url,
    metricsUrl,
    output: () => output,
    hasEnded: () => hasEnded,
  };
}

/** The MiB that the process has in memory. */
export async function residentMiB({ pid }: Pick<RunningWebhook, 'pid'>): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** The sum of a counter over all of its labels, or those that `labels` picks. */
export async function counted({ metricsUrl }: RunningWebhook, name: string, labels = ''): Promise<number> {
  const page = await (await fetch(`${metricsUrl}/metrics`)).text();
  const lines = page.split('\n').filter((line) => line.startsWith(name) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

export function reviewOf(serviceAccountName: string, pod: object = {}, spec: object = {}): string {
  const object = {
    metadata: { name: 'p', namespace: 'default', ...pod },
    spec: { serviceAccountName, containers: [{ name: 'app', image: 'x' }], ...spec },
  };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', kind: { kind: 'Pod' }, operation: 'CREATE', namespace: 'default', name: 'p', object },
  });
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request on a connection of its own. */
export function post(
  { url }: Pick<RunningWebhook, 'url'>,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  path = '/mutate?timeout=10s',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent: false,
      rejectUnauthorized: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    };
    const outgoing = request(`${url}${path}`, options, (incoming) => {
      text(incoming).then((body) => resolve({ status: incoming.statusCode ?? 0, body }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const answerShape = z.object({ response: z.object({ allowed: z.boolean(), patch: z.string().optional() }) });

/** That an API server on the same machine gets its pod injected. */
export async function expectInjected(webhook: Pick<RunningWebhook, 'url'>): Promise<void> {
  const { status, body } = await post(webhook, reviewOf('my-app'), { 'user-agent': 'kube-apiserver-admission' });
  expect(status, body).toBe(200);
  const value: unknown = JSON.parse(body);
  const { patch = '' } = answerShape.parse(value).response;
  expect(Buffer.from(patch, 'base64').toString()).toContain(role);
}
