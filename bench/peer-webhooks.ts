// Two webhooks that inject the same into the same review, ours and Amazon's, each in a process of its own beside one
// API server. A patch is applied and looked at first; each answer after it has to be that one again.
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import jsonPatch from 'fast-json-patch';
import { z } from 'zod';
import { startApiServer } from '../test/io/kubernetes/api-server.ts';
import { freePort, imageOptions, type WebhookFiles, writeWebhookFiles } from './deployed.ts';
import { connectClient, postRequest } from './load.ts';
import { type Figures, type Measured, measured, measureInTurn } from './measure.ts';
import { type Program, type ServerProcess, startProgram } from './peer-process.ts';
import { admissionReview } from './review.ts';

const roleArn = 'arn:aws:iam::123456789012:role/my-app';
const path = '/mutate?timeout=10s';
const review = admissionReview();
const mostWaitMs = 30_000;

const answerShape = z.object({
  response: z.object({ allowed: z.literal(true), patch: z.base64().transform((text) => atob(text)) }),
});
const operations = z.array(z.custom<jsonPatch.Operation>((value) => value !== null && typeof value === 'object'));
const reviewShape = z.object({ request: z.object({ object: z.record(z.string(), z.unknown()) }) });
const podShape = z.object({
  spec: z.object({
    containers: z.tuple([
      z.object({
        env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
        volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
      }),
    ]),
    volumes: z.array(
      z.object({
        name: z.string(),
        projected: z
          .object({
            sources: z.array(
              z.object({ serviceAccountToken: z.object({ audience: z.string().optional() }).optional() }),
            ),
          })
          .optional(),
      }),
    ),
  }),
});

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const options = { host: '127.0.0.1', port, path, method: 'POST', headers, rejectUnauthorized: false };
    const asking = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    });
    asking.on('error', reject).end(review);
  });
}

/** Whether the reviewed pod, patched, has the role, the token's file and the volume with the token for STS. */
function injects(answer: string): boolean {
  if (!answer.startsWith('{')) return false;
  const { success, data } = answerShape.safeParse(JSON.parse(answer));
  if (!success) return false;
  const pod = reviewShape.parse(JSON.parse(review)).request.object;
  const patch = operations.parse(JSON.parse(data.response.patch));
  const { spec } = podShape.parse(jsonPatch.applyPatch(pod, patch, true, false).newDocument);
  const [{ env, volumeMounts }] = spec.containers;
  const valueOf = (name: string) => env.find((one) => one.name === name)?.value;
  const tokenFile = valueOf('AWS_WEB_IDENTITY_TOKEN_FILE') ?? '';
  const mount = volumeMounts.find(({ mountPath }) => tokenFile.startsWith(`${mountPath}/`));
  const volume = spec.volumes.find(({ name }) => name === mount?.name);
  const audiences = volume?.projected?.sources.map(({ serviceAccountToken }) => serviceAccountToken?.audience);
  return valueOf('AWS_ROLE_ARN') === roleArn && audiences?.[0] === 'sts.amazonaws.com';
}

/** The first answer that injects: a webhook may be well before it listens, and listen before it knows service accounts. */
async function injectingAnswer(name: string, port: number): Promise<string> {
  const giveUp = performance.now() + mostWaitMs;
  for (;;) {
    const answer = await ask(port).catch(String);
    if (injects(answer)) return answer;
    if (performance.now() > giveUp)
      throw new Error(`${name} does not inject what it should; its last answer: ${answer}`);
    await wait(100);
  }
}

interface Ports {
  readonly port: number;
  readonly metricsPort: number;
}

interface Webhook {
  readonly name: string;
  readonly program: (ports: Ports) => Omit<Program, 'log'>;
}

const ours = (main: string, { cert, key, kubeconfig }: WebhookFiles): Webhook => ({
  name: 'podiam webhook',
  program: ({ port, metricsPort }) => ({
    path: process.execPath,
    args: [main, 'webhook', '--profile', 'aws', '--kubeconfig', kubeconfig, '--drain-seconds', '0'].concat(
      ['--tls', 'files', '--tls-cert', cert, '--tls-key', key],
      ['--host', '127.0.0.1', '--port', String(port), '--metrics-port', String(metricsPort)],
    ),
    environment: imageOptions,
    readyUrl: `http://127.0.0.1:${metricsPort}/readyz`,
  }),
});

const amazons = (program: string, { cert, key, kubeconfig }: WebhookFiles): Webhook => ({
  name: 'amazon-eks-pod-identity-webhook',
  program: ({ port, metricsPort }) => ({
    path: program,
    args: ['--in-cluster=false', `--kubeconfig=${kubeconfig}`, `--tls-cert=${cert}`, `--tls-key=${key}`].concat(
      `--port=${port}`,
      `--metrics-port=${metricsPort}`,
    ),
    readyUrl: `http://127.0.0.1:${metricsPort}/healthz`,
  }),
});

async function connect(name: string, port: number, server: ServerProcess, inFlight: number): Promise<Measured> {
  const expected = await injectingAnswer(name, port);
  const client = await connectClient({
    port,
    encrypted: true,
    requests: [postRequest(path, 'application/json', review)],
    connections: inFlight,
    isRight: (answer) => answer === expected,
  });
  return measured(name, { client, usage: server.usage, stop: () => {} });
}

export interface Comparison {
  readonly main: string;
  /** The peer's program. */
  readonly peer: string;
  /** Takes what the servers write. */
  readonly folder: string;
  readonly inFlight: number;
}

/** The figures of ours, and of Amazon's. */
export async function compareWebhooks({ main, peer, folder, inFlight }: Comparison): Promise<readonly Figures[]> {
  const api = await startApiServer();
  // As API servers without WatchList do it, so that clients of every age list and watch.
  api.fail({ status: 422, reason: 'Invalid' }, { when: ({ query }) => query.has('sendInitialEvents') });
  api.putServiceAccount('default', 'my-app', { 'eks.amazonaws.com/role-arn': roleArn });
  const files = await writeWebhookFiles(folder, api.port);
  const servers: ServerProcess[] = [];
  try {
    const all: Measured[] = [];
    for (const { name, program } of [ours(main, files), amazons(peer, files)]) {
      const ports = { port: await freePort(), metricsPort: await freePort() };
      const server = await startProgram({ ...program(ports), log: join(folder, `${name}.log`) });
      servers.push(server);
      all.push(await connect(name, ports.port, server, inFlight));
    }
    return await measureInTurn(all);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await api.stop();
  }
}
