// What is known of a token saves its verification, and changes no outcome.
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { judgeClaims, type KeySet, KnownTokens, parseJwks, proveToken } from '../../../src/core/tokens/index.ts';
import {
  accepted,
  claims,
  codeOf,
  issuer,
  jwkSet,
  keySet,
  now,
  publicJwks,
  signed,
  signerFor,
  signers,
  strangers,
} from './issuer.ts';

/** What it states, kept as after a grant. */
function prove(known: KnownTokens, text: string, keys: KeySet = keySet) {
  const shown = known.show(text);
  if (shown instanceof Refusal) return shown;
  const proven = proveToken(shown, keys);
  if (proven instanceof Refusal) return proven;
  known.keep(shown, proven);
  return proven.claims;
}

/** The set in which the signer's key id names a stranger's key. */
function usurped(alg: string): KeySet {
  const [other] = publicJwks(strangers.filter((stranger) => stranger.alg === alg));
  return accepted(parseJwks(JSON.stringify({ keys: [{ ...other, kid: signerFor(alg).kid }] })));
}

describe.each(['RS256', 'ES256'])('a token signed with %s that was proven', (alg) => {
  const setUp = async (most = 10) => {
    const known = new KnownTokens(most);
    const text = await signed(signerFor(alg));
    return { known, text, first: accepted(prove(known, text)) };
  };

  test('is known when it is shown again, and under keys that were fetched anew', async () => {
    const { known, text, first } = await setUp();
    expect(prove(known, text)).toBe(first);
    expect(prove(known, text, accepted(parseJwks(jwkSet(signers))))).toBe(first);
  });

  test('A2 is refused once its key is not the issuer’s any more, whatever has its name', async () => {
    const { known, text } = await setUp();
    const others = accepted(parseJwks(jwkSet(signers.filter((signer) => signer.alg !== alg))));
    expect(codeOf(prove(known, text, others))).toBe('token-key-unknown');
    expect(codeOf(prove(known, text, usurped(alg)))).toBe('token-signature-invalid');
    expect(codeOf(prove(known, text))).toBe('accepted');
  });

  test('A2 lends nothing to one that differs in its signature or in a claim', async () => {
    const { known, text } = await setUp();
    const [header, payload, signature = ''] = text.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(0) ^ 1);
    expect(codeOf(prove(known, `${header}.${payload}.${bytes.toString('base64url')}`))).toBe('token-signature-invalid');
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'system:serviceaccount:dev:admin' }));
    const text2 = `${header}.${forged.toString('base64url')}.${signature}`;
    for (const _ of [1, 2]) expect(codeOf(prove(known, text2))).toBe('token-signature-invalid');
  });

  test('still ends when it does', async () => {
    const { known, text } = await setUp();
    const later = { issuer, audiences: ['podiam'], now: now + 3_700_000 };
    expect(codeOf(judgeClaims(accepted(prove(known, text)), later))).toBe('token-expired');
  });

  test('is forgotten when others were proven since, and proven anew', async () => {
    const { known, text, first } = await setUp(1);
    accepted(prove(known, await signed(signerFor(alg), { ...claims, jti: 'another' })));
    const again = accepted(prove(known, text));
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});

test('A21 a token that was granted nothing is not kept, and pushes out no other', async () => {
  const known = new KnownTokens(1);
  const text = await signed(signerFor('ES256'));
  const first = accepted(prove(known, text));
  for (const jti of ['1', '2', '3']) {
    const shown = accepted(known.show(await signed(signerFor('ES256'), { ...claims, jti })));
    expect(accepted(proveToken(shown, keySet)).claims).toEqual(first);
  }
  expect(prove(known, text)).toBe(first);
});

test('a token of which a claim is misformed is refused each time', async () => {
  const known = new KnownTokens(10);
  const text = await signed(signerFor('ES256'), { ...claims, exp: 'tomorrow' });
  for (const _ of [1, 2]) expect(codeOf(prove(known, text))).toBe('token-claim-malformed');
});

test('a longer token than clusters make is proven each time', async () => {
  const known = new KnownTokens(10);
  const text = await signed(signerFor('ES256'), { ...claims, note: 'x'.repeat(5000) });
  expect(accepted(prove(known, text))).not.toBe(accepted(prove(known, text)));
});
