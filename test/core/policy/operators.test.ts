// Each condition operator as a table: what the policy says, what the request has, how it is judged.
import { describe, expect, test } from 'vitest';
import { judge } from './judging.ts';

type Case = readonly [operator: string, policy: unknown, request: string | readonly string[], verdict: string];

const longestDigits = '999999999999999';

const cases: readonly Case[] = [
  ['StringEquals', 'a', 'a', 'yes'],
  ['StringEquals', 'a', 'A', 'no'],
  ['StringEquals', ['a', 'b'], 'b', 'yes'],
  ['StringEquals', 'a*', 'ab', 'no'],
  ['StringEquals', 'a*', 'a*', 'yes'],
  ['StringEquals', '', '', 'yes'],
  ['StringEquals', 7, '7', 'yes'],
  ['StringEquals', true, 'true', 'yes'],
  ['StringNotEquals', 'a', 'a', 'no'],
  ['StringNotEquals', 'a', 'b', 'yes'],
  ['StringNotEquals', ['a', 'b'], 'b', 'no'],
  ['StringNotEquals', ['a', 'b'], 'c', 'yes'],
  ['StringEqualsIgnoreCase', 'Web', 'wEB', 'yes'],
  ['StringEqualsIgnoreCase', 'Web', 'webs', 'no'],
  ['StringNotEqualsIgnoreCase', 'Web', 'wEB', 'no'],
  ['StringNotEqualsIgnoreCase', 'Web', 'db', 'yes'],
  ['StringLike', 'a*c', 'abbbc', 'yes'],
  ['StringLike', 'a*c', 'ac', 'yes'],
  ['StringLike', 'a?c', 'abc', 'yes'],
  ['StringLike', 'a?c', 'ac', 'no'],
  ['StringLike', 'A*', 'abc', 'no'],
  ['StringLike', 'a.c', 'abc', 'no'],
  ['StringLike', '*', '', 'yes'],
  ['StringLike', 'a*', 'ba', 'no'],
  ['StringLike', '*\n*', 'a\nb', 'yes'],
  ['StringNotLike', 'a*', 'abc', 'no'],
  ['StringNotLike', ['a*', 'b*'], 'c', 'yes'],
  ['NumericEquals', 10, '10.0', 'yes'],
  ['NumericEquals', '10', '+10', 'yes'],
  ['NumericEquals', '10', '11', 'no'],
  ['NumericEquals', longestDigits, longestDigits, 'yes'],
  ['NumericEquals', '1', `${longestDigits}9`, 'unsure'],
  ['NumericEquals', '10', '0xA', 'unsure'],
  ['NumericEquals', '10', '1e1', 'unsure'],
  ['NumericEquals', '10', '', 'unsure'],
  ['NumericEquals', '10', ' 10', 'unsure'],
  ['NumericEquals', 'ten', '10', 'unsure'],
  ['NumericNotEquals', '10', '11', 'yes'],
  ['NumericNotEquals', '10', '10', 'no'],
  ['NumericNotEquals', '10', 'ten', 'unsure'],
  ['NumericLessThan', '10', '9.5', 'yes'],
  ['NumericLessThan', '10', '10', 'no'],
  ['NumericLessThan', '10', '-100', 'yes'],
  ['NumericLessThanEquals', '10', '10', 'yes'],
  ['NumericLessThanEquals', '10', '10.1', 'no'],
  ['NumericGreaterThan', '10', '9', 'no'],
  ['NumericGreaterThan', '9', '10', 'yes'],
  ['NumericGreaterThanEquals', '10', '10', 'yes'],
  ['NumericGreaterThanEquals', '10', '9', 'no'],
  ['DateEquals', '2030-01-01T00:00:00Z', '1893456000', 'yes'],
  ['DateEquals', '2030-01-01', '2030-01-01T01:00:00+01:00', 'yes'],
  ['DateEquals', '2030', '2030-01-01T00:00Z', 'yes'],
  ['DateEquals', '2030-02', '2030-02-01T00:00:00.000Z', 'yes'],
  ['DateEquals', 1893456000, '2029-12-31T19:00:00-05:00', 'yes'],
  ['DateEquals', '2030-01-01', '2030-01-01T00:00:00.5Z', 'no'],
  ['DateEquals', '2030-02-30', '2030-03-02', 'unsure'],
  ['DateEquals', '2030-01-01', '2030-02-29', 'unsure'],
  ['DateEquals', '2028-02-29', '2028-02-29', 'yes'],
  ['DateEquals', '2030-01-01', '2030-13-01', 'unsure'],
  ['DateEquals', '2030-01-01', '2030-01-01T24:00:00Z', 'unsure'],
  ['DateEquals', '2030-01-01', '2030-01-01T00:00:00', 'unsure'],
  ['DateEquals', '2030-01-01', 'tomorrow', 'unsure'],
  ['DateEquals', '2030-01-01', '0030-01-01', 'unsure'],
  ['DateNotEquals', '2030-01-01', '2030-01-02', 'yes'],
  ['DateNotEquals', '2030-01-01', '2030-01-01', 'no'],
  ['DateLessThan', '2030-01-01T00:00:00Z', '2029-12-31T23:59:59Z', 'yes'],
  ['DateLessThan', '2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z', 'no'],
  ['DateLessThanEquals', '2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z', 'yes'],
  ['DateGreaterThan', '2030-01-01T00:00:00Z', '2030-01-01T00:00:01Z', 'yes'],
  ['DateGreaterThan', '2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z', 'no'],
  ['DateGreaterThanEquals', '2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z', 'yes'],
  ['Bool', 'true', 'true', 'yes'],
  ['Bool', true, 'TRUE', 'yes'],
  ['Bool', 'false', 'true', 'no'],
  ['Bool', 'true', 'yes', 'unsure'],
  ['Bool', 'yes', 'true', 'unsure'],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', 'yes'],
  ['BinaryEquals', 'QmluYXJ5', 'qmluYXJ5', 'no'],
  ['BinaryEquals', 'QQ==', 'QR==', 'unsure'],
  ['BinaryEquals', 'QQ==', 'QQ', 'unsure'],
  ['IpAddress', '203.0.113.0/24', '203.0.113.200', 'yes'],
  ['IpAddress', '203.0.113.0/24', '203.0.114.0', 'no'],
  ['IpAddress', '203.0.113.77/24', '203.0.113.1', 'yes'],
  ['IpAddress', '203.0.113.7', '203.0.113.7', 'yes'],
  ['IpAddress', '203.0.113.7', '203.0.113.8', 'no'],
  ['IpAddress', '0.0.0.0/0', '198.51.100.1', 'yes'],
  ['IpAddress', '0.0.0.0/0', '2001:db8::1', 'no'],
  ['IpAddress', '::/0', '198.51.100.1', 'no'],
  ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.9', 'yes'],
  ['IpAddress', '::ffff:203.0.113.0/120', '203.0.113.9', 'yes'],
  ['IpAddress', '2001:db8::/32', '2001:DB8:ffff::1', 'yes'],
  ['IpAddress', '2001:db8::/32', '2001:db9::1', 'no'],
  ['IpAddress', '2001:db8::/33', '2001:db8:8000::', 'no'],
  ['IpAddress', '2001:db8::1', '2001:0db8:0:0:0:0:0:1', 'yes'],
  ['IpAddress', ['10.0.0.0/8', '192.0.2.0/24'], '192.0.2.1', 'yes'],
  ['IpAddress', '10.0.0.0/8', '010.0.0.1', 'unsure'],
  ['IpAddress', '10.0.0.0/8', '10.0.0', 'unsure'],
  ['IpAddress', '10.0.0.0/8', '167772161', 'unsure'],
  ['IpAddress', '10.0.0.0/8', 'fe80::1%eth0', 'unsure'],
  ['IpAddress', '10.0.0.0/8', '1::2::3', 'unsure'],
  ['IpAddress', '10.0.0.0/33', '10.0.0.1', 'unsure'],
  ['IpAddress', '10.0.0.0/', '10.0.0.1', 'unsure'],
  ['NotIpAddress', '203.0.113.0/24', '203.0.113.200', 'no'],
  ['NotIpAddress', '203.0.113.0/24', '198.51.100.1', 'yes'],
  ['NotIpAddress', '203.0.113.0/24', '2001:db8::1', 'yes'],
  ['NotIpAddress', '203.0.113.0/24', 'nowhere', 'unsure'],
  ['ArnEquals', 'arn:aws:iam::123456789012:role/web', 'arn:aws:iam::123456789012:role/web', 'yes'],
  ['ArnEquals', 'arn:aws:iam::123456789012:role/*', 'arn:aws:iam::123456789012:role/a/b', 'yes'],
  ['ArnLike', 'arn:aws:iam::*:role/web', 'arn:aws:iam::123456789012:role/web', 'yes'],
  ['ArnLike', 'arn:aws:iam::*:role/web', 'arn:aws:iam::1:x:role/web', 'no'],
  ['ArnLike', 'arn:*:*:*:*:*', 'arn:aws:sns:eu-west-1:1:topic:with:colons', 'yes'],
  ['ArnLike', 'arn:aws:iam::1:ROLE/web', 'arn:aws:iam::1:role/web', 'no'],
  ['ArnLike', '*', 'arn:aws:iam::1:role/web', 'yes'],
  ['ArnLike', '*', 'web', 'unsure'],
  ['ArnLike', 'arn:aws:iam::1:role/web', 'web', 'unsure'],
  ['ArnLike', 'arn:aws:iam', 'arn:aws:iam::1:role/web', 'unsure'],
  ['ArnNotEquals', 'arn:aws:iam::1:role/web', 'arn:aws:iam::1:role/db', 'yes'],
  ['ArnNotLike', 'arn:aws:iam::*:role/web', 'arn:aws:iam::1:role/web', 'no'],
  ['ArnNotLike', 'arn:aws:iam::*:role/web', 'web', 'unsure'],
  ['Null', 'true', 'a', 'no'],
  ['Null', false, 'a', 'yes'],
  ['Null', ['true', 'false'], 'a', 'yes'],
  ['Null', 'maybe', 'a', 'unsure'],
  ['StringSounds', 'a', 'a', 'unsure'],
  ['stringequals', 'a', 'a', 'unsure'],
  ['NullIfExists', 'true', 'a', 'unsure'],
  ['ForAnyValue:Null', 'true', 'a', 'unsure'],
  ['ForSomeValues:StringEquals', 'a', 'a', 'unsure'],
  ['constructor', 'a', 'a', 'unsure'],
];

describe('an operator judges the value of its key', () => {
  test.each(cases)('%s: the policy says %j, the request has %j: %s', (operator, policy, request, verdict) => {
    expect(judge({ [operator]: { 'svc:Key': policy } }, { 'svc:key': request })).toBe(verdict);
  });
});

describe('a key that is missing', () => {
  test.each([
    ['StringEquals', 'a', 'no'],
    ['StringLike', '*', 'no'],
    ['StringNotEquals', 'a', 'yes'],
    ['StringNotLike', '*', 'yes'],
    ['NumericLessThan', '1', 'no'],
    ['NumericNotEquals', '1', 'yes'],
    ['DateGreaterThan', '2030', 'no'],
    ['Bool', 'false', 'no'],
    ['BinaryEquals', 'QQ==', 'no'],
    ['IpAddress', '0.0.0.0/0', 'no'],
    ['NotIpAddress', '0.0.0.0/0', 'yes'],
    ['ArnLike', '*', 'no'],
    ['ArnNotLike', '*', 'yes'],
    ['Null', 'true', 'yes'],
    ['Null', 'false', 'no'],
    ['StringEqualsIfExists', 'a', 'yes'],
    ['StringNotEqualsIfExists', 'a', 'yes'],
    ['NumericLessThanIfExists', '1', 'yes'],
    ['IpAddressIfExists', '10.0.0.0/8', 'yes'],
    ['ForAllValues:StringEquals', 'a', 'yes'],
    ['ForAllValues:StringNotEquals', 'a', 'yes'],
    ['ForAnyValue:StringEquals', 'a', 'no'],
    ['ForAnyValue:StringNotEquals', 'a', 'no'],
    ['ForAnyValue:StringEqualsIfExists', 'a', 'yes'],
    ['StringSoundsIfExists', 'a', 'unsure'],
  ])('%s %j: %s, whether it is absent or has no value', (operator, policy, verdict) => {
    const condition = { [operator]: { 'svc:Key': policy } };
    expect(judge(condition, {})).toBe(verdict);
    expect(judge(condition, { 'svc:Key': [] })).toBe(verdict);
  });
});

describe('a key with several values', () => {
  const set = ['a', 'b'];
  test.each([
    ['ForAllValues:StringEquals', ['a', 'b', 'c'], 'yes'],
    ['ForAllValues:StringEquals', ['a'], 'no'],
    ['ForAllValues:StringNotEquals', ['c'], 'yes'],
    ['ForAllValues:StringNotEquals', ['a'], 'no'],
    ['ForAnyValue:StringEquals', ['b', 'c'], 'yes'],
    ['ForAnyValue:StringEquals', ['c'], 'no'],
    ['ForAnyValue:StringNotEquals', ['a'], 'yes'],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], 'no'],
    ['ForAnyValue:NumericEquals', ['1'], 'unsure'],
    ['ForAllValues:StringLikeIfExists', ['?'], 'yes'],
    ['StringEquals', ['a', 'b'], 'unsure'],
    ['StringNotEquals', ['c'], 'unsure'],
    ['StringEqualsIfExists', ['a', 'b'], 'unsure'],
    ['Null', ['false'], 'yes'],
  ])('%s %j: %s', (operator, policy, verdict) => {
    expect(judge({ [operator]: { 'svc:Key': policy } }, { 'svc:Key': set })).toBe(verdict);
  });

  test('A4 a stranger beside our audience does not pass a plain StringEquals', () => {
    expect(judge({ StringEquals: { 'h:aud': 'podiam' } }, { 'h:aud': ['podiam', 'stranger'] })).toBe('unsure');
  });

  test('A12 one key in two spellings has two values, in whichever order they come', () => {
    const condition = { StringEquals: { 'h:sub': 'a' } };
    expect(judge(condition, { 'h:sub': 'a', 'H:Sub': 'b' })).toBe('unsure');
    expect(judge(condition, { 'H:Sub': 'b', 'h:sub': 'a' })).toBe('unsure');
  });
});

describe('conditions join', () => {
  const context = { 'a:x': '1', 'a:y': '2' };
  test.each([
    ['keys by and', { StringEquals: { 'a:x': '1', 'a:y': '2' } }, 'yes'],
    ['keys by and', { StringEquals: { 'a:x': '1', 'a:y': '3' } }, 'no'],
    ['operators by and', { StringEquals: { 'a:x': '1' }, NumericEquals: { 'a:y': '2' } }, 'yes'],
    ['operators by and', { StringEquals: { 'a:x': '1' }, NumericEquals: { 'a:y': '3' } }, 'no'],
    ['one key in two spellings by and', { StringEquals: { 'a:x': '1', 'A:X': '2' } }, 'no'],
    ['what fails wins over what is unsure', { StringSounds: { 'a:x': '1' }, Bool: { 'a:z': 'true' } }, 'no'],
    ['what is unsure wins over what holds', { StringSounds: { 'a:x': '1' }, StringEquals: { 'a:x': '1' } }, 'unsure'],
  ])('%s: %j: %s', (_, condition, verdict) => {
    expect(judge(condition, context)).toBe(verdict);
  });
});

describe('policy variables', () => {
  const context = { 'aws:PrincipalTag/team': 'web', 'aws:PrincipalTag/star': '*', 'a:many': ['x', 'y'] };
  test.each([
    ['StringEquals', '${aws:PrincipalTag/team}', 'web', 'yes'],
    ['StringEquals', '${AWS:principaltag/TEAM}', 'web', 'yes'],
    ['StringEquals', 'x-${aws:PrincipalTag/team}-y', 'x-web-y', 'yes'],
    ['StringEqualsIgnoreCase', '${aws:PrincipalTag/team}', 'WEB', 'yes'],
    ['StringLike', '${aws:PrincipalTag/team}/*', 'web/a/b', 'yes'],
    ['StringLike', '${aws:PrincipalTag/star}', 'anything', 'no'],
    ['StringLike', '${aws:PrincipalTag/star}', '*', 'yes'],
    ['StringLike', '${*}', '*', 'yes'],
    ['StringLike', '${*}', 'a', 'no'],
    ['StringLike', '${?}', 'a', 'no'],
    ['StringLike', '${$}{a:b}', '${a:b}', 'yes'],
    ['StringEquals', '${?}', '?', 'yes'],
    ['StringEquals', '$100', '$100', 'yes'],
    ['StringEquals', "${a:none, 'web'}", 'web', 'yes'],
    ['StringEquals', "${a:none,'web'}", 'web', 'yes'],
    ['StringEquals', "${aws:PrincipalTag/team, 'db'}", 'web', 'yes'],
    ['StringLike', "${a:none, '*'}", 'web', 'no'],
    ['StringEquals', '${a:none}', '', 'no'],
    ['StringEquals', '${a:none}', '${a:none}', 'no'],
    ['StringNotEquals', '${a:none}', 'web', 'yes'],
    ['StringNotLike', '${a:none}*', 'web', 'yes'],
    ['StringEquals', ['${a:none}', 'web'], 'web', 'yes'],
    ['StringEquals', '${a:many}', 'x', 'no'],
    ['StringEquals', "${a:many, 'x'}", 'x', 'no'],
    ['ArnLike', 'arn:aws:iam::1:role/${aws:PrincipalTag/team}', 'arn:aws:iam::1:role/web', 'yes'],
    ['ArnLike', 'arn:aws:iam::1:role/${a:none}', 'arn:aws:iam::1:role/web', 'no'],
    ['ArnNotLike', 'arn:aws:iam::1:role/${a:none}', 'arn:aws:iam::1:role/web', 'yes'],
    ['StringEquals', '${unclosed', '${unclosed', 'unsure'],
    ['StringEquals', '${}', '${}', 'unsure'],
    ['StringEquals', '${a:${b:c}}', 'x', 'unsure'],
    ['StringEquals', '${a:b, c}', 'x', 'unsure'],
    ['StringEquals', "${a:b, 'c}", 'x', 'unsure'],
    ['NumericEquals', '${aws:PrincipalTag/team}', '1', 'unsure'],
  ])('%s %j against %j: %s', (operator, policy, request, verdict) => {
    expect(judge({ [operator]: { 'svc:Key': policy } }, { ...context, 'svc:Key': request })).toBe(verdict);
  });

  test.each(['${aws:PrincipalTag/team}', '${*}', '${unclosed'])('%s is text in a document of 2008-10-17', (text) => {
    const condition = { StringEquals: { 'svc:Key': text } };
    expect(judge(condition, { ...context, 'svc:Key': text }, '2008-10-17')).toBe('yes');
    expect(judge(condition, { ...context, 'svc:Key': 'web' }, '2008-10-17')).toBe('no');
  });
});
