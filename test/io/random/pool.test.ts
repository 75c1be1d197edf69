import { expect, test } from 'vitest';
import { createRandomBytes } from '../../../src/io/random/index.ts';

test('gives as many bytes as asked, none twice, across the pool’s end and beyond its size', () => {
  const randomBytes = createRandomBytes();
  const given = Array.from({ length: 2000 }, (_, i) => randomBytes(8 + (i % 25)));
  expect(given.map((bytes) => bytes.length)).toEqual(given.map((_, i) => 8 + (i % 25)));
  expect(new Set(given.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(2000);
  expect(randomBytes(10_000)).toHaveLength(10_000);
  expect(randomBytes(0)).toHaveLength(0);
});

test('every value of a byte comes about as often', () => {
  const randomBytes = createRandomBytes();
  const counts = new Uint32Array(256);
  for (let i = 0; i < 8192; i++) for (const byte of randomBytes(32)) counts[byte] = (counts[byte] ?? 0) + 1;
  // 262,144 bytes: 1,024 of each, with a standard deviation of 32.
  expect(Math.min(...counts)).toBeGreaterThan(1024 - 320);
  expect(Math.max(...counts)).toBeLessThan(1024 + 320);
});

test('what was given stays as it was', () => {
  const randomBytes = createRandomBytes();
  const first = randomBytes(32);
  const copy = Uint8Array.from(first);
  for (let i = 0; i < 500; i++) randomBytes(32);
  expect(first).toEqual(copy);
});
