// Random policies and requests over few words, so that they often meet.
import * as fc from 'fast-check';
import type { NaiveDocument, NaiveRequest, NaiveStatement } from './naive.ts';

const texts = [
  'a',
  'A',
  'ab',
  'a*',
  '?',
  '*',
  '',
  '${*}',
  '${aws:PrincipalTag/team}',
  "${svc:none, 'a'}",
  '${svc:none}b',
];
const numbers = ['9', '10', '10.0', '-1', 'ten'];
const dates = ['2030', '2030-01-01', '2030-01-01T00:00:00Z', '1893456000', '2031-06-01T12:00:00+02:00', 'soon'];
const booleans = ['true', 'FALSE', 'maybe'];
const bytes = ['QQ==', 'YWJj', 'Q'];
const networks = ['10.0.0.0/8', '10.1.2.3', '2001:db8::/32', '2001:db8::1', '0.0.0.0/0'];
const arns = ['arn:aws:iam::1:role/a', 'arn:aws:iam::*:role/*', 'arn:aws:iam::2:role/${aws:PrincipalTag/team}', '*'];

const families: Readonly<Record<string, { names: readonly string[]; values: readonly string[] }>> = {
  text: {
    names: [
      'StringEquals',
      'StringNotEquals',
      'StringEqualsIgnoreCase',
      'StringNotEqualsIgnoreCase',
      'StringLike',
      'StringNotLike',
    ],
    values: texts,
  },
  number: {
    names: ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
      (n) => `Numeric${n}`,
    ),
    values: numbers,
  },
  date: {
    names: ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
      (n) => `Date${n}`,
    ),
    values: dates,
  },
  boolean: { names: ['Bool'], values: booleans },
  bytes: { names: ['BinaryEquals'], values: bytes },
  address: { names: ['IpAddress', 'NotIpAddress'], values: networks },
  arn: { names: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'], values: arns },
  unknown: { names: ['StringSounds', 'Not', 'constructor'], values: texts },
};

/** Each family has a key of its own, which another family's operator sometimes gets. */
const keys = [...Object.keys(families).map((family) => `svc:${family}`), 'aws:PrincipalTag/team', 'h:sub'];
const asked: Readonly<Record<string, readonly string[]>> = {
  'svc:text': ['a', 'A', 'ab', 'a*', ''],
  'svc:number': ['9', '10', '11', 'ten'],
  'svc:date': ['2029-12-31', '2030-01-01', '1893456000', 'soon'],
  'svc:boolean': ['true', 'false', 'maybe'],
  'svc:bytes': ['QQ==', 'YWJj', 'Q'],
  'svc:address': ['10.1.2.3', '192.0.2.1', '2001:db8::1', 'nowhere'],
  'svc:arn': ['arn:aws:iam::1:role/a', 'arn:aws:iam::2:role/a', 'web'],
  'svc:unknown': ['a'],
  'AWS:PrincipalTag/Team': ['a', 'b', '*'],
  'h:sub': ['a', 'b'],
};

const some = <Value>(...values: readonly Value[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

const qualifier = fc.constantFrom('', '', '', '', 'ForAllValues:', 'ForAnyValue:');
const ending = fc.constantFrom('', '', '', 'IfExists');

const comparison = fc.constantFrom(...Object.entries(families)).chain(([family, { names, values }]) =>
  fc.record({
    operator: fc.tuple(qualifier, fc.constantFrom(...names), ending).map((parts) => parts.join('')),
    key: fc.oneof(
      { weight: 6, arbitrary: fc.constant(`svc:${family}`) },
      { weight: 1, arbitrary: fc.constantFrom(...keys) },
    ),
    values: some(...values),
  }),
);
const nullTest = fc.record({
  operator: fc.constant('Null'),
  key: fc.constantFrom(...keys),
  values: some('true', 'false'),
});

const conditions = fc
  .array(fc.oneof({ weight: 8, arbitrary: comparison }, { weight: 1, arbitrary: nullTest }), { maxLength: 2 })
  .map((list) => {
    const block: Record<string, Record<string, string[]>> = {};
    for (const { operator, key, values } of list) block[operator] = { ...block[operator], [key]: values };
    return block;
  });

const effect = fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const);
const pair = <Value>(name: string, values: fc.Arbitrary<Value>) =>
  fc.tuple(fc.constantFrom(name, name, name, `Not${name}`), values).map(([chosen, value]) => ({ [chosen]: value }));

const actions = some('*', 's3:*', 's3:Get*', 'S3:GetObject', 's3:Put?bject');
const resources = some(
  '*',
  'arn:aws:s3:::a/*',
  'arn:aws:s3:::a/x',
  'arn:aws:s3:::${aws:PrincipalTag/team}/*',
  'arn:aws:s3:::${svc:none}*',
  'arn:aws:s3::*:a/x',
);
const principals = fc.constantFrom<'*' | Record<string, string>>(
  '*',
  { Federated: 'p' },
  { Federated: 'q' },
  { AWS: '*' },
  { AWS: 'p', Federated: 'q' },
  { Federated: '*' },
);

const statement = (
  targets: fc.Arbitrary<Partial<NaiveStatement>>,
  others: fc.Arbitrary<Partial<NaiveStatement>>,
): fc.Arbitrary<NaiveStatement> =>
  fc
    .tuple(effect, targets, others, conditions)
    .map(([Effect, target, other, Condition]) => ({ Effect, ...target, ...other, Condition }));

export const permissionStatement = statement(pair('Action', actions), pair('Resource', resources));
export const trustStatement = statement(pair('Action', actions), pair('Principal', principals));

export const documentOf = (statement: fc.Arbitrary<NaiveStatement>): fc.Arbitrary<NaiveDocument> =>
  fc.record({
    Version: fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17'),
    Statement: fc.array(statement, { minLength: 1, maxLength: 4 }),
  });

const contexts = fc.record(
  Object.fromEntries(
    Object.entries(asked).map(([key, values]) => [
      key,
      fc
        .uniqueArray(fc.constantFrom(...values), { minLength: 0, maxLength: 2 })
        .map((list) => list.slice(0, list.length > 1 && key < 'h' ? 2 : 1)),
    ]),
  ),
);

export const request: fc.Arbitrary<NaiveRequest> = fc.record({
  action: fc.constantFrom('s3:GetObject', 's3:putobject', 'ec2:Run'),
  resource: fc.constantFrom('*', 'arn:aws:s3:::a/x', 'arn:aws:s3:::b/x', 'arn:aws:s3:::*/x', 'arn:aws:s3::1:2:a/x'),
  principal: fc.record({ type: fc.constantFrom('Federated' as const, 'AWS' as const), id: fc.constantFrom('p', 'q') }),
  context: contexts,
});
