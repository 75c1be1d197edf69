import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from '../../../src/io/kubernetes/lines.ts';

test('lines are the same however the bytes are cut, also in the middle of a character', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll(/\s/gu, '_'));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.array(fc.nat(200), { maxLength: 20 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const splitter = new LineSplitter(1000);
      const found: string[] = [];
      for (const [i, edge] of edges.entries()) {
        expect(splitter.push(bytes.subarray(edge, edges[i + 1] ?? edge), (text) => found.push(text))).toBe(true);
      }
      expect(found).toEqual(lines.filter(Boolean).map((text) => Buffer.from(text).toString().trim()));
      expect(splitter.pending).toBe(0);
    }),
  );
});

test('A21 a line longer than may be is noticed before it has ended, in however many pieces it comes', () => {
  const splitter = new LineSplitter(10);
  expect(splitter.push(Buffer.from('12345'), () => {})).toBe(true);
  expect(splitter.push(Buffer.from('67890'), () => {})).toBe(true);
  expect(splitter.push(Buffer.from('1'), () => {})).toBe(false);
  expect(new LineSplitter(3).push(Buffer.from('ab\nabcd\n'), () => {})).toBe(false);
});
