// What a JSON text takes to be read, counted on its bytes, with the value itself as the oracle.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shapeOfJson } from '../../../src/core/wire/unambiguous-json.ts';

interface Counted {
  readonly values: number;
  readonly members: number;
  readonly depth: number;
}

function count(value: unknown): Counted {
  if (typeof value !== 'object' || value === null) return { values: 1, members: 0, depth: 0 };
  const inner = Object.values(value).map(count);
  const sum = (what: 'values' | 'members') => inner.reduce((total, each) => total + each[what], 0);
  return {
    values: 1 + sum('values'),
    members: (Array.isArray(value) ? 0 : inner.length) + sum('members'),
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
  };
}

test('A21 values, members and depth are those of the value, whatever its texts hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), (value) => {
      const text = JSON.stringify(value);
      expect(shapeOfJson(Buffer.from(text))).toEqual(count(JSON.parse(text)));
    }),
  );
});

test.each([
  ['{"a":"},{[[::","b\\"":[{},[],{"c":[0]}]}', { values: 8, members: 3, depth: 4 }],
  ['[[],[],[]]', { values: 4, members: 0, depth: 2 }],
  ['', { values: 1, members: 0, depth: 0 }],
])('A21 of %s', (text, shape) => {
  expect(shapeOfJson(Buffer.from(text))).toEqual(shape);
});

test('A21 with white space no fewer values are counted', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const { values } = shapeOfJson(Buffer.from(JSON.stringify(value, undefined, 2)));
      expect(values).toBeGreaterThanOrEqual(count(value).values);
    }),
  );
});
