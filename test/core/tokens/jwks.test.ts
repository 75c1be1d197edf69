// Published key sets: what is taken, what is left out, what is refused as a whole.
import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { keySetCache, parseJwks, publicJwk } from '../../../src/core/tokens/index.ts';
import { accepted, codeOf, jwkSet, publicJwks, signerFor, signers, strangers } from './issuer.ts';

const [rsa] = publicJwks([signerFor('RS256')]);
const [ec] = publicJwks([signerFor('ES256')]);
const [p521] = publicJwks([signerFor('ES512')]);
const spare = { ...publicJwks(strangers)[0], kid: 'spare' };

const setOf = (...keys: readonly unknown[]) => JSON.stringify({ keys });

/** RFC 8037, appendix A: an Ed25519 key, which Kubernetes does not use. */
const ed25519 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' });
const huge = { kty: 'RSA', n: Buffer.alloc(2048, 0xff).toString('base64url'), e: 'AQAB' };

test('a set of every kind of key is read, each key under its kid with the algorithms of its type', () => {
  const set = accepted(parseJwks(jwkSet(signers)));
  expect(set.leftOut).toEqual([]);
  expect([...set.byId.keys()]).toEqual(signers.map(({ kid }) => kid));
  expect(set.keys.map(({ algorithms }) => algorithms.map(({ name }) => name))).toEqual(signers.map(({ alg }) => [alg]));
});

test('without alg an RSA key has three algorithms, an EC key the one of its curve', () => {
  const set = accepted(parseJwks(setOf({ ...rsa, alg: undefined }, { ...p521, alg: undefined })));
  const names = set.keys.map(({ algorithms }) => algorithms.map(({ name }) => name));
  expect(names).toEqual([['RS256', 'RS384', 'RS512'], ['ES512']]);
});

describe('left out, with the reason, beside a key that is taken', () => {
  test.each<readonly [string, unknown, RegExp]>([
    ['a key for encryption', { ...rsa, use: 'enc' }, /use is not sig/],
    ['a key for other operations', { ...rsa, key_ops: ['encrypt'] }, /key_ops/],
    ['an RSA key of 1024 bits', { ...small, kid: 'a' }, /1024 bits; 2048 are the fewest/],
    ['an RSA key of 16384 bits', huge, /16384 bits; 8192 are the most/],
    ['A1 an RSA key with the exponent 1', { ...rsa, e: 'AQ' }, /exponent/],
    ['an RSA key with an even exponent', { ...rsa, e: 'AQAA' }, /exponent/],
    ['an RSA key with an exponent as long as itself', { ...rsa, e: rsa?.n }, /exponent|no public key/],
    ['an RSA key without modulus', { ...rsa, n: undefined }, /its n/],
    ['a modulus in base64 with padding', { ...rsa, n: `${rsa?.n}==` }, /its n/],
    ['an algorithm of another type', { ...rsa, alg: 'ES256' }, /alg does not fit/],
    ['an algorithm that is not taken', { ...rsa, alg: 'PS256' }, /alg does not fit/],
    ['the algorithm of another curve', { ...ec, alg: 'ES384' }, /alg does not fit/],
    ['a curve that is not taken', k256, /crv/],
    ['Ed25519', ed25519, /kty/],
    ['a type that an object inherits', { kty: 'constructor' }, /kty/],
    ['a point off its curve', { ...ec, y: ec?.x }, /no public key/],
    ['a coordinate cut short', { ...ec, x: ec?.x?.slice(0, 40) }, /not 32 bytes/],
    ['a kid that is a number', { ...rsa, kid: 7 }, /kid/],
    ['a text', 'key', /no JSON object/],
    ['null', null, /no JSON object/],
  ])('%s', (_, key, why) => {
    const set = accepted(parseJwks(setOf(key, spare)));
    expect(set.keys).toHaveLength(1);
    expect(set.leftOut[0]?.why).toMatch(why);
    expect(codeOf(parseJwks(setOf(key)))).toBe('jwks-without-key');
  });
});

describe('refused as a whole', () => {
  test.each<readonly [string, string, string]>([
    ['F22 HTML', '<html><body>Sign in</body></html>', 'jwks-malformed'],
    ['F22 an empty text', '', 'jwks-malformed'],
    ['F22 an empty set', setOf(), 'jwks-without-key'],
    ['F22 100,000 keys', setOf(...Array.from({ length: 100_000 }, () => ({}))), 'jwks-too-large'],
    ['F22 two megabytes', setOf('x'.repeat(2_000_000)), 'jwks-too-large'],
    ['a list', JSON.stringify([rsa]), 'jwks-malformed'],
    ['keys that are no list', '{"keys":{}}', 'jwks-malformed'],
    ['A12 keys twice', '{"keys":[],"keys":[]}', 'jwks-malformed'],
    ['one kid for two keys', setOf(rsa, { ...spare, kid: rsa?.kid }), 'jwks-key-id-repeated'],
    ['A1 a symmetric key', setOf(spare, { kty: 'oct', kid: 'a', k: 'AAAA' }), 'jwks-secret'],
    [
      'a private RSA key',
      setOf(spare, { ...signerFor('RS256').privateKey.export({ format: 'jwk' }), kid: 'mine' }),
      'jwks-secret',
    ],
    ['a private EC key', setOf(spare, signerFor('ES256').privateKey.export({ format: 'jwk' })), 'jwks-secret'],
  ])('%s', (_, text, code) => {
    expect(codeOf(parseJwks(text))).toBe(code);
  });

  test('A26 without repeating the key', () => {
    const secret = signerFor('RS256').privateKey.export({ format: 'jwk' });
    const refusal = parseJwks(setOf({ ...secret, kid: 'mine' }));
    expect(refusal).toMatchObject({ sentence: 'The key set holds a private or symmetric key (mine).' });
    expect(JSON.stringify(refusal)).not.toContain(secret.d);
  });
});

test('the same key twice under one kid is one key', () => {
  expect(accepted(parseJwks(setOf(rsa, rsa))).keys).toHaveLength(1);
});

test('publicJwk publishes the public half only, whatever half it is given', async () => {
  for (const { alg, kid, privateKey, publicKey } of signers) {
    const jwk = publicJwk(privateKey, kid, alg);
    expect(jwk).toEqual(publicJwk(publicKey, kid, alg));
    expect(jwk).toEqual({ ...publicKey.export({ format: 'jwk' }), use: 'sig', kid, alg });
    expect(await calculateJwkThumbprint({ ...jwk })).toBe(
      await calculateJwkThumbprint(publicKey.export({ format: 'jwk' })),
    );
  }
});

test('A10 the cache answers by the whole text, keeps refusals too, and is bounded', () => {
  const read = keySetCache(2);
  const first = read(setOf(rsa));
  expect(read(setOf(rsa))).toBe(first);
  expect(read(setOf(ec))).not.toBe(first);
  const refusal = read('no set');
  expect(refusal).toBeInstanceOf(Refusal);
  expect(read('no set')).toBe(refusal);
  expect(read(setOf(rsa))).not.toBe(first);
});
