// What an exchange grants, whichever proof it was for.
import type { RoleArn } from '../identity/index.ts';
import { homePartition } from '../identity/index.ts';
import type { Decision } from '../policy/index.ts';
import { type Refusal, refuse } from '../refusals/index.ts';
import type { Role } from '../registry/index.ts';
import type { SessionTags } from './tags.ts';

export interface Grant {
  readonly role: Role;
  readonly durationSeconds: number;
  /** Why, for the audit record. */
  readonly reason: string;
  readonly tags: SessionTags;
  /** Those that sessions chained from it keep. */
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

/** A role that does not exist and one that does not trust the caller answer alike: a stranger learns no role's name. */
export function notAuthorized(action: string, cause: string): Refusal {
  return refuse('sts-not-authorized', { action }, cause);
}

/** The role, where it is the very one that the ARN names: path and partition count, too. */
export function namedRole(role: Role | undefined, arn: RoleArn): Role | undefined {
  return role?.path === arn.path && role.name === arn.name && arn.partition === homePartition ? role : undefined;
}

/** What is asked for beside the session itself needs a permission of its own. */
export function neededActions(
  main: string,
  { tags, sourceIdentity }: { readonly tags: SessionTags; readonly sourceIdentity: string | undefined },
): readonly string[] {
  const tagging = Object.keys(tags).length > 0 ? ['sts:TagSession'] : [];
  return [main, ...tagging, ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity'])];
}

/** The reason of the first action, where all are allowed; else a refusal with the reason of the first that is not. */
export function judgeActions(
  actions: readonly string[],
  decide: (action: string) => Decision,
): { readonly reason: string } | Refusal {
  let reason = '';
  for (const action of actions) {
    const decision = decide(action);
    if (decision.outcome !== 'allowed') return notAuthorized(action, decision.reason);
    if (reason === '') ({ reason } = decision);
  }
  return { reason };
}
