// Signature, access key and session token together: who is it?
import { describe, expect, test } from 'vitest';
import {
  type AuthenticationPorts,
  authenticate,
  createSigningKeys,
  type Keyring,
  type SessionFacts,
  sealSession,
} from '../../../src/core/credentials/index.ts';
import { Refusal, refuse } from '../../../src/core/refusals/index.ts';
import { Revocations } from '../../../src/core/revocations/index.ts';
import type { HttpRequest } from '../../../src/core/wire/index.ts';
import {
  accessKeyId,
  type Circumstances,
  changed,
  get,
  headerOf,
  now,
  presignedByOracle,
  session,
  signedByOracle,
} from './oracle.ts';

const keyring: Keyring = { currentId: 'k1', keys: new Map([['k1', Buffer.alloc(32, 1)]]) };
const seal = (facts: SessionFacts, key = accessKeyId) => sealSession(facts, key, keyring, Buffer.alloc(12, 7));
const sessionToken = seal(session);
const rootKeyId = 'AKIAIOSFODNN7EXAMPLE';
const rootKey = { accountId: '210987654321', secretAccessKey: 'root-secret' };

const ports: AuthenticationPorts = {
  keyring: () => keyring,
  findRootKey: async (id) => (id === rootKeyId ? rootKey : undefined),
  findRevocation: () => undefined,
  now,
  service: 'sts',
  signingKeys: createSigningKeys(100),
};

const post = { ...get, method: 'POST', body: 'Action=GetCallerIdentity&Version=2011-06-15' };
const signed = (circumstances: Partial<Circumstances> = {}) =>
  signedByOracle(post, { service: 'sts', sessionToken, ...circumstances });

async function judge(request: HttpRequest, changes: Partial<AuthenticationPorts> = {}): Promise<string> {
  const caller = await authenticate(request, { ...ports, ...changes });
  return caller instanceof Refusal ? `${caller.wire}: ${caller.code}` : caller.kind;
}

test('a session is known by its token, and by nothing that is stored', async () => {
  const caller = await authenticate(await signed(), ports);
  expect(caller).toEqual({ kind: 'session', accessKeyId, facts: session });
  const presigned = await presignedByOracle(post, { service: 'sts', sessionToken });
  expect(await authenticate(presigned, ports)).toEqual({ kind: 'session', accessKeyId, facts: session });
});

test('an account’s own key is known by the record', async () => {
  const request = await signedByOracle(post, {
    service: 'sts',
    accessKeyId: rootKeyId,
    secretAccessKey: 'root-secret',
  });
  expect(await authenticate(request, ports)).toEqual({
    kind: 'root',
    accessKeyId: rootKeyId,
    accountId: '210987654321',
  });
});

test('without signing keys kept, or a service named, it is the same', async () => {
  const request = await signed();
  expect(await judge(request, { signingKeys: undefined })).toBe('session');
  expect(await judge(request, { service: undefined })).toBe('session');
});

describe('refused, with the codes that AWS’s clients know', () => {
  const other = 'ASIAIOSFODNN7EXAMPL2';
  const ended = seal({ ...session, expiresAt: now });
  const root = { accessKeyId: rootKeyId, secretAccessKey: 'root-secret' };

  test.each<readonly [string, Partial<Circumstances>, string]>([
    ['A23 a session’s key with a wrong secret', { secretAccessKey: 'x' }, 'SignatureDoesNotMatch: signature-mismatch'],
    [
      'A6 another session’s token',
      { sessionToken: seal(session, other) },
      'InvalidClientTokenId: session-token-invalid',
    ],
    ['A6 a session’s token with another key', { accessKeyId: other }, 'InvalidClientTokenId: session-token-invalid'],
    [
      'A6 a token cut short',
      { sessionToken: sessionToken.slice(0, -1) },
      'InvalidClientTokenId: session-token-invalid',
    ],
    [
      'A14 a session’s token with the account’s key',
      { ...root, sessionToken },
      'InvalidClientTokenId: session-token-invalid',
    ],
    ['A7 a session that ended this moment', { sessionToken: ended }, 'ExpiredToken: session-expired'],
    [
      'a key of another cloud',
      { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', sessionToken: '' },
      'InvalidClientTokenId: access-key-unknown',
    ],
    ['a key id of no form', { accessKeyId: 'minioadmin' }, 'InvalidClientTokenId: access-key-unknown'],
    ['a signature for another service', { service: 's3' }, 'SignatureDoesNotMatch: signature-scope-other'],
    ['F19 a signature of yesterday', { at: now - 86_400_000 }, 'RequestTimeTooSkewed: signature-time-skewed'],
  ])('%s', async (_, circumstances, expected) => {
    const { sessionToken: token = sessionToken, ...rest } = circumstances;
    const request = await signedByOracle(post, {
      service: 'sts',
      ...rest,
      ...(token !== '' && { sessionToken: token }),
    });
    expect(await judge(request)).toBe(expected);
  });

  test('a session’s key without a token', async () => {
    const request = await signedByOracle(post, { service: 'sts' });
    expect(await judge(request)).toBe('InvalidClientTokenId: session-token-missing');
  });

  test('the account’s key with a wrong secret', async () => {
    const request = await signedByOracle(post, { service: 'sts', ...root, secretAccessKey: 'x' });
    expect(await judge(request)).toBe('SignatureDoesNotMatch: signature-mismatch');
  });

  test('no signature', async () => {
    const request = changed(await signed(), {}, { authorization: undefined });
    expect(await judge(request)).toBe('MissingAuthenticationToken: signature-missing');
  });

  test('A7 a presigned URL that outlives its session', async () => {
    const week = { service: 'sts', sessionToken, expiresIn: 604_800 };
    const request = await presignedByOracle(post, week);
    expect(await judge(request, { now: session.expiresAt - 1 })).toBe('session');
    expect(await judge(request, { now: session.expiresAt })).toBe('ExpiredToken: session-expired');
  });

  test('A7 a session’s end is told only to who holds its secret', async () => {
    const request = await signed({ sessionToken: ended, secretAccessKey: 'x' });
    expect(await judge(request)).toBe('SignatureDoesNotMatch: signature-mismatch');
  });
});

test('A23 any character of the Authorization header, another one in its place', async () => {
  const request = await signed();
  const authorization = headerOf(request, 'authorization');
  for (let at = 0; at < authorization.length; at += 1) {
    const other = authorization[at] === '3' ? '4' : '3';
    const damaged = authorization.slice(0, at) + other + authorization.slice(at + 1);
    expect(await judge(changed(request, {}, { authorization: damaged }))).not.toBe('session');
  }
});

test('A15 a record that cannot be read is no answer: the call rejects', async () => {
  const request = await signedByOracle(post, {
    service: 'sts',
    accessKeyId: rootKeyId,
    secretAccessKey: 'root-secret',
  });
  const findRootKey = () => Promise.reject(new Error('database is locked'));
  await expect(authenticate(request, { ...ports, findRootKey })).rejects.toThrow('database is locked');
});

test('A26 no refusal holds a token, a secret or a signature; a mismatch names the canonical request’s digest', async () => {
  const request = await signed({ secretAccessKey: 'x' });
  const refusal = await authenticate(request, ports);
  expect(refusal).toMatchObject({
    cause: expect.stringMatching(/^the SHA-256 of the canonical request is [0-9a-f]{64}$/),
  });
  const told = JSON.stringify(refusal);
  const [signature = ''] = headerOf(request, 'authorization').match(/[0-9a-f]{64}$/) ?? [];
  for (const secret of [sessionToken, session.secretAccessKey, signature]) expect(told).not.toContain(secret);
});

describe('A7 a session that is revoked', () => {
  test('A7 opens nothing, although its seal is good and its time has not come', async () => {
    const revocations = new Revocations();
    const findRevocation: AuthenticationPorts['findRevocation'] = (one) => revocations.find(one);
    expect(await judge(await signed(), { findRevocation })).toBe('session');
    const scope = { kind: 'role', roleId: session.roleId } as const;
    revocations.add({ accountId: session.accountId, scope, issuedBefore: now });
    expect(await judge(await signed(), { findRevocation })).toBe('ExpiredToken: session-revoked');
  });

  test('A15 is not taken for one that lives where nothing can be told', async () => {
    const findRevocation = () => refuse('revocations-unknown', { seconds: 301 });
    expect(await judge(await signed(), { findRevocation })).toBe('ServiceUnavailable: revocations-unknown');
  });
});
