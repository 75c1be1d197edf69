// Tokens that attackers send: each is refused, each for its own reason.
import { createHmac, sign } from 'node:crypto';
import { exportJWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { parseJwks } from '../../../src/core/tokens/index.ts';
import { accepted, claims, codeOf, jwkSet, signed, signerFor, signers, strangers, verify } from './issuer.ts';

const rsa = signerFor('RS256');
const ecdsa = signerFor('ES256');
const [rsaStranger = rsa, ecdsaStranger = ecdsa] = strangers;

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token of any header, signed as its alg would be by the given key: jose refuses to make most of these. */
function forged(header: unknown, payload: unknown = claims, signer = rsa): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(input), { key: signer.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function hmac(key: string | Buffer): string {
  const input = `${encode({ alg: 'HS256', kid: rsa.kid })}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

const withSignature = (jwt: string, signature: Buffer) =>
  `${jwt.slice(0, jwt.lastIndexOf('.'))}.${signature.toString('base64url')}`;

const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const one = Buffer.concat([Buffer.alloc(31), Buffer.of(1)]);
const head = { alg: 'RS256', kid: rsa.kid };
const good = await signed(rsa);
const goodEcdsa = await signed(ecdsa);
const derSignature = sign('sha256', Buffer.from(goodEcdsa.slice(0, goodEcdsa.lastIndexOf('.'))), ecdsa.privateKey);
const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' });
const der = rsa.publicKey.export({ format: 'der', type: 'spki' });
const claimsTwice = `${JSON.stringify(claims).slice(0, -1)},"sub":"system:serviceaccount:kube-system:admin"}`;

const table: readonly (readonly [string, string, string])[] = [
  ['A1 alg none, no signature', `${encode({ alg: 'none' })}.${encode(claims)}.`, 'token-algorithm-refused'],
  ['A1 alg none with kid and signature', forged({ alg: 'none', kid: rsa.kid }), 'token-algorithm-refused'],
  ['A1 alg nOnE', forged({ alg: 'nOnE', kid: rsa.kid }), 'token-algorithm-refused'],
  ['A1 HS256 keyed by the public key as PEM', hmac(pem), 'token-algorithm-refused'],
  ['A1 HS256 keyed by the public key as DER', hmac(der), 'token-algorithm-refused'],
  ['A1 HS256 keyed by nothing', hmac(''), 'token-algorithm-refused'],
  ['A1 PS256', forged({ alg: 'PS256', kid: rsa.kid }), 'token-algorithm-refused'],
  ['A1 alg in lower case', forged({ alg: 'rs256', kid: rsa.kid }), 'token-algorithm-refused'],
  ['A1 alg that an object inherits', forged({ alg: 'constructor', kid: rsa.kid }), 'token-algorithm-refused'],
  ['A1 alg as a list', forged({ alg: ['RS256'], kid: rsa.kid }), 'token-algorithm-refused'],
  ['A1 no alg', forged({ kid: rsa.kid }), 'token-algorithm-refused'],
  ['A1 ES256 with an RSA key’s kid', forged({ alg: 'ES256', kid: rsa.kid }, claims, ecdsa), 'token-algorithm-unfit'],
  ['A1 RS256 with an EC key’s kid', forged({ alg: 'RS256', kid: ecdsa.kid }), 'token-algorithm-unfit'],
  ['A1 RS512 with a key published for RS256', forged({ alg: 'RS512', kid: rsa.kid }), 'token-algorithm-unfit'],
  ['A1 another RSA key under the right kid', forged(head, claims, rsaStranger), 'token-signature-invalid'],
  [
    'A1 another EC key under the right kid',
    forged({ alg: 'ES256', kid: ecdsa.kid }, claims, ecdsaStranger),
    'token-signature-invalid',
  ],
  ['A1 ECDSA r = s = 0', withSignature(goodEcdsa, Buffer.alloc(64)), 'token-signature-invalid'],
  ['A1 ECDSA r = s = n', withSignature(goodEcdsa, Buffer.concat([order, order])), 'token-signature-invalid'],
  ['A1 ECDSA r = s = 1', withSignature(goodEcdsa, Buffer.concat([one, one])), 'token-signature-invalid'],
  ['A1 ECDSA signature in DER', withSignature(goodEcdsa, derSignature), 'token-signature-invalid'],
  [
    'A1 ECDSA signature with zeroes before r and s',
    withSignature(goodEcdsa, Buffer.concat([Buffer.alloc(1), Buffer.alloc(65)])),
    'token-signature-invalid',
  ],
  ['A1 RSA signature of zeroes', withSignature(good, Buffer.alloc(256)), 'token-signature-invalid'],
  ['A1 RSA signature longer than the key', withSignature(good, Buffer.alloc(4096, 1)), 'token-signature-invalid'],
  ['A1 no signature', good.slice(0, good.lastIndexOf('.') + 1), 'token-signature-invalid'],
  [
    'A2 a key in the token, which did sign it',
    forged({ alg: 'RS256', kid: 'mine', jwk: await exportJWK(rsaStranger.publicKey) }, claims, rsaStranger),
    'token-header-refused',
  ],
  ['A2 jku', forged({ ...head, jku: 'https://evil.example/jwks' }, claims, rsaStranger), 'token-header-refused'],
  ['A2 x5u', forged({ ...head, x5u: 'https://evil.example/cert' }), 'token-header-refused'],
  ['A2 x5c', forged({ ...head, x5c: ['MIIB'] }), 'token-header-refused'],
  ['A2 crit', forged({ ...head, crit: ['exp'] }), 'token-header-refused'],
  ['A2 crit, empty', forged({ ...head, crit: [] }), 'token-header-refused'],
  ['A2 crit with b64', forged({ ...head, b64: false, crit: ['b64'] }), 'token-header-refused'],
  ['A2 kid that is a path', forged({ alg: 'RS256', kid: '../../dev/null' }), 'token-key-unknown'],
  ['A2 kid that is SQL', forged({ alg: 'RS256', kid: "x' UNION SELECT 'key" }), 'token-key-unknown'],
  ['A2 kid that an object inherits', forged({ alg: 'RS256', kid: '__proto__' }), 'token-key-unknown'],
  ['A2 kid in another case', forged({ alg: 'RS256', kid: rsa.kid.toLowerCase() }), 'token-key-unknown'],
  ['A2 kid as a number', forged({ alg: 'RS256', kid: 1 }), 'token-malformed'],
  ['A2 kid, empty', forged({ alg: 'RS256', kid: '' }), 'token-malformed'],
  ['A2 kid of 10,000 characters', forged({ alg: 'RS256', kid: 'k'.repeat(10_000) }), 'token-malformed'],
  ['A2 two signatures', `${good}.${good.split('.')[2]}`, 'token-malformed'],
  ['A2 the JSON form', JSON.stringify({ payload: good.split('.')[1], signatures: [] }), 'token-malformed'],
  ['A2 a JWE', `${encode({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`, 'token-malformed'],
  ['A3 iss as a list', forged(head, { ...claims, iss: [claims.iss] }), 'token-claim-malformed'],
  ['A3 no iss', forged(head, { ...claims, iss: undefined }), 'token-claim-malformed'],
  ['A3 iss, empty', forged(head, { ...claims, iss: '' }), 'token-claim-malformed'],
  ['A5 a megabyte of dots', '.'.repeat(1_000_000), 'token-too-long'],
  ['A5 dots up to the limit', '.'.repeat(20_000), 'token-malformed'],
  ['A5 a payload too long', forged(head, { ...claims, x: 'x'.repeat(20_000) }), 'token-too-long'],
  ['A5 JSON 1,000 deep', forged(head, `${'['.repeat(1000)}${']'.repeat(1000)}`), 'token-malformed'],
  ['A12 a claim twice', forged(head, claimsTwice), 'token-malformed'],
  ['A12 alg twice', forged(`{"alg":"none","kid":"${rsa.kid}","alg":"RS256"}`), 'token-malformed'],
  ['A12 __proto__', forged(head, '{"iss":"https://cluster.example/id","__proto__":{"sub":"x"}}'), 'token-malformed'],
  ['nothing', '', 'token-malformed'],
  ['one part', good.split('.')[0] ?? '', 'token-malformed'],
  ['two parts', good.slice(0, good.lastIndexOf('.')), 'token-malformed'],
  ['empty parts', '..', 'token-malformed'],
  ['no header', good.slice(good.indexOf('.')), 'token-malformed'],
  ['no payload', `${good.split('.')[0]}..${good.split('.')[2]}`, 'token-malformed'],
  ['a header that is a text', forged('"RS256"'), 'token-malformed'],
  ['a header that is a list', forged([head]), 'token-malformed'],
  ['a payload that is null', forged(head, null), 'token-malformed'],
  [
    'a payload that is not UTF-8',
    `${encode(head)}.${Buffer.from('{"iss":"\xff"}', 'latin1').toString('base64url')}.`,
    'token-malformed',
  ],
  ['a byte order mark', forged(`\uFEFF${JSON.stringify(head)}`), 'token-malformed'],
  ['padding', `${good}=`, 'token-malformed'],
  ['a line break behind it', `${good}\n`, 'token-malformed'],
  ['base64 with + and /', good.replaceAll('-', '+').replaceAll('_', '/'), 'token-malformed'],
  ['one character less', good.slice(0, -1), 'token-malformed'],
  [
    'the payload of another token',
    `${good.split('.')[0]}.${encode({ ...claims, sub: 'admin' })}.${good.split('.')[2]}`,
    'token-signature-invalid',
  ],
];

test.each(table)('%s is refused', (_, jwt, code) => {
  expect(codeOf(verify(jwt))).toBe(code);
});

test('A26 no refusal repeats a token’s signature', () => {
  for (const [, jwt] of table) {
    const refusal = verify(jwt);
    const signature = jwt.split('.')[2] ?? '';
    if (signature.length > 40) expect(JSON.stringify(refusal)).not.toContain(signature);
  }
});

describe('what is harmless is taken', () => {
  test.each([{ typ: 'JWT' }, { typ: 'at+jwt' }, { typ: 7 }, { cty: 'JWT' }, { x5t: 'abc' }, { b64: true }])(
    'a header with %o',
    (extra) => {
      expect(codeOf(verify(forged({ ...head, ...extra })))).toBe('accepted');
    },
  );

  test('a set of another issuer does not verify it, though the kid is the same', () => {
    const other = accepted(parseJwks(jwkSet([{ ...rsaStranger, kid: rsa.kid }])));
    expect(codeOf(verify(good, other))).toBe('token-signature-invalid');
    expect(codeOf(verify(good, accepted(parseJwks(jwkSet(signers)))))).toBe('accepted');
  });
});
