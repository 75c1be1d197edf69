// Secrets at rest, access keys and unique ids.
import { createDecipheriv } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accessKeyPrefix,
  newAccessKey,
  newRoleId,
  openEnvelope,
  sealEnvelope,
} from '../../../src/core/credentials/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';

const key = Buffer.alloc(32, 3);
const purpose = 'root-key/123456789012/AKIAIOSFODNN7EXAMPLE';
const nonce = Buffer.alloc(12, 9);
const secret = Buffer.from('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
const envelope = sealEnvelope(secret, { key, purpose, nonce });

describe('an envelope', () => {
  test('opens with its key, at its place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (secret, purpose) => {
        const opened = openEnvelope(sealEnvelope(secret, { key, purpose, nonce }), { key, purpose });
        expect(opened).toEqual(Buffer.from(secret));
      }),
    );
  });

  test('is AES-256-GCM as node:crypto has it: version, nonce, ciphertext, tag', () => {
    const decipher = createDecipheriv('aes-256-gcm', key, envelope.subarray(1, 13));
    decipher.setAAD(Buffer.from(`podiam-envelope/1/${purpose}`)).setAuthTag(envelope.subarray(-16));
    expect(Buffer.concat([decipher.update(envelope.subarray(13, -16)), decipher.final()])).toEqual(secret);
  });

  test('is refused with any bit flipped and at any shorter length, without a word of the secret', () => {
    for (let bit = 0; bit < envelope.length * 8; bit += 1) {
      const flipped = Buffer.from(envelope);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openEnvelope(flipped, { key, purpose })).toBeInstanceOf(Refusal);
    }
    for (let length = 0; length < envelope.length; length += 1) {
      expect(openEnvelope(envelope.subarray(0, length), { key, purpose })).toMatchObject({ code: 'envelope-unopened' });
    }
  });

  test.each([
    ['another key', { key: Buffer.alloc(32, 4), purpose }],
    ['another account’s place', { key, purpose: purpose.replace('123456789012', '210987654321') }],
    ['no place', { key, purpose: '' }],
  ])('is refused with %s', (_, other) => {
    expect(openEnvelope(envelope, other)).toMatchObject({ code: 'envelope-unopened', status: 500 });
  });
});

describe('access keys and ids', () => {
  const bytes = (value: number) => (count: number) => Buffer.alloc(count, value);

  test('have AWS’s forms, whatever the random bytes', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.constantFrom('ASIA' as const, 'AKIA' as const), (value, prefix) => {
        const { accessKeyId, secretAccessKey } = newAccessKey(prefix, bytes(value));
        expect(accessKeyId).toMatch(new RegExp(`^${prefix}[A-Z2-7]{16}$`));
        expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
        expect(newRoleId(bytes(value))).toMatch(/^AROA[A-Z2-7]{17}$/);
        expect(accessKeyPrefix(accessKeyId)).toBe(prefix);
      }),
    );
  });

  test('are base32 of RFC 4648 (its section 10: foobar)', () => {
    const foobar = (count: number) => Buffer.from('foobarfoobarfoobar').subarray(0, count);
    expect(newAccessKey('AKIA', foobar).accessKeyId).toBe('AKIAMZXW6YTBOJTG633C');
    expect(newRoleId(foobar)).toBe('AROAMZXW6YTBOJTG633CM');
  });

  test('use every random bit: each of them changes the id', () => {
    const ids = Array.from({ length: 80 }, (_, bit) => {
      const random = Buffer.alloc(10);
      random[bit >> 3] = 1 << (bit & 7);
      return newAccessKey('ASIA', (count) => (count === 10 ? random : Buffer.alloc(count))).accessKeyId;
    });
    expect(new Set(ids).size).toBe(80);
  });

  test.each([
    '',
    'AKIA',
    'AKIDEXAMPLE',
    'akiaIOSFODNN7EXAMPLE',
    'ASIAIOSFODNN7EXAMPLE\n',
    'ASIAIOSFODNN7EXAMPL1',
    'AROAIOSFODNN7EXAMPLE',
  ])('‘%s’ is no access key id', (text) => {
    expect(accessKeyPrefix(text)).toBeUndefined();
  });
});
