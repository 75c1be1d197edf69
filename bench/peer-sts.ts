// Two STS that exchange the same tokens, ours and MinIO's, each in a process of its own with its records in a folder of
// its own. Credentials of the first answer are used, and each answer after it has to hold others.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { z } from 'zod';
import { freePort, imageOptions } from './deployed.ts';
import { appOf, clusterTokens, issuer, trustPolicyOf } from './exchange.ts';
import { connectClient, postRequest } from './load.ts';
import { type Figures, type Measured, measured, measureInTurn } from './measure.ts';
import { type ServerProcess, startProgram } from './peer-process.ts';
import type { Comparison } from './peer-webhooks.ts';
import { listen } from './started.ts';

const form = 'application/x-www-form-urlencoded';
const region = 'us-east-1';
const mostWaitMs = 30_000;

interface Cluster {
  readonly jwks: string;
  readonly tokens: readonly string[];
}

/** What signed request shows that credentials are good, and what its answer then says. */
interface Proof {
  readonly service: string;
  readonly method: string;
  readonly body: string;
  readonly says: string;
}

interface Sts {
  readonly name: string;
  readonly server: ServerProcess;
  readonly port: number;
  readonly roleArn: string;
  readonly proof: Proof;
}

/** Is given how each thing that was started is ended, whatever comes after. */
type Keep = (end: () => unknown) => void;

const openedShape = z.object({ id: z.string(), root_key: z.object({ bearer: z.string() }) });
const keysShape = z.object({ keys: z.array(z.unknown()) });

async function post(url: string, bearer: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${bearer}` };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status !== 201) throw new Error(`${url}: ${response.status} ${await response.text()}`);
}

/** SQLite; one account, one issuer whose keys are uploaded, one role; rates are at the most that the settings take. */
async function startOurs(main: string, folder: string, { jwks }: Cluster, keep: Keep): Promise<Sts> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const data = join(folder, 'podiam');
  const rates = ['--account-rate', '--issuer-rate', '--unproven-rate'].flatMap((flag) => [flag, '1000000']);
  const server = await startProgram({
    path: process.execPath,
    args: [main, 'platform', '--data', data, '--host', '127.0.0.1', '--port', String(port)].concat(
      ['--metrics-port', String(metricsPort), '--drain-seconds', '0'],
      rates,
    ),
    environment: imageOptions,
    log: join(folder, 'podiam.log'),
    readyUrl: `http://127.0.0.1:${metricsPort}/readyz`,
  });
  keep(server.stop);
  const create = [main, 'platform', 'account', 'create', '--name', 'bench', '--data', data, '--output', 'json'];
  const opened = execFileSync(process.execPath, create, { encoding: 'utf8' });
  const { id, root_key: root } = openedShape.parse(JSON.parse(opened));
  const { keys } = keysShape.parse(JSON.parse(jwks));
  const url = `http://127.0.0.1:${port}/v2`;
  await post(`${url}/oidc/issuer`, root.bearer, { source: 'external', uri: issuer, keys });
  const trustPolicy: unknown = JSON.parse(trustPolicyOf(id, 0));
  const role = { name: appOf(0), trust_policy: trustPolicy, policies: [] };
  await post(`${url}/roles`, root.bearer, role);
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const says = `arn:aws:sts::${id}:assumed-role/${appOf(0)}/bench`;
  const proof = { service: 'sts', method: 'POST', body, says };
  return { name: 'podiam platform', server, port, roleArn: `arn:aws:iam::${id}:role/${appOf(0)}`, proof };
}

/** The discovery document, whose address is told, and the keys: MinIO reads both once as it starts. */
async function serveProvider(jwks: string, keep: Keep): Promise<string> {
  const server = createServer(({ url: path, headers }, response) => {
    const jwks_uri = `http://${headers.host}/jwks`;
    response
      .setHeader('content-type', 'application/json')
      .end(path === '/jwks' ? jwks : JSON.stringify({ issuer, jwks_uri }));
  });
  const port = await listen(server);
  keep(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${port}/.well-known/openid-configuration`;
}

/** One drive, the defaults; one provider, whose tokens get one policy: by its role, which spares MinIO a record of its own. */
async function startMinio(path: string, folder: string, { jwks }: Cluster, keep: Keep): Promise<Sts> {
  const drive = join(folder, 'minio');
  mkdirSync(drive);
  const [port, provider] = [await freePort(), await serveProvider(jwks, keep)];
  const server = await startProgram({
    path,
    args: ['server', '--address', `127.0.0.1:${port}`, '--quiet', drive],
    environment: {
      MINIO_ROOT_USER: 'bench-root',
      MINIO_ROOT_PASSWORD: 'bench-root-secret',
      MINIO_BROWSER: 'off',
      MINIO_IDENTITY_OPENID_CONFIG_URL: provider,
      MINIO_IDENTITY_OPENID_CLIENT_ID: 'podiam',
      MINIO_IDENTITY_OPENID_CLIENT_SECRET: 'bench-client-secret',
      MINIO_IDENTITY_OPENID_ROLE_POLICY: 'readwrite',
    },
    log: join(folder, 'minio.log'),
    readyUrl: `http://127.0.0.1:${port}/minio/health/ready`,
  });
  keep(server.stop);
  // The name that MinIO gives a provider's role: the hash of its client.
  const role = createHash('sha1').update('podiam').digest('base64url');
  const proof = { service: 's3', method: 'GET', body: '', says: '<ListAllMyBucketsResult' };
  return { name: 'minio', server, port, roleArn: `arn:minio:iam:::role/${role}`, proof };
}

const requestBody = (roleArn: string, token: string) =>
  new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'bench',
    WebIdentityToken: token,
  }).toString();

function elementOf(answer: string, name: string): string {
  const start = answer.indexOf(`<${name}>`);
  const end = answer.indexOf(`</${name}>`, start);
  return start < 0 || end < 0 ? '' : answer.slice(start + name.length + 2, end);
}

async function ask(port: number, body: string): Promise<{ readonly status: number; readonly answer: string }> {
  const headers = { 'content-type': form };
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body });
  return { status: response.status, answer: await response.text() };
}

/** The first answer with credentials: a server may be ready before it knows its issuers. */
async function firstAnswer({ name, port, roleArn }: Sts, token: string): Promise<string> {
  const giveUp = performance.now() + mostWaitMs;
  for (;;) {
    const { status, answer } = await ask(port, requestBody(roleArn, token));
    if (status === 200) return answer;
    if (performance.now() > giveUp) throw new Error(`${name} does not exchange a token: ${answer}`);
    await wait(100);
  }
}

/** Takes a token, refuses it with another signature, and stands behind what it gave. */
async function prove(sts: Sts, token: string): Promise<void> {
  const { name, port, roleArn, proof } = sts;
  const answer = await firstAnswer(sts, token);
  const forged = await ask(port, requestBody(roleArn, `${token.slice(0, -12)}AAAAAAAAAAAA`));
  if (forged.status < 400 || forged.status >= 500) throw new Error(`${name} answers a forged token ${forged.status}`);
  const credentials = {
    accessKeyId: elementOf(answer, 'AccessKeyId'),
    secretAccessKey: elementOf(answer, 'SecretAccessKey'),
    sessionToken: elementOf(answer, 'SessionToken'),
  };
  const { service, method, body, says } = proof;
  const signer = new SignatureV4({ service, region, sha256: Sha256, credentials, uriEscapePath: service !== 's3' });
  const hashed = { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') };
  const headers = { host: `127.0.0.1:${port}`, ...(body === '' ? {} : { 'content-type': form }), ...hashed };
  const signed = await signer.sign({
    method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path: '/',
    headers,
    body,
  });
  const { host: _, ...sent } = signed.headers;
  const used = await fetch(`http://127.0.0.1:${port}/`, { method, headers: sent, ...(body !== '' && { body }) });
  const text = await used.text();
  if (used.status !== 200 || !text.includes(says)) throw new Error(`${name} does not take what it gave: ${text}`);
}

async function connect(sts: Sts, tokens: readonly string[], inFlight: number): Promise<Measured> {
  const { name, port, roleArn, server } = sts;
  await prove(sts, tokens[0] ?? '');
  const seen = new Set<string>();
  const isRight = (answer: string) => {
    const before = seen.size;
    const isWhole = ['SecretAccessKey', 'SessionToken', 'Expiration'].every((part) => elementOf(answer, part) !== '');
    const accessKeyId = elementOf(answer, 'AccessKeyId');
    return isWhole && accessKeyId !== '' && seen.add(accessKeyId).size === before + 1;
  };
  const requests = tokens.map((token) => postRequest('/', form, requestBody(roleArn, token)));
  const client = await connectClient({ port, encrypted: false, requests, connections: inFlight, isRight });
  return measured(name, { client, usage: server.usage, stop: () => {} });
}

/** The figures of ours, and of MinIO's. */
export async function compareSts({ main, peer, folder, inFlight }: Comparison): Promise<readonly Figures[]> {
  const cluster = await clusterTokens(1);
  const ends: (() => unknown)[] = [];
  const keep: Keep = (end) => void ends.push(end);
  try {
    const both = [await startOurs(main, folder, cluster, keep), await startMinio(peer, folder, cluster, keep)];
    const all: Measured[] = [];
    for (const sts of both) all.push(await connect(sts, cluster.tokens, inFlight));
    return await measureInTurn(all);
  } finally {
    await Promise.all(ends.map((end) => end()));
  }
}
