// What a policy document may say, and the refusal for each thing that it may not.
import { describe, expect, test } from 'vitest';
import { type PolicyKind, parsePolicy, policyCache, readStoredPolicy } from '../../../src/core/policy/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import type { Json } from './judging.ts';

const trust: Json = {
  Effect: 'Allow',
  Principal: { Federated: 'arn:aws:iam::1:oidc-provider/h' },
  Action: 'sts:Assume*',
};
const permission: Json = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' };

function without(statement: Json, name: string): Json {
  return Object.fromEntries(Object.entries(statement).filter(([key]) => key !== name));
}

const document = (statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

function refusal(text: string, kind: PolicyKind): Refusal {
  const result = parsePolicy(text, kind);
  if (result instanceof Refusal) return result;
  throw new Error('not refused');
}

describe('is taken', () => {
  test.each<[string, PolicyKind, unknown]>([
    ['a list of statements', 'trust', { Version: '2012-10-17', Statement: [trust] }],
    ['a statement in no list', 'trust', { Version: '2012-10-17', Statement: trust }],
    ['version 2008-10-17', 'trust', { Version: '2008-10-17', Statement: [trust] }],
    ['no version', 'permission', { Statement: [permission] }],
    ['an Id', 'permission', { Id: 'mine', Statement: [permission] }],
    [
      'a Sid, and empty ones twice',
      'trust',
      {
        Statement: [
          { ...trust, Sid: 'A b-1' },
          { ...trust, Sid: '' },
          { ...trust, Sid: '' },
        ],
      },
    ],
    ['Principal "*"', 'trust', { Statement: { ...trust, Principal: '*' } }],
    ['NotPrincipal', 'trust', { Statement: { ...without(trust, 'Principal'), NotPrincipal: { AWS: ['1', '2'] } } }],
    [
      'NotAction, NotResource',
      'permission',
      { Statement: { Effect: 'Deny', NotAction: ['s3:*', '*'], NotResource: '*' } },
    ],
    ['an ARN with a wildcard for its rest', 'permission', { Statement: { ...permission, Resource: 'arn:aws:s3:*' } }],
    [
      'numbers and booleans as values',
      'permission',
      { Statement: { ...permission, Condition: { Bool: { 'a:b': true }, NumericEquals: { 'a:c': [1, 2.5] } } } },
    ],
  ])('%s', (_, kind, value) => {
    expect(parsePolicy(JSON.stringify(value), kind)).toMatchObject({ doubts: [] });
  });
});

describe('is no JSON that can be taken', () => {
  test.each([
    ['{"Statement":[],"Statement":[]}', 'line 1, column 17: the member `Statement` is there twice'],
    ['{"Statement":{"Effect":"Deny","Effect":"Allow"}}', 'the member `Effect` is there twice'],
    ['{"Statement":{"Effect":"Allow","\\u0045ffect":"Deny"}}', 'the member `Effect` is there twice'],
    ['{"Statement":{"Condition":{"Bool":{"a:b":"true"},"Bool":{"a:b":"false"}}}}', 'the member `Bool` is there twice'],
  ])('A12 %s: refused when written and when stored', (text, problem) => {
    for (const policy of [refusal(text, 'trust'), readStoredPolicy(text, 'trust')]) {
      expect(policy).toMatchObject({ code: 'policy-not-json', sentence: expect.stringContaining(problem) });
    }
  });

  test.each([
    ['{"Version":"2012-10-17",\n "Statement":[}', 'line 2, column 15'],
    ['', 'line 1, column 1'],
    ['['.repeat(5000), 'nested deeper than 64 levels'],
  ])('%j', (text, problem) => {
    const { code, sentence } = refusal(text, 'trust');
    expect(code).toBe('policy-not-json');
    expect(sentence).toContain(problem);
  });
});

test('A21 a document over 20,480 characters is refused unread', () => {
  expect(refusal(' '.repeat(20_481), 'trust').explain()).toMatch(
    'The trust policy has 20481 characters; 20480 are taken.',
  );
  expect(parsePolicy(document(permission).padEnd(20_480), 'permission')).not.toBeInstanceOf(Refusal);
});

type RefusedCase = readonly [kind: PolicyKind, statement: unknown, code: string, where: string];

const condition = (block: unknown): Json => ({ ...permission, Condition: block });

const refused: readonly RefusedCase[] = [
  ['trust', 'x', 'policy-malformed', 'Statement[0] is no object'],
  ['trust', null, 'policy-malformed', 'Statement[0] is no object'],
  ['trust', without(trust, 'Effect'), 'policy-malformed', 'Statement[0].Effect'],
  ['trust', { ...trust, Effect: 'allow' }, 'policy-malformed', 'Statement[0].Effect'],
  ['trust', { ...trust, Sid: 1 }, 'policy-malformed', 'Statement[0].Sid'],
  ['trust', { ...trust, Sid: 'a\nb' }, 'policy-malformed', 'Statement[0].Sid'],
  ['trust', without(trust, 'Principal'), 'policy-malformed', 'Statement[0] has neither Principal nor NotPrincipal'],
  ['trust', { ...trust, NotPrincipal: '*' }, 'policy-malformed', 'Statement[0] has both Principal and NotPrincipal'],
  ['trust', { ...trust, Principal: 'arn:aws:iam::1:root' }, 'policy-malformed', 'Statement[0].Principal'],
  ['trust', { ...trust, Principal: {} }, 'policy-malformed', 'Statement[0].Principal names nobody'],
  [
    'trust',
    { ...trust, Principal: { Federated: [] } },
    'policy-malformed',
    'Statement[0].Principal.Federated is an empty list',
  ],
  [
    'trust',
    { ...trust, Principal: { Federated: ['a', 1] } },
    'policy-malformed',
    'Statement[0].Principal.Federated[1]',
  ],
  ['trust', { ...trust, Principal: { federated: 'a' } }, 'policy-malformed', 'unknown type "federated"'],
  ['trust', { ...trust, Principal: { Federated: 'arn:*' } }, 'policy-malformed', 'wildcard inside'],
  ['trust', { ...trust, Resource: '*' }, 'policy-unknown-element', 'Statement[0].Resource'],
  ['trust', { ...trust, condition: {} }, 'policy-unknown-element', 'Statement[0].condition'],
  ['trust', { ...trust, 'a b': {} }, 'policy-unknown-element', 'Statement[0]["a b"]'],
  ['permission', { ...permission, Principal: '*' }, 'policy-unknown-element', 'Statement[0].Principal'],
  ['permission', without(permission, 'Action'), 'policy-malformed', 'neither Action nor NotAction'],
  ['permission', { ...permission, NotAction: 's3:*' }, 'policy-malformed', 'both Action and NotAction'],
  ['permission', without(permission, 'Resource'), 'policy-malformed', 'neither Resource nor NotResource'],
  ['permission', { ...permission, NotResource: '*' }, 'policy-malformed', 'both Resource and NotResource'],
  ['permission', { ...permission, Action: [] }, 'policy-malformed', 'Statement[0].Action is an empty list'],
  ['permission', { ...permission, Action: ['s3:*', ''] }, 'policy-malformed', 'Statement[0].Action[1]'],
  ['permission', { ...permission, Action: 'GetObject' }, 'policy-malformed', 'Statement[0].Action has "GetObject"'],
  ['permission', { ...permission, Action: 's3:Get Object' }, 'policy-malformed', 'Statement[0].Action'],
  ['permission', { ...permission, Resource: 'bucket' }, 'policy-malformed', 'Statement[0].Resource has "bucket"'],
  ['permission', { ...permission, Resource: 'arn:aws:s3' }, 'policy-malformed', 'Statement[0].Resource'],
  ['permission', { ...permission, Resource: 'arn:aws:s3:${a:b}::c' }, 'policy-malformed', 'Statement[0].Resource'],
  ['permission', { ...permission, Resource: 'arn:aws:s3:::${a:b' }, 'policy-malformed', 'Statement[0].Resource'],
  [
    'permission',
    { ...permission, Resource: `arn:aws:s3:::${'x'.repeat(1530)}` },
    'policy-malformed',
    'has 1543 characters',
  ],
  ['permission', condition([]), 'policy-malformed', 'Statement[0].Condition is no object'],
  ['permission', condition({ StringEquals: {} }), 'policy-malformed', 'Statement[0].Condition.StringEquals'],
  ['permission', condition({ StringEquals: 'a' }), 'policy-malformed', 'Statement[0].Condition.StringEquals'],
  [
    'permission',
    condition({ StringEquals: { 'a:b': [] } }),
    'policy-malformed',
    'StringEquals["a:b"] is an empty list',
  ],
  ['permission', condition({ StringEquals: { 'a:b': [null] } }), 'policy-malformed', 'StringEquals["a:b"][0]'],
  ['permission', condition({ StringEquals: { 'a:b': '${c' } }), 'policy-malformed', 'StringEquals["a:b"]'],
  ['permission', condition({ NumericEquals: { 'a:b': 1e21 } }), 'policy-malformed', 'NumericEquals["a:b"]'],
  ['permission', condition({ DateLessThan: { 'a:b': 'soon' } }), 'policy-malformed', 'DateLessThan["a:b"]'],
  ['permission', condition({ IpAddress: { 'a:b': '10.0.0.0/40' } }), 'policy-malformed', 'IpAddress["a:b"]'],
  ['permission', condition({ ArnLike: { 'a:b': 'arn:aws' } }), 'policy-malformed', 'ArnLike["a:b"]'],
  ['permission', condition({ Null: { 'a:b': 'no' } }), 'policy-malformed', 'Null["a:b"]'],
  [
    'permission',
    condition({ StringLikes: { 'a:b': 'c' } }),
    'policy-unknown-operator',
    'Statement[0].Condition.StringLikes names',
  ],
  ['permission', condition({ NullIfExists: { 'a:b': 'true' } }), 'policy-unknown-operator', 'NullIfExists'],
  [
    'permission',
    condition({ 'ForAny:StringLike': { 'a:b': 'c' } }),
    'policy-unknown-operator',
    '["ForAny:StringLike"] names',
  ],
];

describe('is refused, with its place', () => {
  test.each(refused)('%s: %j: %s', (kind, statement, code, where) => {
    const { code: found, sentence } = refusal(document(statement), kind);
    expect(found).toBe(code);
    expect(sentence).toContain(where);
  });

  test.each([
    ['[]', 'the document is no object'],
    ['{}', 'Statement is no object'],
    ['{"Statement":[]}', 'Statement is an empty list'],
    ['{"Version":"2012-10-18","Statement":[]}', 'Version is no version'],
    ['{"Version":2012,"Statement":[]}', 'Version is no version'],
    ['{"Id":1,"Statement":[]}', 'Id is no text'],
    ['{"statement":[]}', 'statement is no element'],
  ])('%s', (text, where) => {
    expect(refusal(text, 'permission').sentence).toContain(where);
  });

  test('a Sid twice', () => {
    const sid = { ...permission, Sid: 'One' };
    const { sentence } = refusal(JSON.stringify({ Statement: [sid, permission, sid] }), 'permission');
    expect(sentence).toContain('Statement[2] repeats the Sid "One"');
  });

  test('and what was likely meant is said', () => {
    expect(refusal(document(condition({ stringlike: { a: 'b' } })), 'permission').remedy).toContain(
      'Did you mean StringLike?',
    );
    expect(refusal(document(condition({ IPAdress: { a: 'b' } })), 'permission').remedy).toContain(
      'Did you mean IpAddress?',
    );
  });
});

describe('a stored policy', () => {
  test.each<[string, PolicyKind, unknown]>([
    ['an operator', 'permission', condition({ OperatorOfTomorrow: { 'a:b': 'c' } })],
    ['a value', 'permission', condition({ DateLessThan: { 'a:b': '2030-W01' } })],
    ['an element', 'permission', { ...permission, Tomorrow: 1 }],
    ['a type of principal', 'trust', { ...trust, Principal: { Robot: 'r2' } }],
    ['a form of action', 'permission', { ...permission, Action: 's3/Get' }],
    ['a form of resource', 'permission', { ...permission, Resource: 'urn:x' }],
  ])('may have %s that is not known: it is doubted, not refused', (_, kind, statement) => {
    const policy = readStoredPolicy(document(statement), kind);
    expect(policy).toMatchObject({ doubts: [expect.any(Refusal)] });
    expect(parsePolicy(document(statement), kind)).toBeInstanceOf(Refusal);
  });

  test('A15 that cannot be read is a refusal, not an empty policy', () => {
    expect(readStoredPolicy('{"Statement":[', 'trust')).toBeInstanceOf(Refusal);
    expect(readStoredPolicy('{"Statement":[{"Effect":"Maybe"}]}', 'trust')).toBeInstanceOf(Refusal);
  });

  test('is compiled once while it is among the last used, and each kind has its own memory', () => {
    const read = policyCache(2);
    const [a, b, c] = ['a', 'b', 'c'].map((id) => JSON.stringify({ Id: id, Statement: permission }));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three documents');
    const first = read(a, 'permission');
    const second = read(b, 'permission');
    expect(read(a, 'permission')).toBe(first);
    read(c, 'permission');
    expect(read(a, 'permission')).toBe(first);
    expect(read(b, 'permission')).not.toBe(second);
    expect(read(a, 'trust')).toBeInstanceOf(Refusal);
    expect(read('{', 'trust')).toBe(read('{', 'trust'));
  });
});
