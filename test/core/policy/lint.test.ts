// Policies that are valid and say something other than meant: what is refused when written, and what is warned of.
import { describe, expect, test } from 'vitest';
import { lintPermissionPolicy, lintTrustPolicy, refuseUnsafe } from '../../../src/core/policy/index.ts';
import { type Json, written } from './judging.ts';

const host = 'cluster.example/id/1';
const provider = `arn:aws:iam::111122223333:oidc-provider/${host}`;
const web = 'system:serviceaccount:shop:web';
const sub = `${host}:sub`;
const aud = `${host}:aud`;

function findings(statement: Json, version = '2012-10-17'): string[] {
  const trust: Json = { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity' };
  const merged = Object.entries({ ...trust, ...statement }).filter(([, value]) => value !== undefined);
  const policy = written({ Version: version, Statement: [Object.fromEntries(merged)] }, 'trust');
  return lintTrustPolicy(policy).map(({ severity, message, path }) => `${severity} ${path}: ${message}`);
}

const given = (condition: unknown) => findings({ Condition: condition });

describe('a sound trust policy has no findings', () => {
  test.each<[Json]>([
    [{ StringEquals: { [sub]: web, [aud]: 'podiam' } }],
    [{ StringEquals: { [sub]: [web, 'system:serviceaccount:shop:db'] } }],
    [{ StringLike: { [sub]: 'system:serviceaccount:shop:*' } }],
    [{ StringEquals: { [sub.toUpperCase()]: web } }],
    [{ 'ForAnyValue:StringEquals': { [sub]: web } }],
    [{ StringEquals: { [sub]: 'repo:octo/app:ref' }, StringLike: { 'sts:RoleSessionName': 'web-*' } }],
    [
      {
        StringLike: { [sub]: "system:serviceaccount:${aws:RequestTag/ns, 'shop'}:web" },
        StringEquals: { [sub]: web },
      },
    ],
  ])('%j', (condition) => {
    expect(given(condition)).toEqual([]);
  });

  test('nor has a Deny, nor a statement for the roles of an account, without a test of sub', () => {
    expect(findings({ Effect: 'Deny' })).toEqual([]);
    expect(findings({ Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' })).toEqual([]);
  });
});

describe('A9 an Allow that does not say which pod is refused', () => {
  test.each([
    [undefined, 'Statement[0]: nothing tests sub'],
    [{ StringEquals: { [aud]: 'podiam' } }, 'Statement[0]: nothing tests sub'],
    [{ StringNotEquals: { [sub]: web } }, 'nothing tests sub'],
    [{ StringEqualsIfExists: { [sub]: web } }, 'nothing tests sub'],
    [{ 'ForAllValues:StringEquals': { [sub]: web } }, 'nothing tests sub'],
    [{ Null: { [sub]: 'false' } }, 'nothing tests sub'],
    [{ StringLike: { [sub]: '*' } }, 'lets everyone in'],
    [{ StringLike: { [sub]: '?*' } }, 'lets everyone in'],
    [{ StringLike: { [sub]: [web, '*'] } }, 'lets everyone in'],
    [{ StringEquals: { [sub]: `\${${sub}}` } }, 'lets everyone in'],
  ])('%j', (condition, message) => {
    expect(given(condition)).toContainEqual(
      expect.stringMatching(new RegExp(`^refuse .*${message.replace(/[[\]]/g, '\\$&')}`)),
    );
  });

  test('and so is one that is for everyone', () => {
    expect(findings({ Principal: '*' })).toEqual([
      expect.stringContaining('refuse Statement[0]: nothing tests sub'),
      expect.stringContaining('warn Statement[0].Principal: the statement is for everyone'),
    ]);
  });
});

describe('is found', () => {
  const base = { StringEquals: { [sub]: web } };
  test.each<[string, Json, string]>([
    [
      'an open namespace',
      { Condition: { StringLike: { [sub]: 'system:serviceaccount:*' } } },
      'warn Statement[0].Condition.StringLike',
    ],
    [
      'an open namespace',
      { Condition: { StringLike: { [sub]: 'system:serviceaccount:*:web' } } },
      'leaves the namespace open',
    ],
    [
      'an open namespace',
      { Condition: { StringLike: { [sub]: 'system:serviceaccount:prod*' } } },
      'leaves the namespace open',
    ],
    ['an open namespace', { Condition: { StringLike: { [sub]: '*:web' } } }, 'leaves the namespace open'],
    [
      'an open namespace',
      { Condition: { StringEquals: { [sub]: 'system:serviceaccount:${a:b}:web' } } },
      'leaves the namespace open',
    ],
    ['a literal *', { Condition: { StringEquals: { [sub]: 'system:serviceaccount:shop:*' } } }, 'letter by letter'],
    ['a literal ?', { Condition: { ...base, StringNotEquals: { 'a:b': 'x?' } } }, 'letter by letter'],
    [
      'IfExists',
      { Condition: { ...base, StringEqualsIfExists: { [aud]: 'podiam' } } },
      'warn Statement[0].Condition.StringEqualsIfExists',
    ],
    [
      'ForAllValues',
      { Condition: { ...base, 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } } },
      'has no aws:TagKeys at all',
    ],
    [
      'NotPrincipal',
      { Principal: undefined, NotPrincipal: { Federated: provider } },
      'refuse Statement[0].NotPrincipal',
    ],
    [
      'NotPrincipal',
      { Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: '1' } },
      'warn Statement[0].NotPrincipal',
    ],
    [
      'an ARN as key',
      { Condition: { ...base, StringLike: { [`${provider}:sub`]: web } } },
      'refuse Statement[0].Condition.StringLike',
    ],
    [
      'a URL as key',
      { Condition: { ...base, StringLike: { [`https://${sub}`]: web } } },
      'refuse Statement[0].Condition.StringLike',
    ],
    [
      'a subject as audience',
      { Condition: { StringEquals: { [sub]: web, [aud]: web } } },
      'refuse Statement[0].Condition.StringEquals',
    ],
    ['another provider’s key', { Condition: { StringEquals: { 'other.example:sub': web } } }, 'belongs to no provider'],
    ['NotAction', { Action: undefined, NotAction: 'sts:TagSession', Condition: base }, 'warn Statement[0].NotAction'],
  ])('%s: %j', (_, statement, finding) => {
    expect(findings(statement)).toContainEqual(expect.stringContaining(finding));
  });

  test('a variable in a document without variables', () => {
    const condition = { StringEquals: { [sub]: web }, StringLike: { 'sts:RoleSessionName': '${a:b}' } };
    expect(findings({ Condition: condition }, '2008-10-17')).toEqual([
      expect.stringContaining('is no policy variable but text'),
    ]);
    expect(findings({ Condition: condition })).toEqual([]);
  });

  test('each literal wildcard once, and none where ${*} says that it is meant', () => {
    const condition = { StringEquals: { [sub]: web, 'a:b': ['x*', 'y*'], 'a:c': '${*}' } };
    expect(given(condition)).toHaveLength(1);
  });
});

describe('a permission policy', () => {
  test.each<[Json, readonly string[]]>([
    [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }, []],
    [{ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }, ['Statement.NotAction']],
    [{ Effect: 'Allow', Action: 's3:*', NotResource: '*' }, ['Statement.NotResource']],
    [{ Effect: 'Allow', NotAction: 's3:*', NotResource: '*' }, ['Statement.NotAction', 'Statement.NotResource']],
    [{ Effect: 'Deny', NotAction: 's3:*', NotResource: '*' }, []],
    [{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::${a:b}/*' }, ['Statement.Resource']],
    [
      { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: { StringEquals: { 's3:prefix': 'a/*' } } },
      ['Statement.Condition.StringEquals["s3:prefix"]'],
    ],
  ])('%j is warned of at %j', (statement, paths) => {
    const found = lintPermissionPolicy(written({ Statement: statement }));
    expect(found.map(({ severity, path }) => `${severity} ${path}`)).toEqual(paths.map((path) => `warn ${path}`));
    expect(refuseUnsafe(found, 'permission')).toBeUndefined();
  });
});

test('the first finding that refuses makes the refusal', () => {
  const policy = written({ Statement: { Effect: 'Allow', Principal: '*', Action: '*' } }, 'trust');
  const refusal = refuseUnsafe(lintTrustPolicy(policy), 'trust');
  expect(refusal?.code).toBe('policy-unsafe');
  expect(refusal?.explain()).toBe(
    'The trust policy is refused for Statement: nothing tests sub: every pod of the cluster, and of every cluster behind a shared issuer, may have the role. Test HOST/PATH:sub with StringEquals against "system:serviceaccount:NAMESPACE:NAME".',
  );
});
