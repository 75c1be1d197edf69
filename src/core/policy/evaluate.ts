// The decision: may this request be? (AWS IAM User Guide, "Policy evaluation logic".)
import type { CompiledStatement, NamedPolicy } from './compile.ts';
import { type Deciding, explainDenial, explainNoAllow } from './explain.ts';
import { type Asked, ask, type PolicyRequest } from './request.ts';
import { every } from './verdict.ts';

/** `allow`: an Allow matched. `explicit-deny`: a Deny did. `implicit-deny`: nothing allowed it. */
export type Basis = 'allow' | 'explicit-deny' | 'implicit-deny';

export interface Decision {
  readonly outcome: 'allowed' | 'refused';
  readonly basis: Basis;
  /** For people who read a log or debug a policy: which statement decided, or the nearest one and what it wanted. */
  readonly reason: string;
  /** The name of the policy that decided; absent where none did. */
  readonly policy?: string;
  /** The statement that decided, such as `Statement[0] "AllowPods"`. */
  readonly statement?: string;
}

/** The policies of a role session. What is absent limits nothing; an empty list allows nothing. */
export interface SessionPolicies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: readonly NamedPolicy[];
  readonly session?: readonly NamedPolicy[];
}

const verdictOn = (statement: CompiledStatement, asked: Asked) =>
  every(statement.checks, (check) => check.judge(asked));

/** What cannot be judged denies. */
function findDeny(policies: readonly NamedPolicy[], asked: Asked): Deciding | undefined {
  for (const { name, policy } of policies) {
    const statement = policy.denies.find((candidate) => verdictOn(candidate, asked) !== 'no');
    if (statement !== undefined) return { policy: name, statement };
  }
  return undefined;
}

/** What cannot be judged does not allow. */
function findAllow(policies: readonly NamedPolicy[], asked: Asked): Deciding | undefined {
  for (const { name, policy } of policies) {
    const statement = policy.allows.find((candidate) => verdictOn(candidate, asked) === 'yes');
    if (statement !== undefined) return { policy: name, statement };
  }
  return undefined;
}

function allowed({ policy, statement }: Deciding): Decision {
  const reason = `${policy}, ${statement.name} allows it`;
  return { outcome: 'allowed', basis: 'allow', reason, policy, statement: statement.name };
}

function denied(deciding: Deciding, asked: Asked): Decision {
  const reason = explainDenial(deciding, asked);
  const { policy, statement } = deciding;
  return { outcome: 'refused', basis: 'explicit-deny', reason, policy, statement: statement.name };
}

function notAllowed(policies: readonly NamedPolicy[], asked: Asked): Decision {
  return { outcome: 'refused', basis: 'implicit-deny', reason: explainNoAllow(policies, asked) };
}

/**
 * 1. A Deny that matches, in any policy: refused.
 * 2. Else an Allow that matches, in any policy: allowed.
 * 3. Else: refused.
 */
export function evaluate(policies: readonly NamedPolicy[], request: PolicyRequest): Decision {
  const asked = ask(request);
  const deny = findDeny(policies, asked);
  if (deny !== undefined) return denied(deny, asked);
  const allow = findAllow(policies, asked);
  return allow === undefined ? notAllowed(policies, asked) : allowed(allow);
}

/**
 * 1. A Deny that matches, in any policy: refused.
 * 2. Else, where no identity policy has an Allow that matches: refused.
 * 3. Else, where there is a boundary and it has none: refused.
 * 4. Else, where there are session policies and they have none: refused.
 * 5. Else: allowed, and the identity policy's statement is named.
 */
export function evaluateSession({ identity, boundary, session }: SessionPolicies, request: PolicyRequest): Decision {
  const asked = ask(request);
  const deny = findDeny([...identity, ...(boundary ?? []), ...(session ?? [])], asked);
  if (deny !== undefined) return denied(deny, asked);
  const allow = findAllow(identity, asked);
  if (allow === undefined) return notAllowed(identity, asked);
  const limits = [boundary, session].filter((limit) => limit !== undefined);
  const unmet = limits.find((limit) => findAllow(limit, asked) === undefined);
  return unmet === undefined ? allowed(allow) : notAllowed(unmet, asked);
}
