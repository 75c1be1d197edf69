// The strict JSON reader against RFC 8259's grammar, with JSON.parse as the oracle for what it takes.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson } from '../../../src/core/wire/index.ts';

function oracle(text: string): { value: unknown } | 'refused' {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return 'refused';
  }
}

describe('what JSON.parse takes is taken with the same value', () => {
  test('any value, written with and without white space', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 4 }), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        if (text.includes('"__proto__"')) return;
        expect(parseStrictJson(text)).toEqual(oracle(text));
      }),
    );
  });

  test('and what JSON.parse refuses is refused, however a valid text is damaged', () => {
    const damage = fc.record({ at: fc.nat(), remove: fc.nat({ max: 3 }), put: fc.string({ maxLength: 2 }) });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), damage, (value, { at, remove, put }) => {
        const whole = JSON.stringify(value);
        const start = at % whole.length;
        const text = whole.slice(0, start) + put + whole.slice(start + remove);
        const expected = oracle(text);
        const read = parseStrictJson(text);
        if (expected === 'refused') expect(read).toHaveProperty('problem');
        else if ('value' in read) expect(read).toEqual(expected);
        else expect(read.problem).toMatch(/is there twice|__proto__/);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '0',
    '-0',
    '1e999',
    '-12.5E+3',
    '"\\u0041\\ud83d\\ude00\\/"',
    ' [ ] ',
    '{}',
    'true',
    'null',
    '"\u007f\u2028"',
  ])('%s', (text) => {
    expect(parseStrictJson(text)).toEqual(oracle(text));
  });
});

describe('a problem is told with its line and column', () => {
  test.each([
    ['', 'line 1, column 1: expected a value, the document ends'],
    ['{"a":1,}', 'line 1, column 8: expected a member name in double quotes, found `}`'],
    ['{"a":[1,\n  2,\n  ]}', 'line 3, column 3: expected a value, found `]`'],
    ['{"a" 1}', 'line 1, column 6: expected `:` after a member name, found `1`'],
    ['{"a":1 "b":2}', 'line 1, column 8: expected `,` or `}`, found `"`'],
    ['[1 2]', 'line 1, column 4: expected `,` or `]`, found `2`'],
    ['{} {}', 'line 1, column 4: expected the end of the document, found `{`'],
    ['01', 'line 1, column 2: expected the end of the document, found `1`'],
    ['"abc', 'line 1, column 5: the document ends inside a string'],
    ['"a\tb"', 'line 1, column 3: a control character inside a string'],
    ['"\\x41"', 'line 1, column 2: an escape that JSON does not have'],
    ['\ufeff{}', 'line 1, column 1: expected a value, found `\ufeff`'],
    ['{"sub":"a",\n "sub":"b"}', 'line 2, column 2: the member `sub` is there twice'],
    ['{"sub":"a","\\u0073ub":"b"}', 'line 1, column 12: the member `sub` is there twice'],
    ['{"__proto__":{}}', 'line 1, column 2: the member name `__proto__` is not taken'],
    ['[{"a":1},{"a":1,"a":1}]', 'line 1, column 17: the member `a` is there twice'],
  ])('%j', (text, problem) => {
    expect(parseStrictJson(text)).toEqual({ problem });
  });
});

test('members of the name of an inherited method are members like any other', () => {
  expect(parseStrictJson('{"constructor":1,"toString":2}')).toEqual({ value: { constructor: 1, toString: 2 } });
});

test('A21 64 levels are read, the 65th and the 100,000th are refused', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect(parseStrictJson(nested(64))).toHaveProperty('value');
  const refused = { problem: 'line 1, column 65: nested deeper than 64 levels' };
  expect(parseStrictJson(nested(65))).toEqual(refused);
  expect(parseStrictJson(nested(100_000))).toEqual(refused);
});
