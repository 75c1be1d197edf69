// Short ways to ask the policy engine in tests.
import {
  type Context,
  evaluate,
  type Policy,
  type PolicyKind,
  parsePolicy,
  readStoredPolicy,
} from '../../../src/core/policy/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';

export type Json = Readonly<Record<string, unknown>>;
export type ContextEntries = Readonly<Record<string, string | readonly string[]>>;

export function contextOf(entries: ContextEntries): Context {
  return new Map(Object.entries(entries).map(([key, value]) => [key, typeof value === 'string' ? [value] : value]));
}

function orThrow(policy: Policy | Refusal): Policy {
  if (policy instanceof Refusal) throw new Error(policy.explain());
  return policy;
}

/** As someone writes it. */
export function written(document: Json, kind: PolicyKind = 'permission'): Policy {
  return orThrow(parsePolicy(JSON.stringify(document), kind));
}

/** As a store gives it back. */
export function stored(document: Json, kind: PolicyKind = 'permission'): Policy {
  return orThrow(readStoredPolicy(JSON.stringify(document), kind));
}

/**
 * How a condition is judged, found out from outside: `yes` makes an Allow and a Deny match, `no` neither, `unsure`
 * only the Deny.
 */
export function judge(condition: Json, context: ContextEntries, version = '2012-10-17'): 'yes' | 'no' | 'unsure' {
  const statement = { Action: '*', Resource: '*', Condition: condition };
  const open = { Effect: 'Allow', Action: '*', Resource: '*' };
  const request = { action: 'compute:Start', context: contextOf(context) };
  const ask = (statements: readonly Json[]) =>
    evaluate([{ name: 'p', policy: stored({ Version: version, Statement: statements }) }], request).outcome;
  const allows = ask([{ ...statement, Effect: 'Allow' }]) === 'allowed';
  const denies = ask([open, { ...statement, Effect: 'Deny' }]) === 'refused';
  if (allows && !denies) throw new Error('an Allow matches where a Deny does not');
  if (allows) return 'yes';
  return denies ? 'unsure' : 'no';
}
