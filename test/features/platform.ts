// A platform in memory for the tests of what stands on it: a real registry, real keys, real accounts and roles.
import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { oidcProviderArn, roleArn, serviceAccountSubject } from '../../src/core/identity/index.ts';
import { Refusal, refuse } from '../../src/core/refusals/index.ts';
import { keyEncryptionKeys, type Quotas } from '../../src/core/registry/index.ts';
import { type RevocableSession, Revocations } from '../../src/core/revocations/index.ts';
import {
  defaultKeyTimes,
  encodeJwt,
  kubernetesKeyId,
  publicJwk,
  serviceAccountClaims,
} from '../../src/core/tokens/index.ts';
import type { HttpRequest } from '../../src/core/wire/index.ts';
import { createRole, findRootCredentials, openAccount, registerIssuer } from '../../src/features/iam/index.ts';
import { createFindPolicies } from '../../src/features/sessions/index.ts';
import { createKeySource } from '../../src/features/sts/index.ts';
import { openSqliteRegistry } from '../../src/io/sql/index.ts';

/** 2026-11-21T12:00:00Z */
export const noon = Date.UTC(2026, 10, 21, 12);

export function must<Value>(outcome: Value | Refusal): Value {
  if (outcome instanceof Refusal) throw new Error(`${outcome.code}: ${outcome.explain()} ${outcome.cause ?? ''}`);
  return outcome;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ClusterKey {
  readonly privateKey: KeyObject;
  readonly keyId: string;
  readonly jwks: string;
}

export function newClusterKey(): ClusterKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyId = kubernetesKeyId(publicKey);
  return { privateKey, keyId, jwks: JSON.stringify({ keys: [publicJwk(publicKey, keyId, 'ES256')] }) };
}

export interface TokenOptions {
  readonly key: ClusterKey;
  readonly issuer: string;
  readonly serviceAccount?: string;
  readonly audiences?: readonly string[];
  readonly issuedAt?: number;
  readonly expirationSeconds?: number;
}

/** A token as the TokenRequest API signs it. */
export function clusterToken(options: TokenOptions): Promise<string> {
  const claims = serviceAccountClaims({
    issuer: options.issuer,
    audiences: options.audiences ?? ['podiam'],
    tokenId: randomUUID(),
    issuedAt: Math.floor((options.issuedAt ?? noon) / 1000),
    expirationSeconds: options.expirationSeconds ?? 3600,
    namespace: 'default',
    serviceAccount: { name: options.serviceAccount ?? 'my-app', uid: randomUUID() },
    pod: { name: 'my-app', uid: randomUUID() },
    node: { name: 'node1', uid: randomUUID() },
  });
  const key = { key: options.key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return encodeJwt({ alg: 'ES256', kid: options.key.keyId }, claims, (bytes) => sign('sha256', bytes, key));
}

/** The trust policy of a role for one service account of one issuer. */
function trustPolicy(accountId: string, issuer: string, serviceAccount = 'my-app'): string {
  const provider = issuer.replace('https://', '');
  const subject = serviceAccountSubject({ namespace: 'default', name: serviceAccount });
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'MyApp',
        Effect: 'Allow',
        Principal: { Federated: oidcProviderArn(accountId, issuer) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${provider}:sub`]: subject, [`${provider}:aud`]: 'podiam' } },
      },
    ],
  });
}

const lookOnly = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Look', Effect: 'Allow', Action: ['compute:List*', 'compute:Get*'], Resource: '*' }],
});

/** A registry with the ports that features want, its clock standing at noon unless a test moves it. */
export function newPlatform(options: { readonly quotas?: Quotas } = {}) {
  const registry = openSqliteRegistry({ path: ':memory:', ...options });
  onTestFinished(() => registry.close());
  const keys = keyEncryptionKeys([randomBytes(32)]);
  const clock = { now: noon };
  const lines: LogLine[] = [];
  const revocations = new Revocations();
  const keyring = { currentId: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
  const ports = {
    registry,
    keyEncryptionKeys: keys,
    now: () => clock.now,
    randomBytes: (count: number): Uint8Array => randomBytes(count),
    newRequestId: (): string => randomUUID(),
    keyring: () => keyring,
    findRevocation: (session: RevocableSession) => revocations.find(session),
    findPolicies: createFindPolicies(registry),
    keys: createKeySource({
      fetchDocument: () => Promise.resolve(refuse('document-unreachable', { host: 'nowhere', problem: 'no network' })),
      times: defaultKeyTimes,
      now: () => clock.now,
      log: () => {},
    }),
    findRootKey: (accessKeyId: string) => findRootCredentials({ registry, keyEncryptionKeys: keys }, accessKeyId),
    log: (level: string, message: string, facts: Readonly<Record<string, unknown>>) =>
      void lines.push({ level, message, facts }),
  };

  /** An account that believes the issuer's key, with a role `my-app` that its service account may assume. */
  async function newTenant(issuer: string, key: ClusterKey, role: { maxSessionSeconds?: number } = {}) {
    const { account, rootKey } = must(await openAccount(ports, 'tenant'));
    must(await registerIssuer(ports, { accountId: account.id, url: issuer, audiences: ['podiam'], jwks: key.jwks }));
    const created = must(
      await createRole(ports, {
        accountId: account.id,
        name: 'my-app',
        trustPolicy: trustPolicy(account.id, issuer),
        permissions: [{ name: 'look', document: lookOnly }],
        ...role,
      }),
    );
    const arn = roleArn({ partition: 'aws', account: account.id, path: '/', name: 'my-app' });
    return { accountId: account.id, rootKey, role: created, roleArn: arn };
  }

  return { ports, clock, lines, revocations, newTenant };
}

/** A request as io/http hands it to a feature. */
export function httpRequest(request: {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}): HttpRequest {
  const [path = '', ...query] = request.target.split('?');
  return {
    method: request.method ?? 'GET',
    target: request.target,
    path,
    query: query.join('?'),
    rawHeaders: Object.entries({ host: 'api.example.com', ...request.headers }).flat(),
    body: Buffer.from(request.body ?? ''),
    peer: { address: '192.0.2.7', encrypted: true },
  };
}
