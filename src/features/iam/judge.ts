// Whether a caller may do what the call is about. The account's own key may do everything in its account, a session what
// its role's policies, boundary and session policies allow.
import { sessionArn, sessionContext } from '../../core/authorization/index.ts';
import { type Context, evaluateSession } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';
import type { Call, Subject } from './call.ts';
import type { IamApiPorts } from './ports.ts';

export interface Asked {
  readonly call: Pick<Call, 'caller' | 'at'>;
  readonly request: Pick<HttpRequest, 'peer'>;
  /** Such as `iam:CreateRole`. */
  readonly action: string;
  readonly subject: Subject;
}

const noKeys: Context = new Map();

/** Why the caller may, for the audit record, or the refusal. */
export async function judge(
  { findPolicies }: Pick<IamApiPorts, 'findPolicies'>,
  asked: Asked,
): Promise<string | Refusal> {
  const { call, request, action, subject } = asked;
  const { caller, at } = call;
  if (caller.kind === 'root') return 'the account’s own key';
  const policies = await findPolicies(caller.facts);
  if (policies === undefined) return refuse('iam-session-role-gone', {}, `role ${caller.facts.roleId} is gone`);
  const { resource, context = noKeys, alsoTakes = [], isOwn } = subject;
  const { address, encrypted } = request.peer;
  const circumstances = { now: at, sourceAddress: address, encrypted };
  const keys = new Map([...sessionContext(caller.facts, circumstances), ...context]);
  const reasons: string[] = [];
  for (const taken of [action, ...alsoTakes]) {
    const decision = evaluateSession(policies, { action: taken, resource, context: keys });
    const isOpen = isOwn === true && decision.basis === 'implicit-deny';
    if (decision.outcome === 'refused' && !isOpen) {
      const principal = sessionArn(caller.facts);
      return refuse('iam-not-authorized', { principal, action: taken, resource }, decision.reason);
    }
    reasons.push(isOpen ? 'a session may know its own role' : decision.reason);
  }
  return reasons.join('; ');
}
