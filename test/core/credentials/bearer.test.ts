// Bearer strings: the session that was given one is found by it, whole and unchanged, and by nothing that is like it.
import { describe, expect, test } from 'vitest';
import {
  authenticateBearer,
  authenticateSession,
  bearerOf,
  type Keyring,
  openSession,
  sealBearer,
  sealSession,
} from '../../../src/core/credentials/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { accessKeyId, session } from './oracle.ts';

const keys = new Map([
  ['k1', Buffer.alloc(32, 1)],
  ['k2', Buffer.alloc(32, 2)],
]);
const keyring: Keyring = { currentId: 'k1', keys };
const nonce = Buffer.alloc(12, 7);
const bearer = sealBearer(session, accessKeyId, keyring, nonce);
const token = sealSession(session, accessKeyId, keyring, nonce);
const ports = { keyring: () => keyring, findRevocation: () => undefined, now: session.issuedAt };

const codeOf = (value: unknown) => (value instanceof Refusal ? value.code : 'opened');
const prove = (text: string) => codeOf(authenticateSession(text, ports));
const without = (index: number) => bearer.slice(0, index) + bearer.slice(index + 1);
const places = Array.from({ length: bearer.length }, (_, index) => index);

describe('a session’s Bearer string', () => {
  test('names the session, and carries nothing to sign with', () => {
    const { secretAccessKey, ...facts } = session;
    expect(secretAccessKey).not.toBe('');
    const caller = authenticateSession(bearer, ports);
    expect(caller).toEqual({ kind: 'session', accessKeyId, facts: { ...facts, secretAccessKey: '' } });
    expect(bearer).toMatch(/^podiam_session\.k1\.ASIA\w{16}\.[\w-]+$/);
  });

  test('A6 cut, with a character changed or taken out, anywhere, opens nothing', () => {
    const changed = places.flatMap((index) => {
      const other = bearer[index] === 'A' ? 'B' : 'A';
      return [bearer.slice(0, index), bearer.slice(0, index) + other + bearer.slice(index + 1), without(index)];
    });
    const outcomes = new Set(changed.map(prove));
    expect([...outcomes].toSorted()).toEqual(['bearer-unknown', 'session-token-key-unknown']);
  });

  test.each([
    ['of another access key', bearer.replace(accessKeyId, 'ASIAAAAAAAAAAAAAAAAA'), 'bearer-unknown'],
    ['under another key of the ring', bearer.replace('.k1.', '.k2.'), 'bearer-unknown'],
    ['under a key that is not held', bearer.replace('.k1.', '.k3.'), 'session-token-key-unknown'],
    ['under a key of the language', bearer.replace('.k1.', '.__proto__.'), 'session-token-key-unknown'],
    ['with more behind it', `${bearer}.x`, 'bearer-unknown'],
    ['with nothing sealed', bearer.slice(0, bearer.lastIndexOf('.') + 1), 'bearer-unknown'],
    ['of a megabyte', bearer + 'A'.repeat(1_000_000), 'bearer-unknown'],
    ['of a megabyte of dots', `podiam_session${'.'.repeat(1_000_000)}`, 'bearer-unknown'],
  ])('A6 A5 %s opens nothing', (_, text, code) => {
    expect(prove(text)).toBe(code);
  });

  test('A6 and a session token do not stand in for each other, not even with the seal moved into the other’s form', () => {
    const sealed = (text: string) => text.slice(text.lastIndexOf('.') + 1);
    expect(prove(token)).toBe('bearer-session-token');
    expect(prove(`podiam_session.k1.${accessKeyId}.${sealed(token)}`)).toBe('bearer-unknown');
    expect(codeOf(openSession(bearer, accessKeyId, keyring))).toBe('session-token-invalid');
    expect(codeOf(openSession(`P1.k1.${sealed(bearer)}`, accessKeyId, keyring))).toBe('session-token-invalid');
    expect(codeOf(openSession(token, accessKeyId, keyring))).toBe('opened');
  });

  test('A7 is good until the session’s end, and no moment longer', () => {
    const at = (now: number) => codeOf(authenticateSession(bearer, { ...ports, now }));
    expect([at(session.expiresAt - 1), at(session.expiresAt)]).toEqual(['opened', 'session-expired']);
  });

  test('A7 is refused once its session is revoked', () => {
    const asked: unknown[] = [];
    const findRevocation = (of: unknown) => {
      asked.push(of);
      return 'itself';
    };
    expect(codeOf(authenticateSession(bearer, { ...ports, findRevocation }))).toBe('session-revoked');
    expect(asked).toMatchObject([{ accessKeyId, subject: session.subject, issuedAt: session.issuedAt }]);
  });
});

describe('what people take for a Bearer string', () => {
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2V4YW1wbGUuY29tIn0.AAAA';
  test.each([
    ['a service account’s token', jwt, 'bearer-service-account-token', '/v2/oidc/token'],
    ['a session token', token, 'bearer-session-token', 'Sign the request'],
    ['a root key', 'AKIAAAAAAAAAAAAAAAAA.SECRET', 'bearer-no-session', 'Sign the request'],
    ['an operator key', 'podiam_operator.0011223344556677.SECRET', 'bearer-no-session', 'Sign the request'],
  ])('%s is told from it, with what to do, and is not repeated', (_, text, code, remedy) => {
    const refusal = authenticateSession(text, ports);
    expect(refusal).toMatchObject({ code, status: 401, remedy: expect.stringContaining(remedy) });
    expect(JSON.stringify(refusal)).not.toContain(text.split('.').at(-1));
  });

  test('a token and a session token are told from keys where keys are taken, too', async () => {
    const nobody = () => Promise.resolve(undefined);
    const all = { ...ports, findRootKey: nobody, findOperatorKey: nobody };
    const texts = [bearer, jwt, token, 'AKIAAAAAAAAAAAAAAAAA.SECRET', 'x'];
    expect(await Promise.all(texts.map(async (text) => codeOf(await authenticateBearer(text, all))))).toEqual([
      'opened',
      'bearer-service-account-token',
      'bearer-session-token',
      'bearer-unknown',
      'bearer-unknown',
    ]);
  });
});

describe('a request’s Bearer string', () => {
  const read = (rawHeaders: readonly string[], query = '') => {
    const found = bearerOf({ rawHeaders, query });
    return found instanceof Refusal ? found.code : found;
  };

  test.each([
    [['Authorization', 'Bearer a.b'], 'a.b'],
    [['authorization', 'bearer  a.b '], 'a.b'],
    [[], undefined],
    [['Authorization', 'Basic a'], undefined],
    [['Authorization', 'Bearera'], undefined],
    [['Authorization', 'AWS4-HMAC-SHA256 Credential=a'], undefined],
    // Whoever verifies signatures refuses what is repeated.
    [['Authorization', 'Bearer a', 'authorization', 'Bearer a'], undefined],
    [['Authorization', 'Bearer'], 'bearer-unknown'],
    [['Authorization', 'Bearer a b'], 'bearer-unknown'],
    [['Authorization', 'Bearer a, Bearer b'], 'bearer-unknown'],
  ])('of %j is %s', (rawHeaders, found) => {
    expect(read(rawHeaders)).toBe(found);
  });

  test.each(['X-Amz-Signature=a', 'a=1&x-amz-credential=a', 'X%2DAmz%2DAlgorithm=a', 'X-Amz-Security-Token'])(
    'A23 beside a signature’s parameter %s is refused, for one would count and the other be seen',
    (query) => {
      expect(read(['Authorization', 'Bearer a'], query)).toBe('signature-repeated');
    },
  );

  test('A23 beside a session token in a header is refused alike; other parameters are none of a signature’s', () => {
    expect(read(['Authorization', 'Bearer a', 'X-Amz-Security-Token', token])).toBe('signature-repeated');
    expect(read(['Authorization', 'Bearer a'], 'a=%FF&X-Amz-Other=1&b=1+1')).toBe('a');
  });
});
