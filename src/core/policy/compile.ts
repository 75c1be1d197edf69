// From a document to what is evaluated: each statement becomes a list of checks, in the order in which people look for
// what is wrong. Compiled once, judged many times.
import { type Refusal, refuse } from '../refusals/index.ts';
import { type Check, type Compiled, doubtful } from './checks.ts';
import { compileCondition } from './conditions.ts';
import { type PolicyDocument, type Statement, statementElements, statementName } from './document.ts';
import { compilePrincipals } from './principals.ts';
import { compileActions, compileResources } from './targets.ts';

export interface CompiledStatement {
  /** Such as `Statement[0] "AllowPods"`. */
  readonly name: string;
  /** Principal, action, resource, conditions. */
  readonly checks: readonly Check[];
}

/** A policy that is ready to be evaluated. */
export interface Policy {
  readonly document: PolicyDocument;
  readonly allows: readonly CompiledStatement[];
  readonly denies: readonly CompiledStatement[];
  /** What in the document is not understood, and makes its statement allow nothing and deny what it might deny. */
  readonly doubts: readonly Refusal[];
}

/** A policy among others. */
export interface NamedPolicy {
  /** How reasons call it, such as `the trust policy of role web`. */
  readonly name: string;
  readonly policy: Policy;
}

function compileParts(statement: Statement, document: PolicyDocument): readonly Compiled[] {
  const { kind } = document;
  const { principal, action, resource, conditions, unknown } = statement;
  return [
    ...(principal === undefined ? [] : [compilePrincipals(principal, kind)]),
    compileActions(action, document),
    ...(resource === undefined ? [] : [compileResources(resource, document)]),
    ...conditions.map((condition) => compileCondition(condition, document)),
    ...unknown.map((path) =>
      doubtful(refuse('policy-unknown-element', { kind, path, known: statementElements[kind].join(', ') })),
    ),
  ];
}

export function compileDocument(document: PolicyDocument): Policy {
  const compiled = document.statements.map((statement) => {
    const parts = compileParts(statement, document);
    return {
      effect: statement.effect,
      doubts: parts.flatMap((part) => part.doubts),
      statement: { name: statementName(statement), checks: parts.map((part) => part.check) },
    };
  });
  return {
    document,
    allows: compiled.filter(({ effect }) => effect === 'Allow').map(({ statement }) => statement),
    denies: compiled.filter(({ effect }) => effect === 'Deny').map(({ statement }) => statement),
    doubts: compiled.flatMap(({ doubts }) => doubts),
  };
}
