// The decision of one request at the protected API: may this caller perform this operation?
import type { SessionFacts } from '../credentials/index.ts';
import { evaluateSession, type SessionPolicies } from '../policy/index.ts';
import { type Refusal, refuse } from '../refusals/index.ts';
import type { Operation } from '../routes/index.ts';
import { type Circumstances, sessionArn, sessionContext } from './context.ts';

export interface GatheredRequest extends Circumstances {
  readonly session: SessionFacts;
  readonly operation: Operation;
  /** The session's policies as they are now; undefined where its role is gone. */
  readonly policies: SessionPolicies | undefined;
}

export interface Allowed {
  /** Why, for the audit record. */
  readonly reason: string;
}

/** Allowed with the reason, or the refusal that names principal, action and resource. */
export function judgeRequest(request: GatheredRequest): Allowed | Refusal {
  const { session, operation, policies } = request;
  if (policies === undefined) return refuse('gateway-role-gone', {}, `role ${session.roleId} is gone`);
  const { action, resource } = operation;
  const decision = evaluateSession(policies, { action, resource, context: sessionContext(session, request) });
  if (decision.outcome === 'allowed') return { reason: decision.reason };
  return refuse('gateway-not-allowed', { principal: sessionArn(session), ...operation }, decision.reason);
}
