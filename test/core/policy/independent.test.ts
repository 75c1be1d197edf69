// Our evaluator beside one that others wrote from the same documentation: alike, but for the table of differences.
import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, evaluateSession } from '../../../src/core/policy/index.ts';
import { operatorNames } from '../../../src/core/policy/operators.ts';
import { differences } from './differences.ts';
import {
  nullQuestions,
  ourAnswer,
  type Question,
  questionsOf,
  theirAnswer,
  theyDecide,
  theyDecideOn,
} from './independent.ts';
import { contextOf, type Json, written } from './judging.ts';

const isListed = (question: Question) => differences.some(({ covers }) => covers(question));

describe('an independent evaluator judges conditions as we do', () => {
  const questions = new Map([...questionsOf, ['Null', nullQuestions]]);

  test('of every operator', () => {
    expect([...questions.keys()].sort()).toEqual([...operatorNames].sort());
  });

  test.each([...questions])('%s, in all its forms', (_, question) => {
    const agreed = { yes: 0, no: 0, unsure: 0 };
    fc.assert(
      fc.property(question, (asked) => {
        const [ours, theirs] = [ourAnswer(asked), theirAnswer(asked)];
        if (ours === theirs) agreed[ours] += 1;
        else expect(isListed(asked), `we say ${ours}, they say ${theirs}`).toBe(true);
      }),
      { numRuns: 80 },
    );
    expect(Math.min(agreed.yes, agreed.no)).toBeGreaterThan(0);
  });

  test.each(differences)('but for this: $reason', ({ covers, example }) => {
    const { ours, theirs, ...question } = example;
    expect({ ours: ourAnswer(question), theirs: theirAnswer(question) }).toEqual({ ours, theirs });
    expect(ours).not.toBe(theirs);
    expect(covers(question)).toBe(true);
  });

  test('and what differs from AWS itself is told to people', async () => {
    const page = await readFile(new URL('../../../docs/iam-api.md', import.meta.url), 'utf8');
    const told = page.replace(/\s+/g, ' ');
    for (const { deviation } of differences) if (deviation !== undefined) expect(told).toContain(deviation);
  });
});

const some = (...values: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const eitherOf = (name: string, values: fc.Arbitrary<string[]>) =>
  fc.tuple(fc.constantFrom(name, name, `Not${name}`), values).map(([chosen, value]) => ({ [chosen]: value }));

const statement: fc.Arbitrary<Json> = fc
  .tuple(
    fc.constantFrom('Allow', 'Allow', 'Deny'),
    eitherOf('Action', some('*', 's3:*', 's3:Get*', 'S3:GETOBJECT', 's3:Put?bject', 'ec2:*')),
    eitherOf(
      'Resource',
      some('*', 'arn:aws:s3:*', 'arn:aws:s3:::a/*', 'arn:aws:s3:::?/x', 'arn:*:s3:::b/x', 'arn:aws:s3::*:a/x'),
    ),
    fc.constantFrom({}, { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'web' } } }),
  )
  .map(([Effect, target, resource, condition]) => ({ Effect, ...target, ...resource, ...condition }));

const asking = fc.record({
  action: fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:DeleteObject'),
  resource: fc.constantFrom('arn:aws:s3:::a/x', 'arn:aws:s3:::b/x', 'arn:aws:s3::1:2:a/x', 'arn:aws:s3:::c'),
});

test('an independent evaluator decides on Action, NotAction, Resource and NotResource as we do', () => {
  const seen = { Allowed: 0, ExplicitlyDenied: 0, ImplicitlyDenied: 0 };
  const bases = { allow: 'Allowed', 'explicit-deny': 'ExplicitlyDenied', 'implicit-deny': 'ImplicitlyDenied' } as const;
  fc.assert(
    fc.property(
      fc.array(statement, { minLength: 1, maxLength: 3 }),
      asking,
      fc.boolean(),
      (statements, asked, isWeb) => {
        const tags = { 'aws:PrincipalTag/team': isWeb ? 'web' : 'db' };
        const policy = written({ Version: '2012-10-17', Statement: statements });
        const ours = bases[evaluate([{ name: 'p', policy }], { ...asked, context: contextOf(tags) }).basis];
        seen[ours] += 1;
        expect(ours).toBe(theyDecide(statements, asked, tags));
      },
    ),
    { numRuns: 300 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(30);
});

describe('an independent evaluator joins the policies of a session as we do', () => {
  const kinds: Readonly<Record<string, Json>> = {
    allows: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }] },
    'allows another action': {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }],
    },
    denies: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 's3:*', Resource: '*' },
      ],
    },
  };
  const names = Object.keys(kinds);
  const optional = [...names, 'absent'];
  const every = names.flatMap((role) =>
    optional.flatMap((boundary) => optional.map((session) => [role, boundary, session] as const)),
  );
  const asked = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };

  test.each(every)('the role %s, its boundary %s, the session policy %s', async (role, boundary, session) => {
    const [of, within, narrowed] = [kinds[role], kinds[boundary], kinds[session]];
    const named = (policy: Json | undefined) => (policy === undefined ? [] : [{ name: 'p', policy }]);
    const compiled = (policy: Json) => [{ name: 'p', policy: written(policy) }];
    const theirs = await theyDecideOn(asked, {
      identityPolicies: named(of),
      ...(within && { permissionBoundaryPolicies: named(within) }),
      ...(narrowed && { sessionPolicy: narrowed }),
    });
    const policies = {
      identity: of === undefined ? [] : compiled(of),
      ...(within && { boundary: compiled(within) }),
      ...(narrowed && { session: compiled(narrowed) }),
    };
    expect(evaluateSession(policies, { ...asked, context: contextOf({}) }).outcome).toBe(theirs);
  });
});

describe('an independent evaluator reads Principal as we do', () => {
  const provider = 'arn:aws:iam::111122223333:oidc-provider/cluster.example/id/1';
  const role = 'arn:aws:iam::111122223333:role/ci';
  const wanted: readonly Json[string][] = [
    '*',
    { AWS: '*' },
    { AWS: role },
    { AWS: `${role}x` },
    { Federated: provider },
    { Federated: `${provider}/` },
    { Federated: [provider, 'accounts.example'] },
    { AWS: role, Federated: provider },
    { Service: 'compute.example' },
  ];
  const callers = [
    { type: 'Federated', id: provider, action: 'sts:AssumeRoleWithWebIdentity' },
    { type: 'AWS', id: role, action: 'sts:AssumeRole' },
  ] as const;
  const every = wanted.flatMap((principal) => callers.map((caller) => [principal, caller] as const));

  test.each(every)('%j, asked by %o', async (Principal, { type, id, action }) => {
    const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:*' }] };
    const resource = 'arn:aws:iam::111122223333:role/web';
    const theirs = await theyDecideOn({ action, resource }, { resourcePolicy: document }, id);
    const request = { action, principal: { type, id }, context: contextOf({}) };
    expect(evaluate([{ name: 'p', policy: written(document, 'trust') }], request).outcome).toBe(theirs);
  });
});
