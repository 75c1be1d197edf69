// The measured process: serves one subject, and tells over IPC what it used.
import { createPrivateKey, createSecretKey, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createBareServer } from 'node:http';
import { createServer as createBareTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newTimeOrderedUuid } from '../src/core/credentials/index.ts';
import { oidcProviderArn } from '../src/core/identity/index.ts';
import { podiam, settleProfile } from '../src/core/injection/index.ts';
import { Refusal } from '../src/core/refusals/index.ts';
import { keyEncryptionKeys } from '../src/core/registry/index.ts';
import {
  defaultKeyTimes,
  encodeJwt,
  kubernetesKeyId,
  publicJwk,
  serviceAccountClaims,
} from '../src/core/tokens/index.ts';
import { createRole, findRootCredentials, openAccount, registerIssuer } from '../src/features/iam/index.ts';
import { createFindPolicies } from '../src/features/sessions/index.ts';
import { createKeySource, createStsHandler } from '../src/features/sts/index.ts';
import { createAdmissionHandler } from '../src/features/webhook/index.ts';
import { serve } from '../src/io/http/index.ts';
import { createRandomBytes } from '../src/io/random/index.ts';
import { openSqliteRegistry } from '../src/io/sql/index.ts';
import { selfSignedServer } from '../src/io/tls/index.ts';
import type { FromServer, Listening, Subject } from './protocol.ts';
import { admissionReview } from './review.ts';

type Started = Omit<Listening, 'kind'>;

function must<Value>(outcome: Value | Refusal): Value {
  if (outcome instanceof Refusal) throw new Error(outcome.explain());
  return outcome;
}

const reviews = [{ path: '/mutate?timeout=10s', contentType: 'application/json', body: admissionReview() }];

const certificate = () =>
  selfSignedServer(
    { commonName: 'bench', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
    { now: Date.now(), days: 1 },
  );

/** The limit of any webhook: TLS, HTTP and JSON, and an answer as long as a patch. */
async function bareAdmission(): Promise<Started> {
  const { privateKey, certificate: cert } = await certificate();
  const answer = JSON.stringify({ response: { allowed: true, patch: 'x'.repeat(1500) } });
  const server = createBareTlsServer({ key: privateKey, cert, ALPNProtocols: ['http/1.1'] }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString());
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
    });
  });
  return { port: await listen(server), requests: reviews };
}

async function admission(): Promise<Started> {
  const profile = must(settleProfile(podiam, { 'sts-endpoint': 'https://sts.example.com' }));
  const annotations = { 'podiam.dev/role-arn': 'arn:aws:iam::123456789012:role/my-app' };
  const { privateKey, certificate: cert } = await certificate();
  const { port } = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: { key: privateKey, cert },
    handler: createAdmissionHandler({
      config: () => ({ profiles: [profile] }),
      onRefusal: 'warn',
      findServiceAccount: () => ({ annotations }),
      log: () => {},
    }),
  });
  return { port, requests: reviews };
}

interface Tokens {
  readonly issuer: string;
  readonly jwks: string;
  readonly tokens: readonly string[];
}

/** Tokens of many pods, signed with RSA 2048 as most clusters do. */
async function clusterTokens(): Promise<Tokens> {
  const issuer = 'https://oidc.example.com/clusters/1';
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = kubernetesKeyId(publicKey);
  const key = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const tokens = await Promise.all(
    Array.from({ length: 200 }, () => {
      const claims = serviceAccountClaims({
        issuer,
        audiences: ['podiam'],
        tokenId: randomUUID(),
        issuedAt: Math.floor(Date.now() / 1000),
        expirationSeconds: 3600,
        namespace: 'default',
        serviceAccount: { name: 'my-app', uid: randomUUID() },
        pod: { name: `my-app-${randomUUID()}`, uid: randomUUID() },
        node: { name: 'node1', uid: randomUUID() },
      });
      return encodeJwt({ alg: 'RS256', kid }, claims, (bytes) => sign('sha256', bytes, key));
    }),
  );
  return { issuer, jwks: JSON.stringify({ keys: [publicJwk(publicKey, kid, 'RS256')] }), tokens };
}

const exchangeRequests = (roleArn: string, tokens: readonly string[]) =>
  tokens.map((token) => {
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'bench',
      WebIdentityToken: token,
    }).toString();
    return { path: '/', contentType: 'application/x-www-form-urlencoded', body };
  });

/** The limit of any STS in Node.js: HTTP alone, with requests and answers of an exchange's size. */
async function bareExchange(): Promise<Started> {
  const { tokens } = await clusterTokens();
  const answer = 'x'.repeat(1600);
  const server = createBareServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      Buffer.concat(chunks).toString();
      response.writeHead(200, { 'content-type': 'text/xml', 'content-length': answer.length }).end(answer);
    });
  });
  return { port: await listen(server), requests: exchangeRequests('arn:aws:iam::123456789012:role/my-app', tokens) };
}

const unlimited = { burst: 1e9, perSecond: 1e9 };

async function exchange(): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'podiam-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const registry = openSqliteRegistry({ path: join(folder, 'registry.db') });
  const keys = keyEncryptionKeys([randomBytes(32)]);
  const keyring = { currentId: 'k1', keys: new Map([['k1', createSecretKey(randomBytes(32))]]) };
  const random = createRandomBytes();
  const ports = {
    registry,
    keyEncryptionKeys: keys,
    now: () => Date.now(),
    randomBytes: random,
    newRequestId: (): string => newTimeOrderedUuid(Date.now(), random),
    keyring: () => keyring,
    findRevocation: () => undefined,
    // One account stands for all here.
    rates: { account: unlimited, issuer: unlimited, unproven: unlimited },
    findPolicies: createFindPolicies(registry),
    keys: createKeySource({
      fetchDocument: () => Promise.reject(new Error('not here')),
      times: defaultKeyTimes,
      now: Date.now,
      log: () => {},
    }),
    findRootKey: (accessKeyId: string) => findRootCredentials({ registry, keyEncryptionKeys: keys }, accessKeyId),
    log: () => {},
  };
  const { issuer, jwks, tokens } = await clusterTokens();
  const { account } = must(await openAccount(ports, 'bench'));
  must(await registerIssuer(ports, { accountId: account.id, url: issuer, audiences: ['podiam'], jwks }));
  const provider = issuer.replace('https://', '');
  const trustPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: oidcProviderArn(account.id, issuer) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${provider}:sub`]: 'system:serviceaccount:default:my-app',
            [`${provider}:aud`]: 'podiam',
          },
        },
      },
    ],
  });
  must(await createRole(ports, { accountId: account.id, name: 'my-app', trustPolicy, permissions: [] }));
  const { port } = await serve({ host: '127.0.0.1', port: 0, handler: createStsHandler(ports) });
  return { port, requests: exchangeRequests(`arn:aws:iam::${account.id}:role/my-app`, tokens) };
}

function listen(server: ReturnType<typeof createBareServer> | ReturnType<typeof createBareTlsServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

const subjects: Readonly<Record<Subject, () => Promise<Started>>> = {
  'bare-admission': bareAdmission,
  admission,
  'bare-exchange': bareExchange,
  exchange,
};

const tell = (message: FromServer) => process.send?.(message);

const name = process.argv[2];
const start = Object.entries(subjects).find(([subject]) => subject === name)?.[1];
if (!start) throw new Error(`there is no subject ${name}`);
tell({ kind: 'listening', ...(await start()) });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  tell({ kind: 'usage', cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit(0));
