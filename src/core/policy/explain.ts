// Why a request was refused, in words that show where to look. Only refusals pay for it.
import type { Check } from './checks.ts';
import type { CompiledStatement, NamedPolicy } from './compile.ts';
import type { Asked } from './request.ts';

/** A statement and the policy it stands in. */
export interface Deciding {
  /** The policy's name. */
  readonly policy: string;
  readonly statement: CompiledStatement;
}

interface Near extends Deciding {
  /** How many of the statement's checks had passed before it. */
  readonly passed: number;
  /** The first check that did not. */
  readonly failed: Check;
}

function nearnessOf(policy: string, statement: CompiledStatement, asked: Asked): Near | undefined {
  const passed = statement.checks.findIndex((check) => check.judge(asked) !== 'yes');
  const failed = statement.checks[passed];
  return failed === undefined ? undefined : { policy, statement, passed, failed };
}

/** The Allow that came furthest; of equals, the first. */
function nearestAllow(policies: readonly NamedPolicy[], asked: Asked): Near | undefined {
  let nearest: Near | undefined;
  for (const { name, policy } of policies) {
    for (const statement of policy.allows) {
      const near = nearnessOf(name, statement, asked);
      if (near !== undefined && near.passed > (nearest?.passed ?? -1)) nearest = near;
    }
  }
  return nearest;
}

/** No Allow matched: what the nearest one wanted. */
export function explainNoAllow(policies: readonly NamedPolicy[], asked: Asked): string {
  const nearest = nearestAllow(policies, asked);
  if (nearest === undefined) return 'no statement allows it: there is no Allow';
  const { policy, statement, failed } = nearest;
  return `no statement allows it; nearest is ${policy}, ${statement.name}: ${failed.explain(asked)}`;
}

/** A Deny matched; where only because it could not be judged, what was not understood. */
export function explainDenial({ policy, statement }: Deciding, asked: Asked): string {
  const unsure = statement.checks.find((check) => check.judge(asked) === 'unsure');
  const because = unsure === undefined ? '' : `, since it cannot be judged: ${unsure.explain(asked)}`;
  return `${policy}, ${statement.name} denies it${because}`;
}
