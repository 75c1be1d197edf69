// The decision of one request at the protected API: may this caller perform this operation?
import type { SessionFacts } from '../credentials/index.ts';
import { assumedRoleArn, roleArn } from '../identity/index.ts';
import { type Context, evaluateSession, type NamedPolicy } from '../policy/index.ts';
import { type Refusal, refuse } from '../refusals/index.ts';
import type { Operation } from '../routes/index.ts';

export interface GatheredRequest {
  readonly session: SessionFacts;
  readonly operation: Operation;
  /** The role's permission policies as they are now; undefined where the role is gone. */
  readonly permissions: readonly NamedPolicy[] | undefined;
  /** The policy that the session was narrowed to when it was made. */
  readonly sessionPolicy: NamedPolicy | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sourceAddress: string;
  readonly encrypted: boolean;
}

export interface Allowed {
  /** Why, for the audit record. */
  readonly reason: string;
}

/** The session as its own ARN tells it. */
export function sessionArn(session: SessionFacts): string {
  const { partition, accountId: account, roleName: name, sessionName } = session;
  return assumedRoleArn({ partition, account, name }, sessionName);
}

/** The condition keys of a request by a role session (AWS IAM User Guide, "Global condition context keys"). */
function requestContext(request: GatheredRequest): Context {
  const { session, now } = request;
  const context = new Map<string, readonly string[]>([
    [
      'aws:PrincipalArn',
      [
        roleArn({
          partition: session.partition,
          account: session.accountId,
          path: session.rolePath,
          name: session.roleName,
        }),
      ],
    ],
    ['aws:PrincipalAccount', [session.accountId]],
    ['aws:PrincipalType', ['AssumedRole']],
    ['aws:userid', [`${session.roleId}:${session.sessionName}`]],
    ['aws:TokenIssueTime', [new Date(session.issuedAt).toISOString()]],
    ['aws:CurrentTime', [new Date(now).toISOString()]],
    ['aws:EpochTime', [String(Math.floor(now / 1000))]],
    ['aws:SecureTransport', [String(request.encrypted)]],
  ]);
  if (request.sourceAddress !== '') context.set('aws:SourceIp', [request.sourceAddress]);
  for (const [name, value] of Object.entries(session.tags)) context.set(`aws:PrincipalTag/${name}`, [value]);
  return context;
}

/** Allowed with the reason, or the refusal that names principal, action and resource. */
export function judgeRequest(request: GatheredRequest): Allowed | Refusal {
  const { session, operation, permissions, sessionPolicy } = request;
  if (permissions === undefined) return refuse('gateway-role-gone', {}, `role ${session.roleId} is gone`);
  const decision = evaluateSession(
    { identity: permissions, ...(sessionPolicy && { session: [sessionPolicy] }) },
    { action: operation.action, resource: operation.resource, context: requestContext(request) },
  );
  if (decision.outcome === 'allowed') return { reason: decision.reason };
  const principal = sessionArn(session);
  return refuse('gateway-not-allowed', { principal, ...operation }, decision.reason);
}
