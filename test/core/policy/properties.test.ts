// What holds for every policy and every request, and the two evaluators side by side.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Context,
  evaluate,
  evaluateSession,
  FoldedContext,
  type NamedPolicy,
  type PolicyKind,
} from '../../../src/core/policy/index.ts';
import { documentOf, permissionStatement, request, trustStatement } from './arbitraries.ts';
import { contextOf, stored } from './judging.ts';
import { type NaiveDocument, type NaiveRequest, naiveOutcome } from './naive.ts';

const kinds = [
  ['permission', permissionStatement],
  ['trust', trustStatement],
] as const;

const named = (document: NaiveDocument, kind: PolicyKind): NamedPolicy => ({
  name: 'p',
  policy: stored({ ...document }, kind),
});

const asked = ({ action, resource, principal, context }: NaiveRequest) => ({
  action,
  resource,
  principal: { type: principal.type === 'AWS' ? ('AWS' as const) : ('Federated' as const), id: principal.id },
  context: contextOf(context),
});

const outcome = (documents: readonly NaiveDocument[], kind: PolicyKind, request: NaiveRequest) =>
  evaluate(
    documents.map((document) => named(document, kind)),
    asked(request),
  ).outcome;

describe.each(kinds)('for every %s policy', (kind, statement) => {
  const document = documentOf(statement);

  test('the evaluator and the naive one decide alike', () => {
    const seen = { allowed: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 2 }), request, (documents, request) => {
        const expected = naiveOutcome(documents, request);
        seen[expected] += 1;
        expect(outcome(documents, kind, request)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
    // The oracle says something only if both outcomes are common.
    expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(80);
  });

  test('a context whose keys were folded before is judged like one that was not', () => {
    fc.assert(
      fc.property(document, request, (document, request) => {
        const { context, ...rest } = asked(request);
        const decide = (context: Context | FoldedContext) => evaluate([named(document, kind)], { ...rest, context });
        expect(decide(new FoldedContext(context))).toEqual(decide(context));
      }),
    );
  });

  test('adding an Allow never takes access away', () => {
    fc.assert(
      fc.property(document, statement, request, (document, added, request) => {
        fc.pre(outcome([document], kind, request) === 'allowed');
        const more = { ...document, Statement: [...document.Statement, { ...added, Effect: 'Allow' as const }] };
        expect(outcome([more], kind, request)).toBe('allowed');
      }),
    );
  });

  test('adding a Deny never gives access', () => {
    fc.assert(
      fc.property(document, statement, request, (document, added, request) => {
        fc.pre(outcome([document], kind, request) === 'refused');
        const more = { ...document, Statement: [...document.Statement, { ...added, Effect: 'Deny' as const }] };
        expect(outcome([more], kind, request)).toBe('refused');
      }),
    );
  });

  test('the order of statements and of policies does not count', () => {
    const shuffled = fc
      .array(document, { minLength: 2, maxLength: 3 })
      .chain((documents) =>
        fc.tuple(
          fc.constant(documents),
          fc.shuffledSubarray(documents, { minLength: documents.length }),
          fc.infiniteStream(fc.boolean()),
        ),
      );
    fc.assert(
      fc.property(shuffled, request, ([documents, others, turn], request) => {
        const turned = others.map((document) =>
          turn.next().value ? { ...document, Statement: document.Statement.toReversed() } : document,
        );
        expect(outcome(turned, kind, request)).toBe(outcome(documents, kind, request));
      }),
    );
  });

  test('A15 an operator that is not known never widens access, wherever it stands', () => {
    const forget = (document: NaiveDocument, at: number): NaiveDocument => ({
      ...document,
      Statement: document.Statement.map((one, index) => {
        const [known, ...others] = Object.entries(one.Condition ?? {});
        if (index !== at % document.Statement.length || known === undefined) return one;
        return { ...one, Condition: { ...Object.fromEntries(others), OperatorOfTomorrow: known[1] } };
      }),
    });
    fc.assert(
      fc.property(document, fc.nat(), request, (document, at, request) => {
        fc.pre(outcome([forget(document, at)], kind, request) === 'allowed');
        expect(outcome([document], kind, request)).toBe('allowed');
      }),
      { numRuns: 500 },
    );
  });
});

test('A14 a boundary and a session policy only narrow', () => {
  const document = documentOf(permissionStatement).map((document) => [named(document, 'permission')]);
  const optional = fc.option(document, { nil: undefined });
  fc.assert(
    fc.property(document, optional, optional, request, (identity, boundary, session, request) => {
      const limits = { ...(boundary && { boundary }), ...(session && { session }) };
      const each = [identity, boundary, session].filter((policies) => policies !== undefined);
      const everyAllows = each.every((policies) => evaluate(policies, asked(request)).outcome === 'allowed');
      const decision = evaluateSession({ identity, ...limits }, asked(request));
      expect(decision.outcome).toBe(everyAllows ? 'allowed' : 'refused');
    }),
    { numRuns: 500 },
  );
});
