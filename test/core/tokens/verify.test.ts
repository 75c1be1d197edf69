// Signatures with jose as the oracle: what it signs is taken, what we sign it takes, and nothing else is.
import { createPublicKey, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { compactVerify, createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { encodeJwt, parseJwks, readToken } from '../../../src/core/tokens/index.ts';
import { accepted, claims, codeOf, jwkSet, keySet, publicJwks, signed, signerFor, signers, verify } from './issuer.ts';

describe.each(signers)('$alg', (signer) => {
  test('what jose signs is verified, with claims and key', async () => {
    const verified = accepted(verify(await signed(signer)));
    expect(verified.claims).toEqual(claims);
    expect(verified.signer.keyId).toBe(signer.kid);
  });

  test('what encodeJwt signs is verified by jose from the published set, and here', async () => {
    const hash = `sha${signer.alg.slice(2)}`;
    const jwt = await encodeJwt({ alg: signer.alg, kid: signer.kid }, claims, (bytes) =>
      sign(hash, bytes, { key: signer.privateKey, dsaEncoding: 'ieee-p1363' }),
    );
    const { payload } = await jwtVerify(jwt, createLocalJWKSet({ keys: publicJwks(signers) }), {
      currentDate: new Date(claims.iat * 1000),
    });
    expect(payload).toEqual(claims);
    expect(accepted(verify(jwt)).claims).toEqual(claims);
  });

  test('a key without alg verifies it too: the type fixes what it may verify', async () => {
    const jwk = { ...createPublicKey(signer.privateKey).export({ format: 'jwk' }), kid: signer.kid };
    const keys = accepted(parseJwks(JSON.stringify({ keys: [jwk] })));
    expect(codeOf(verify(await signed(signer), keys))).toBe('accepted');
  });

  test('a token without kid is verified where one key alone fits', async () => {
    const jwt = await signed(signer, claims, { kid: undefined });
    expect(codeOf(verify(jwt, accepted(parseJwks(jwkSet([signer])))))).toBe('accepted');
    expect(codeOf(verify(jwt))).toBe('accepted');
    const twins = [signer, { ...signer, kid: 'another', publicKey: signer.publicKey }];
    expect(codeOf(verify(jwt, accepted(parseJwks(jwkSet(twins)))))).toBe('token-key-unnamed');
  });

  test('A2 a token without kid is not tried on every key that there is', async () => {
    const others = accepted(parseJwks(jwkSet(signers.filter(({ alg }) => alg !== signer.alg))));
    expect(codeOf(verify(await signed(signer, claims, { kid: undefined }), others))).toBe('token-key-unnamed');
  });
});

test('any bytes put in place of any others are refused, or are what jose takes too', async () => {
  const signer = signerFor('ES256');
  const jwt = await signed(signer);
  const damage = fc.record({ at: fc.nat(jwt.length), remove: fc.nat(3), put: fc.string({ maxLength: 3 }) });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, remove, put }) => {
      const damaged = jwt.slice(0, at) + put + jwt.slice(at + remove);
      if (damaged === jwt) return;
      expect(codeOf(verify(damaged))).not.toBe('accepted');
    }),
    { numRuns: 2000 },
  );
});

test('any JSON payload that jose signs is read as JSON.parse reads it', async () => {
  const signer = signerFor('ES256');
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (extra) => {
      const payload = JSON.stringify({ ...extra, iss: 'https://cluster.example/id' });
      if (payload.includes('"__proto__"')) return;
      const jwt = await signed(signer, payload);
      const oracle = await compactVerify(jwt, signer.publicKey);
      expect(accepted(verify(jwt)).claims).toEqual(JSON.parse(Buffer.from(oracle.payload).toString()));
    }),
    { numRuns: 200 },
  );
});

test('the issuer can be read before the signature is verified, to find the keys', async () => {
  const token = accepted(readToken(await signed(signerFor('RS256'))));
  expect(token.unverifiedIssuer).toBe('https://cluster.example/id');
  expect(token.keyId).toBe(signerFor('RS256').kid);
  expect(keySet.byId.has(token.keyId ?? '')).toBe(true);
});
