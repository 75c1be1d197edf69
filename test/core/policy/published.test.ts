// The tables of AWS's reference of the policy language, as facts: each group names the page of the IAM User Guide.
import { describe, expect, test } from 'vitest';
import { evaluate, evaluateSession } from '../../../src/core/policy/index.ts';
import { contextOf, type Json, judge, written } from './judging.ts';

type Verdict = 'yes' | 'no';

/** Of each operator: a value that the policy has, one that fits and one that does not. */
const operators: readonly (readonly [operator: string, policy: string, fits: string, fails: string])[] = [
  ['StringEquals', 'Web', 'Web', 'web'],
  ['StringNotEquals', 'Web', 'web', 'Web'],
  ['StringEqualsIgnoreCase', 'Web', 'wEB', 'Webs'],
  ['StringNotEqualsIgnoreCase', 'Web', 'Webs', 'wEB'],
  ['StringLike', 'w?b*', 'web-1', 'wb-1'],
  ['StringNotLike', 'w?b*', 'wb-1', 'web-1'],
  ['NumericEquals', '10', '10.0', '11'],
  ['NumericNotEquals', '10', '11', '10.0'],
  ['NumericLessThan', '10', '9.9', '10'],
  ['NumericLessThanEquals', '10', '10', '10.1'],
  ['NumericGreaterThan', '10', '10.1', '10'],
  ['NumericGreaterThanEquals', '10', '10', '9.9'],
  ['DateEquals', '2020-01-01T00:00:01Z', '1577836801', '2020-01-01T00:00:00Z'],
  ['DateNotEquals', '2020-01-01T00:00:01Z', '2020-01-01T00:00:00Z', '1577836801'],
  ['DateLessThan', '2020-01-01T00:00:01Z', '2020-01-01T00:00:00Z', '2020-01-01T00:00:01Z'],
  ['DateLessThanEquals', '2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', '2020-01-01T00:00:02Z'],
  ['DateGreaterThan', '2020-01-01T00:00:01Z', '2020-01-01T00:00:02Z', '2020-01-01T00:00:01Z'],
  ['DateGreaterThanEquals', '2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', '2020-01-01T00:00:00Z'],
  ['Bool', 'true', 'true', 'false'],
  ['BinaryEquals', 'QmluYXJ5VmFsdWVJbkJhc2U2NA==', 'QmluYXJ5VmFsdWVJbkJhc2U2NA==', 'QmluYXJ5'],
  ['IpAddress', '203.0.113.0/24', '203.0.113.77', '203.0.114.1'],
  ['IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5678:9::1', '2001:db8:1234:5679::1'],
  ['NotIpAddress', '203.0.113.0/24', '203.0.114.1', '203.0.113.77'],
  [
    'ArnEquals',
    'arn:aws:sns:*:123456789012:topic-?',
    'arn:aws:sns:eu:123456789012:topic-1',
    'arn:aws:sns:eu:1:topic-1',
  ],
  ['ArnLike', 'arn:aws:sns:*:123456789012:topic-?', 'arn:aws:sns:eu:123456789012:topic-1', 'arn:aws:sns:eu:1:topic-1'],
  ['ArnNotEquals', 'arn:aws:sns:*:123456789012:*', 'arn:aws:sns:eu:1:topic', 'arn:aws:sns:eu:123456789012:topic'],
  ['ArnNotLike', 'arn:aws:sns:*:123456789012:*', 'arn:aws:sns:eu:1:topic', 'arn:aws:sns:eu:123456789012:topic'],
];

const isNegated = (operator: string) => /Not/.test(operator);

describe('IAM JSON policy elements: Condition operators', () => {
  const ask = (operator: string, policy: string, asked: readonly string[]) =>
    judge({ [operator]: { 'svc:Key': policy } }, asked.length === 0 ? {} : { 'svc:Key': asked });

  test.each(operators)('%s: of %s is %s and is not %s, with IfExists too', (operator, policy, fits, fails) => {
    for (const form of [operator, `${operator}IfExists`]) {
      expect(ask(form, policy, [fits])).toBe('yes');
      expect(ask(form, policy, [fails])).toBe('no');
    }
  });

  test.each(operators)(
    '%s: a key that is not there is false, unless the operator is negated or has IfExists',
    (operator, policy) => {
      expect(ask(operator, policy, [])).toBe(isNegated(operator) ? 'yes' : 'no');
      expect(ask(`${operator}IfExists`, policy, [])).toBe('yes');
    },
  );

  test.each(operators)(
    '%s: ForAllValues asks every value of the request, and is true of none',
    (operator, policy, fits, fails) => {
      const all = `ForAllValues:${operator}`;
      expect(ask(all, policy, [fits])).toBe('yes');
      expect(ask(all, policy, [fits, fails])).toBe('no');
      expect(ask(all, policy, [])).toBe('yes');
    },
  );

  test.each(operators)(
    '%s: ForAnyValue asks for one value of the request, and is false of none',
    (operator, policy, fits, fails) => {
      const any = `ForAnyValue:${operator}`;
      expect(ask(any, policy, [fails, fits])).toBe('yes');
      expect(ask(any, policy, [fails])).toBe('no');
      expect(ask(any, policy, [])).toBe('no');
    },
  );

  test.each<[wanted: string, asked: readonly string[], Verdict]>([
    ['true', [], 'yes'],
    ['true', ['a'], 'no'],
    ['false', [], 'no'],
    ['false', ['a'], 'yes'],
  ])('Null: %s, of a key with %j: %s', (wanted, asked, verdict) => {
    expect(ask('Null', wanted, asked)).toBe(verdict);
  });

  test('Null: with false it closes what ForAllValues leaves open', () => {
    const guarded = { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'team' }, Null: { 'aws:TagKeys': 'false' } };
    expect(judge(guarded, {})).toBe('no');
    expect(judge(guarded, { 'aws:TagKeys': ['team'] })).toBe('yes');
    expect(judge(guarded, { 'aws:TagKeys': ['team', 'cost'] })).toBe('no');
  });

  test.each<[pattern: string, asked: string, Verdict | 'unsure']>([
    ['arn:aws:sns:*:123456789012:t', 'arn:aws:sns:eu-west-1:123456789012:t', 'yes'],
    ['arn:aws:sns:*:t', 'arn:aws:sns:eu-west-1:123456789012:t', 'unsure'],
    ['arn:aws:sns:*:*:*', 'arn:aws:sns:eu-west-1:123456789012:t:id', 'yes'],
    ['arn:aws:*:eu:1:t', 'arn:aws:sns:x:eu:1:t', 'no'],
    ['arn:aws:s3:::b/?/*', 'arn:aws:s3:::b/1/x/y', 'yes'],
    ['arn:aws:s3:::B', 'arn:aws:s3:::b', 'no'],
  ])('ArnLike: each part of %s by itself against %s: %s', (pattern, asked, verdict) => {
    expect(ask('ArnLike', pattern, [asked])).toBe(verdict);
    expect(ask('ArnEquals', pattern, [asked])).toBe(verdict);
  });
});

describe('IAM policy elements: Variables and tags', () => {
  const context = { 'aws:PrincipalTag/team': 'yellow', 'aws:username': 'ana' };
  const operatorsWithVariables: readonly (readonly [operator: string, written: string, asked: string, Verdict])[] = [
    ['StringEquals', '${aws:username}', 'ana', 'yes'],
    ['StringLike', 'home/${aws:username}/*', 'home/ana/x', 'yes'],
    ['StringLike', 'home/${aws:username}/*', 'home/bo/x', 'no'],
    ['StringEqualsIgnoreCase', '${aws:username}', 'ANA', 'yes'],
    ['ArnLike', 'arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/ana', 'yes'],
    ['StringEquals', "${aws:PrincipalTag/team, 'company-wide'}", 'yellow', 'yes'],
    ['StringEquals', "${aws:PrincipalTag/none, 'company-wide'}", 'company-wide', 'yes'],
    ['StringEquals', '${aws:PrincipalTag/none}', '', 'no'],
    ['StringLike', '${aws:PrincipalTag/none}*', 'x', 'no'],
    ['StringNotEquals', '${aws:PrincipalTag/none}', 'x', 'yes'],
    ['StringNotLike', '${aws:PrincipalTag/none}*', 'x', 'yes'],
    ['StringLike', 'a${*}b', 'a*b', 'yes'],
    ['StringLike', 'a${*}b', 'aXb', 'no'],
    ['StringLike', 'a${?}b', 'a?b', 'yes'],
    ['StringLike', 'a${?}b', 'aXb', 'no'],
    ['StringEquals', 'a${$}b', 'a$b', 'yes'],
    ['StringEquals', '${$}{aws:username}', '${aws:username}', 'yes'],
  ];
  test.each(operatorsWithVariables)('%s: %s, asked with %j: %s', (operator, policy, asked, verdict) => {
    expect(judge({ [operator]: { 'svc:Key': policy } }, { ...context, 'svc:Key': asked })).toBe(verdict);
  });

  test.each(['Numeric', 'Date', 'Bool', 'Binary', 'IpAddress'])('%s operators take no variables', (family) => {
    const [operator = ''] = operators.find(([name]) => name.startsWith(family)) ?? [];
    expect(judge({ [operator]: { 'svc:Key': '${aws:username}' } }, { ...context, 'svc:Key': 'ana' })).toBe('unsure');
  });
});

/** Whether an Allow of this element on a request for `resource` matches. */
function matches(element: Json, resource: string, context = {}): boolean {
  const policy = written({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', ...element } });
  const request = { action: 'svc:Do', resource, context: contextOf(context) };
  return evaluate([{ name: 'p', policy }], request).outcome === 'allowed';
}

describe('IAM JSON policy elements: Resource', () => {
  test.each<[resource: string, asked: string, boolean]>([
    ['*', 'arn:aws:iam::1:role/a', true],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/x/y', true],
    ['arn:aws:s3:::b/*/z', 'arn:aws:s3:::b/x/y/z', true],
    ['arn:aws:s3:::b/?', 'arn:aws:s3:::b/xy', false],
    ['arn:aws:iam::1:role/A', 'arn:aws:iam::1:role/a', false],
    ['arn:aws:iam::*:role/a', 'arn:aws:iam::1:role/a', true],
    ['arn:aws:iam::*:role/a', 'arn:aws:iam::1:x:role/a', false],
    ['arn:aws:svc:*:1:thing', 'arn:aws:svc:eu:2:x:1:thing', false],
    ['arn:aws:svc:eu:1:*', 'arn:aws:svc:eu:1:thing:with:colons', true],
    ['arn:aws:svc*', 'arn:aws:svc2:eu:1:thing', true],
    ['arn:aws:svc:*', 'arn:aws:svc:eu:1:thing', true],
    ['arn:aws:svc:*', 'arn:aws:svc2:eu:1:thing', false],
    ['arn:*', 'arn:aws:svc:eu:1:thing', true],
    ['arn:aws:svc:eu:1:*', '*', false],
  ])('Resource %s, asked about %s: %s, and NotResource the contrary', (resource, asked, expected) => {
    expect(matches({ Resource: resource }, asked)).toBe(expected);
    expect(matches({ NotResource: resource }, asked)).toBe(!expected);
  });

  test('a variable stands for its value, and without one the resource matches nothing', () => {
    const resource = 'arn:aws:s3:::bucket-${aws:PrincipalTag/team}';
    expect(matches({ Resource: resource }, 'arn:aws:s3:::bucket-yellow', { 'aws:PrincipalTag/team': 'yellow' })).toBe(
      true,
    );
    expect(matches({ Resource: resource }, 'arn:aws:s3:::bucket-yellow')).toBe(false);
    expect(matches({ NotResource: resource }, 'arn:aws:s3:::other')).toBe(false);
  });
});

describe('Policy evaluation logic', () => {
  const policy = (...effects: readonly string[]) => [
    {
      name: 'p',
      policy: written({
        Version: '2012-10-17',
        Statement: effects.map((Effect) => ({ Effect, Action: 'svc:Do', Resource: '*' })),
      }),
    },
  ];
  const says = { allow: policy('Allow'), deny: policy('Allow', 'Deny'), nothing: [] } as const;
  const words = ['allow', 'deny', 'nothing', 'absent'] as const;
  const rows = words.flatMap((boundary) => words.map((session) => [boundary, session] as const));
  const request = { action: 'svc:Do', context: contextOf({}) };

  test.each(rows)(
    'boundary %s, session policy %s: only where all that is there allows and nothing denies',
    (boundary, session) => {
      for (const identity of ['allow', 'deny', 'nothing'] as const) {
        const limits = {
          ...(boundary !== 'absent' && { boundary: says[boundary] }),
          ...(session !== 'absent' && { session: says[session] }),
        };
        const all = new Set<string>([identity, boundary, session]);
        const expected = all.has('deny') ? 'explicit-deny' : all.has('nothing') ? 'implicit-deny' : 'allow';
        expect(evaluateSession({ identity: says[identity], ...limits }, request).basis, identity).toBe(expected);
      }
    },
  );

  test.each([
    [['Allow'], 'allow'],
    [['Deny'], 'explicit-deny'],
    [['Allow', 'Deny'], 'explicit-deny'],
    [['Deny', 'Allow'], 'explicit-deny'],
    [[], 'implicit-deny'],
  ])('a trust policy of %j statements: %s', (effects, basis) => {
    const other = { Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'sts:AssumeRole' };
    const statements = effects.map((Effect) => ({ Effect, Principal: '*', Action: 'sts:AssumeRole' }));
    const trust = written({ Version: '2012-10-17', Statement: [other, ...statements] }, 'trust');
    const asked = { action: 'sts:AssumeRole', context: contextOf({}) };
    expect(evaluate([{ name: 'trust', policy: trust }], asked).basis).toBe(basis);
  });
});
