// What a JSON text takes to be read, counted on its bytes, with the value itself as the oracle.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStrictJson, parseUnambiguousJson, shapeOfJson } from '../../../src/core/wire/index.ts';

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

const names = fc.constantFrom('a', 'b', '\\u0061', '__proto__', '\\u005f_proto__', '', 'é');
/** Texts that are JSON, nearly: with members that are there twice, in one spelling or two, and damaged here and there. */
const nearJson = fc
  .tuple(
    fc.letrec((tie) => ({
      text: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', '-0.5e3', 'true', 'null', '"x"', '"\\""', '"\\ud800"', '"[{:,}]"'),
        fc.array(tie('text'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
        fc
          .array(fc.tuple(names, tie('text')), { maxLength: 4 })
          .map((members) => `{${members.map(([name, value]) => `"${name}": ${String(value)}`).join(',')}}`),
      ),
    })).text,
    fc.option(fc.tuple(fc.nat(), fc.constantFrom('', '"', '\\', '{', ']', ',', ':', '\u0000', '\ufeff', '0'))),
  )
  .map(([text, damage]) => {
    if (damage === null) return text;
    const at = damage[0] % (text.length + 1);
    return text.slice(0, at) + damage[1] + text.slice(at + 1);
  });

test('A12 takes what the reader that counts lines takes, and nothing else', () => {
  fc.assert(
    fc.property(nearJson, (text) => {
      const body = Buffer.from(text);
      const read = parseUnambiguousJson(body, shapeOfJson(body));
      const strict = parseStrictJson(text);
      expect('value' in read).toBe('value' in strict);
      if ('value' in read && 'value' in strict) expect(read.value).toEqual(strict.value);
    }),
    { numRuns: 2000 },
  );
});

test.each(['\ufeff{}', '{"a":1,"\\u0061":1}', '{"__proto__":{}}', '[1,]', '{"a":1}x'])('A12 not %s', (text) => {
  const body = Buffer.from(text);
  expect(parseUnambiguousJson(body, shapeOfJson(body))).toHaveProperty('expected');
});
