// The published examples of RFC 7515 and RFC 7638, as they stand there.
import { createHash, createPublicKey, KeyObject } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64url, parseJwks } from '../../../src/core/tokens/index.ts';
import { accepted, codeOf, verify } from './issuer.ts';

const payload = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';

const examples = [
  {
    name: 'RFC 7515, appendix A.2 (RS256)',
    header: 'eyJhbGciOiJSUzI1NiJ9',
    signature:
      'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
    jwk: {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    },
  },
  {
    name: 'RFC 7515, appendix A.3 (ES256)',
    header: 'eyJhbGciOiJFUzI1NiJ9',
    signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  },
];

describe.each(examples)('$name', ({ header, signature, jwk }) => {
  const keys = accepted(parseJwks(JSON.stringify({ keys: [jwk] })));

  test('verifies, its claims as the appendix prints them', () => {
    const verified = accepted(verify(`${header}.${payload}.${signature}`, keys));
    expect(verified.claims).toEqual({ iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true });
  });

  test('A1 verifies no more with one bit of the signature changed, wherever it is', () => {
    const bytes = decodeBase64url(signature) ?? Buffer.alloc(0);
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      expect(codeOf(verify(`${header}.${payload}.${flipped.toString('base64url')}`, keys))).toBe(
        'token-signature-invalid',
      );
    }
  });
});

test('RFC 7515, appendix A.1 (HS256) and A.5 (none) are of algorithms that are not taken', () => {
  const hs256 = 'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9';
  const none = 'eyJhbGciOiJub25lIn0';
  const keys = accepted(parseJwks(JSON.stringify({ keys: examples.map(({ jwk }) => jwk) })));
  expect(codeOf(verify(`${hs256}.${payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`, keys))).toBe(
    'token-algorithm-refused',
  );
  expect(codeOf(verify(`${none}.${payload}.`, keys))).toBe('token-algorithm-refused');
});

test('the key of a set is the key that node:crypto makes of the same JWK', () => {
  for (const { jwk } of examples) {
    const [read] = accepted(parseJwks(JSON.stringify({ keys: [jwk] }))).keys;
    expect(read?.key).toBeInstanceOf(KeyObject);
    expect(read?.key.equals(createPublicKey({ key: jwk, format: 'jwk' }))).toBe(true);
  }
});

test('base64url without padding has one spelling for each run of bytes (RFC 7515, appendix C)', () => {
  expect(decodeBase64url('A-z_4ME')).toEqual(Buffer.from([3, 236, 255, 224, 193]));
  expect(decodeBase64url(createHash('sha256').digest('base64url'))).toHaveLength(32);
  for (const other of ['A-z_4ME=', 'A+z/4ME', 'A-z_4MF', 'A-z_ 4ME', 'A-z_4ME\n', 'A', 'ä']) {
    expect(decodeBase64url(other)).toBeUndefined();
  }
});

test('and no text is read that is not the spelling of what was read from it', () => {
  const alphabet = fc.constantFrom(...Array.from('AZaz09-_+/= \n\täŁ.gQw'));
  const text = fc.oneof(
    fc.string({ unit: alphabet, maxLength: 12 }),
    fc.base64String(),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  fc.assert(
    fc.property(text, (one) => {
      const spelled = Buffer.from(one, 'base64url').toString('base64url');
      expect(decodeBase64url(one) !== undefined).toBe(spelled === one);
    }),
    { numRuns: 5000 },
  );
});
