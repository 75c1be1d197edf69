// Conditions that both evaluators are asked about, and what the independent one says: @cloud-copilot/iam-simulate, written
// by others from AWS's documentation. Its answers are compared, never trusted: differences.ts says where and why we differ.
import { runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import * as fc from 'fast-check';
import { parseOperatorName } from '../../../src/core/policy/operators.ts';
import { type Json, judge } from './judging.ts';

/** One condition on `svc:Key`, and the key's values in the request. */
export interface Question {
  readonly operator: string;
  readonly written: readonly string[];
  /** Undefined where the request has no such key. */
  readonly asked: readonly string[] | undefined;
}

export type Answer = 'yes' | 'no' | 'unsure';

/** What the request has besides, for policy variables. */
const circumstances = { 'aws:PrincipalTag/team': 'web', 'svc:many': ['x', 'y'] };

interface Family {
  readonly operators: readonly string[];
  readonly written: readonly string[];
  readonly asked: readonly string[];
}

const ordered = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const escapes = ['${*}', '${?}', '${$}'];
const variables = [
  '${aws:PrincipalTag/team}',
  'x${aws:PrincipalTag/team}*',
  "${svc:none, 'a'}",
  '${svc:none}b',
  '${svc:many}',
];

const families: readonly Family[] = [
  {
    operators: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    written: ['a', 'A', 'ab', 'a*', '', 'a.b', ...escapes, ...variables],
    asked: ['a', 'A', 'ab', 'a*', '*', '?', '$', 'web', 'xweby', 'axb', 'a.b', ''],
  },
  {
    operators: ['StringLike', 'StringNotLike'],
    written: ['a', 'a*', '?b', '*', '*a*b', 'a.b', ...escapes, ...variables],
    asked: ['a', 'ab', 'aab', '*', '?', '$', 'web', 'xweby', 'axb', 'a.b', ''],
  },
  {
    operators: ordered.map((name) => `Numeric${name}`),
    written: ['9', '10', '10.0', '-1', '2.5'],
    asked: ['9', '10', '11', '-1', '2.50', 'ten'],
  },
  {
    operators: ordered.map((name) => `Date${name}`),
    written: ['2030-01-01', '2030-01-01T00:00:00Z', '2031-06-01T12:00:00+02:00', '2030-01', '1893456000', '2030'],
    asked: ['2029-12-31', '2030-01-01', '2030-01-01T00:00Z', '2031-06-01T10:00:00Z', '1893456000', 'soon'],
  },
  { operators: ['Bool'], written: ['true', 'false', 'TRUE'], asked: ['true', 'false', 'True', 'maybe'] },
  { operators: ['BinaryEquals'], written: ['QQ==', 'YWJj'], asked: ['QQ==', 'YWJj', 'Q'] },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    written: ['10.0.0.0/8', '10.1.2.3', '203.0.113.0/24', '0.0.0.0/0', '2001:db8::/32', '2001:db8::1', '::/0'],
    asked: ['10.1.2.3', '192.0.2.1', '203.0.113.9', '2001:db8::1', '2001:DB8:0:0::1', '::1', 'nowhere'],
  },
  {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    written: [
      'arn:aws:iam::1:role/a',
      'arn:aws:iam::*:role/*',
      'arn:aws:iam::?:role/a',
      'arn:aws:iam::2:role/${aws:PrincipalTag/team}',
      'arn:aws:iam::2:role/${svc:none}',
      'arn:*:iam::1:*',
      'arn:aws:sns:*:1:a',
      '*',
    ],
    asked: [
      'arn:aws:iam::1:role/a',
      'arn:aws:iam::2:role/web',
      'arn:aws:sns:eu:1:a:b',
      'arn:aws:iam::1:x:role/a',
      'web',
    ],
  },
];

const qualifiers = ['', 'ForAllValues:', 'ForAnyValue:'];
const endings = ['', 'IfExists'];

/** Now and then the policy's own values, else equality would be rare. */
const askedFor = (written: readonly string[], asked: readonly string[]) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constantFrom(...written).map((value) => [value]) },
    { weight: 5, arbitrary: fc.constantFrom(...asked).map((value) => [value]) },
    { weight: 2, arbitrary: fc.uniqueArray(fc.constantFrom(...asked), { maxLength: 2 }) },
  );

function questionsAbout(operator: string, { written, asked }: Family): fc.Arbitrary<Question> {
  const forms = qualifiers.flatMap((qualifier) => endings.map((ending) => `${qualifier}${operator}${ending}`));
  return fc.uniqueArray(fc.constantFrom(...written), { minLength: 1, maxLength: 2 }).chain((written) =>
    fc.record({
      operator: fc.constantFrom(...forms),
      written: fc.constant(written),
      asked: askedFor(written, asked),
    }),
  );
}

/** The operators, each with the questions that are asked of it in all its forms. */
export const questionsOf: ReadonlyMap<string, fc.Arbitrary<Question>> = new Map(
  families.flatMap((family) => family.operators.map((operator) => [operator, questionsAbout(operator, family)])),
);

export const nullQuestions: fc.Arbitrary<Question> = fc.record({
  operator: fc.constant('Null'),
  written: fc.constantFrom(['true'], ['false'], ['true', 'false']),
  asked: fc.constantFrom(undefined, ['a'], ['a', 'b'], ['']),
});

/** How a question is put, for the table of differences. */
export const formOf = ({ operator }: Question) => parseOperatorName(operator);

const open = { Effect: 'Allow', Action: '*', Resource: '*' };
const caller = 'arn:aws:sts::111122223333:assumed-role/web/session';

export interface Asking {
  readonly action: string;
  readonly resource: string;
}

const reading: Asking = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };

function simulationOf({ action, resource }: Asking, contextVariables: Record<string, string | string[]>): Simulation {
  return {
    request: { principal: caller, action, resource: { resource, accountId: '111122223333' }, contextVariables },
    identityPolicies: [],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
}

/** Whether the independent evaluator allows it to a role with these statements. */
export function theyDecide(
  statements: readonly Json[],
  asking = reading,
  context: Record<string, string | string[]> = {},
): 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied' {
  const policy = { Version: '2012-10-17', Statement: statements };
  const simulation = { ...simulationOf(asking, context), identityPolicies: [{ name: 'p', policy }] };
  return runUnsafeSimulation(simulation, {});
}

/** Whether it allows it to a session whose role, boundary and session policy are these, or who is named in a trust policy. */
export async function theyDecideOn(
  asking: Asking,
  policies: Partial<Simulation>,
  principal: string = caller,
): Promise<'allowed' | 'refused'> {
  const simulation = simulationOf(asking, {});
  const request = { ...simulation.request, principal };
  const result = await runSimulation({ ...simulation, request, ...policies }, {});
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  return result.overallResult === 'Allowed' ? 'allowed' : 'refused';
}

/** A key with one value is a text to them, with several a list. */
const spelled = (values: readonly string[]) => (values.length === 1 ? (values[0] ?? '') : [...values]);

export function theirAnswer({ operator, written, asked }: Question): Answer {
  const context = { ...circumstances, ...(asked !== undefined && { 'svc:key': spelled(asked) }) };
  const statement = { Action: '*', Resource: '*', Condition: { [operator]: { 'svc:Key': written } } };
  const allows = theyDecide([{ ...statement, Effect: 'Allow' }], reading, context) === 'Allowed';
  const denies = theyDecide([open, { ...statement, Effect: 'Deny' }], reading, context) === 'ExplicitlyDenied';
  if (allows !== denies) throw new Error('a condition is judged in an Allow as in a Deny');
  return allows ? 'yes' : 'no';
}

export function ourAnswer({ operator, written, asked }: Question): Answer {
  const context = { ...circumstances, ...(asked !== undefined && { 'svc:Key': asked }) };
  return judge({ [operator]: { 'svc:Key': written } }, context);
}
