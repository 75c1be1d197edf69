// The STS's path for an exchange, with sessions on record before an answer leaves, and the least that any STS does beside it.
import { createPrivateKey, createSecretKey, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newTimeOrderedUuid } from '../src/core/credentials/index.ts';
import { oidcProviderArn } from '../src/core/identity/index.ts';
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
import { createKeySource, createSts } from '../src/features/sts/index.ts';
import { serve } from '../src/io/http/index.ts';
import { createRandomBytes } from '../src/io/random/index.ts';
import { openPostgresRegistry, openSqliteRegistry, type Registry } from '../src/io/sql/index.ts';
import type { Listening, Subject } from './protocol.ts';
import { listen, must, type Started } from './started.ts';

export const issuer = 'https://oidc.example.com/clusters/1';
const fewPods = 200;
/** As many as an account may have unless it is given more. */
const rolesOfAccount = 1_000;
/** Filled beside each other: in one account a role is made after the other. */
const accountsAtOnce = 8;

export const appOf = (role: number) => `app-${role}`;
/** Which of so many roles a pod has: they are spread over all. */
const roleOf = (pod: number, { pods, roles }: Spread) => Math.floor((pod * roles) / pods);

interface Spread {
  readonly pods: number;
  readonly roles: number;
}

interface Tokens {
  readonly jwks: string;
  readonly tokens: readonly string[];
}

/** Tokens of many pods, signed with RSA 2048 as most clusters do. */
export async function clusterTokens(roles: number, pods = fewPods): Promise<Tokens> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = kubernetesKeyId(publicKey);
  const key = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const tokens = Array.from({ length: pods }, (_, pod) => {
    const app = appOf(roleOf(pod, { pods, roles }));
    const claims = serviceAccountClaims({
      issuer,
      audiences: ['podiam'],
      tokenId: randomUUID(),
      issuedAt: Math.floor(Date.now() / 1000),
      expirationSeconds: 3600,
      namespace: 'default',
      serviceAccount: { name: app, uid: randomUUID() },
      pod: { name: `${app}-${randomUUID()}`, uid: randomUUID() },
      node: { name: 'node1', uid: randomUUID() },
    });
    return encodeJwt({ alg: 'RS256', kid }, claims, (bytes) => sign('sha256', bytes, key));
  });
  return { jwks: JSON.stringify({ keys: [publicJwk(publicKey, kid, 'RS256')] }), tokens: await Promise.all(tokens) };
}

/** @param accounts those that the roles are spread over */
const requestsOf = (accounts: readonly string[], tokens: readonly string[], roles: number): Listening['requests'] =>
  tokens.map((token, pod) => {
    const role = roleOf(pod, { pods: tokens.length, roles });
    const account = accounts[Math.floor(role / rolesOfAccount)];
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: `arn:aws:iam::${account}:role/${appOf(role)}`,
      RoleSessionName: 'bench',
      WebIdentityToken: token,
    }).toString();
    return { path: '/', contentType: 'application/x-www-form-urlencoded', body };
  });

/** HTTP alone, with requests and answers of an exchange's size. */
export async function bareExchange(): Promise<Started> {
  const { tokens } = await clusterTokens(1);
  const answer = 'x'.repeat(1600);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      Buffer.concat(chunks).toString();
      response.writeHead(200, { 'content-type': 'text/xml', 'content-length': answer.length }).end(answer);
    });
  });
  return { port: await listen(server), requests: requestsOf(['123456789012'], tokens, 1) };
}

/** The same database, with commits that do not wait for the disk while roles are made. */
function hastily(database: string): string {
  const url = new URL(database);
  const options = url.searchParams.get('options') ?? '';
  url.searchParams.set('options', `${options} -c synchronous_commit=off`.trim());
  return url.href;
}

function openSqlite(): Registry {
  const folder = mkdtempSync(join(tmpdir(), 'podiam-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return openSqliteRegistry({ path: join(folder, 'registry.db') });
}

const unlimited = { burst: 1e9, perSecond: 1e9 };

function portsOf(registry: Registry) {
  const keys = keyEncryptionKeys([randomBytes(32)]);
  const keyring = { currentId: 'k1', keys: new Map([['k1', createSecretKey(randomBytes(32))]]) };
  const random = createRandomBytes();
  return {
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
}

export function trustPolicyOf(account: string, role: number): string {
  const provider = issuer.replace('https://', '');
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: oidcProviderArn(account, issuer) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${provider}:sub`]: `system:serviceaccount:default:${appOf(role)}`,
            [`${provider}:aud`]: 'podiam',
          },
        },
      },
    ],
  });
}

/** An account with its issuer and these roles. */
async function makeAccount(ports: ReturnType<typeof portsOf>, jwks: string, roles: readonly number[]): Promise<string> {
  const { account } = must(await openAccount(ports, 'bench'));
  must(await registerIssuer(ports, { accountId: account.id, url: issuer, audiences: ['podiam'], jwks }));
  for (const role of roles) {
    const trustPolicy = trustPolicyOf(account.id, role);
    must(await createRole(ports, { accountId: account.id, name: appOf(role), trustPolicy, permissions: [] }));
  }
  return account.id;
}

/** The accounts that so many roles are spread over. */
async function makeAccounts(
  ports: ReturnType<typeof portsOf>,
  jwks: string,
  roles: number,
): Promise<readonly string[]> {
  const all = Array.from({ length: roles }, (_, role) => role);
  const accounts: string[] = [];
  for (let first = 0; first < roles; first += accountsAtOnce * rolesOfAccount) {
    const some = Array.from({ length: accountsAtOnce }, (_, index) => {
      const from = first + index * rolesOfAccount;
      return all.slice(from, from + rolesOfAccount);
    });
    const filled = some.filter((roles) => roles.length > 0);
    accounts.push(...(await Promise.all(filled.map((roles) => makeAccount(ports, jwks, roles)))));
  }
  return accounts;
}

/** The registry that the subject asks for, and the accounts that were made in it. */
async function furnish({ roles, database }: Exchange, jwks: string) {
  if (database === undefined) {
    const registry = openSqlite();
    return { registry, accounts: await makeAccounts(portsOf(registry), jwks, roles) };
  }
  const hasty = await openPostgresRegistry({ url: hastily(database) });
  const accounts = await makeAccounts(portsOf(hasty), jwks, roles);
  await hasty.close();
  return { registry: await openPostgresRegistry({ url: database }), accounts };
}

type Exchange = Extract<Subject, { name: 'exchange' }>;

export async function exchange(subject: Exchange): Promise<Started> {
  const { roles, pods } = subject;
  const { jwks, tokens } = await clusterTokens(roles, pods);
  const { registry, accounts } = await furnish(subject, jwks);
  const { port } = await serve({ host: '127.0.0.1', port: 0, handler: createSts(portsOf(registry)).handler });
  return { port, requests: requestsOf(accounts, tokens, roles) };
}
