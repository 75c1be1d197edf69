// Wildcards and networks against oracles: the regular expression with the same meaning, and Node's own BlockList.
import { BlockList } from 'node:net';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../../src/core/policy/index.ts';
import { contextOf, judge, written } from './judging.ts';

const like = (pattern: string, text: string) =>
  judge({ StringLike: { 'a:b': pattern } }, { 'a:b': text }, '2008-10-17') === 'yes';

function sameAsExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('\\*', '.*')
    .replaceAll('\\?', '.');
  return new RegExp(`^${source}$`, 's');
}

test('a pattern matches what the regular expression with the same meaning matches', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.', '/'), minLength: 1, maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '*'), minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      expect(like(pattern, text)).toBe(sameAsExpression(pattern).test(text));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['system.serviceaccount.a', 'system:serviceaccount:a'],
  ['a+', 'aa'],
  ['[ab]', 'a'],
  ['(a|b)', 'a'],
  ['a', 'xax'],
  ['a', 'a\n'],
  ['\\w', 'a'],
])('A11 %j is letters, matched as a whole: not %j', (pattern, text) => {
  expect(like(pattern, text)).toBe(false);
  expect(like(pattern, pattern)).toBe(true);
});

/** The textbook's table: place in the pattern against place in the text. */
function byTable(pattern: string, text: string): boolean {
  let row = [true, ...Array.from(text, () => false)];
  for (const wanted of pattern) {
    const next = [wanted === '*' && row[0] === true];
    for (const [i, character] of text.split('').entries()) {
      const taken = wanted === '*' ? next[i] || row[i + 1] : row[i] && (wanted === '?' || wanted === character);
      next.push(taken === true);
    }
    row = next;
  }
  return row.at(-1) === true;
}

test('A21 a pattern made for backtracking is judged right: repetitions that almost match', () => {
  const repeated = fc
    .tuple(fc.constantFrom('a', 'a', 'aa?', '?', 'ab', 'b', '*', '*'), fc.integer({ min: 1, max: 40 }))
    .map(([unit, times]) => unit.repeat(unit === '*' ? 1 : times));
  const pattern = fc.array(repeated, { minLength: 1, maxLength: 8 }).map((parts) => `*${parts.join('')}`);
  const text = fc
    .array(fc.tuple(fc.constantFrom('a', 'ab', 'b'), fc.integer({ min: 1, max: 200 })), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.map(([unit, times]) => unit.repeat(times)).join(''));
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      expect(like(pattern, text)).toBe(byTable(pattern, text));
    }),
    { numRuns: 500 },
  );
});

test.each([
  [`*${'a'.repeat(1500)}b`, 'a'.repeat(200_000), false],
  [`*${'a'.repeat(1500)}b`, `${'a'.repeat(200_000)}b`, true],
  [`${'*a'.repeat(700)}*b`, 'a'.repeat(200_000), false],
  [`${'*a?'.repeat(500)}*b`, `${'a'.repeat(200_000)}b`, true],
])('A21 and long ones are judged without it', (pattern, text, expected) => {
  expect(like(pattern, text)).toBe(expected);
});

test('A21 variables that repeat a long value are not spelled out where no text can be that long', () => {
  const value = 'a'.repeat(100_000);
  const condition = { StringLike: { 'a:b': '${a:c}'.repeat(250) } };
  expect(judge(condition, { 'a:b': 'aaa', 'a:c': value })).toBe('no');
  expect(judge({ StringLike: { 'a:b': '*${a:c}' } }, { 'a:b': `b${value}`, 'a:c': value })).toBe('yes');
});

const inNetwork = (network: string, address: string) => judge({ IpAddress: { 'a:b': network } }, { 'a:b': address });

function oracle(family: 'ipv4' | 'ipv6', network: string, prefix: number, address: string): string {
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(address, family) ? 'yes' : 'no';
}

test('an IPv4 network holds the addresses that it holds for Node', () => {
  const near = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 31 }), fc.boolean());
  fc.assert(
    fc.property(near, ([network, prefix, bit, flip]) => {
      const number = network.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
      const other = flip ? (number ^ (2 ** bit)) >>> 0 : number;
      const address = [24, 16, 8, 0].map((shift) => (other >>> shift) & 255).join('.');
      expect(inNetwork(`${network}/${prefix}`, address)).toBe(oracle('ipv4', network, prefix, address));
    }),
    { numRuns: 500 },
  );
});

test('an IPv6 network holds the addresses that it holds for Node, in every spelling', () => {
  const groups = fc.array(fc.constantFrom(0, 0, 0, 1, 0x8000, 0xffff, 0xdb8), { minLength: 8, maxLength: 8 });
  const shorten = (text: string) => text.replace(/(^|:)0(?::0)+(:|$)/, '::');
  fc.assert(
    fc.property(
      groups,
      groups,
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: 0, max: 128 }),
      (a, b, same, prefix) => {
        const written = a.map((group) => group.toString(16)).join(':');
        const other = [...a.slice(0, same), ...b.slice(same)].map((group) => group.toString(16)).join(':');
        fc.pre(!`${written} ${other}`.includes('0:0:0:0:0:ffff:'));
        const expected = oracle('ipv6', written, prefix, other);
        expect(inNetwork(`${written}/${prefix}`, other)).toBe(expected);
        expect(inNetwork(`${shorten(written)}/${prefix}`, shorten(other).toUpperCase())).toBe(expected);
      },
    ),
    { numRuns: 500 },
  );
});

function mayDo(statement: Readonly<Record<string, unknown>>, action: string, resource?: string): boolean {
  const policy = written({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } });
  const context = contextOf({ 'aws:PrincipalTag/team': 'web', 'aws:PrincipalTag/star': '*' });
  const request = resource === undefined ? { action, context } : { action, resource, context };
  return evaluate([{ name: 'p', policy }], request).outcome === 'allowed';
}

test.each([
  ['s3:GetObject', 's3:getobject', true],
  ['S3:GET*', 's3:GetObject', true],
  ['s3:Get?bject', 's3:GetObject', true],
  ['s3:Get', 's3:GetObject', false],
  ['*', 's3:GetObject', true],
  ['s3:*', 's4:GetObject', false],
])('Action %s and the request %s: %s, and NotAction the contrary', (pattern, action, expected) => {
  expect(mayDo({ Action: pattern, Resource: '*' }, action)).toBe(expected);
  expect(mayDo({ NotAction: pattern, Resource: '*' }, action)).toBe(!expected);
});

test.each([
  ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/x/y/z', true],
  ['arn:aws:s3:::b/*', 'arn:aws:s3:::B/x', false],
  ['arn:aws:s3:::b', 'arn:aws:s3:::b/x', false],
  ['arn:aws:s3:::b/?', 'arn:aws:s3:::b/xy', false],
  ['arn:aws:s3:::b/a.c', 'arn:aws:s3:::b/abc', false],
  ['*', 'arn:aws:s3:::b/x', true],
  ['*', undefined, true],
  ['arn:aws:s3:::*', undefined, false],
  ['arn:aws:s3:::b/${aws:PrincipalTag/team}/*', 'arn:aws:s3:::b/web/x', true],
  ['arn:aws:s3:::b/${aws:PrincipalTag/team}/*', 'arn:aws:s3:::b/db/x', false],
  ['arn:aws:s3:::b/${aws:PrincipalTag/star}/*', 'arn:aws:s3:::b/db/x', false],
])('Resource %s and the request %s: %s, and NotResource the contrary', (pattern, resource, expected) => {
  expect(mayDo({ Action: '*', Resource: pattern }, 's3:GetObject', resource)).toBe(expected);
  expect(mayDo({ Action: '*', NotResource: pattern }, 's3:GetObject', resource)).toBe(!expected);
});

test('a variable without a value reaches no resource, and opens none through NotResource', () => {
  const resource = 'arn:aws:s3:::b/${a:none}/*';
  expect(mayDo({ Action: '*', Resource: resource }, 's3:GetObject', 'arn:aws:s3:::b//x')).toBe(false);
  expect(mayDo({ Action: '*', NotResource: resource }, 's3:GetObject', 'arn:aws:s3:::other')).toBe(false);
});
