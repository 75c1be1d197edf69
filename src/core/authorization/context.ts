// The condition keys of a request by a role session (AWS IAM User Guide, "Global condition context keys").
import type { SessionFacts } from '../credentials/index.ts';
import { assumedRoleArn, roleArn } from '../identity/index.ts';

/** A request's circumstances, as far as policies can ask about them. */
export interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Empty where it is not known. */
  readonly sourceAddress: string;
  readonly encrypted: boolean;
}

/** The session as its own ARN tells it. */
export function sessionArn(session: SessionFacts): string {
  const { partition, accountId: account, roleName: name, sessionName } = session;
  return assumedRoleArn({ partition, account, name }, sessionName);
}

/** The ARN of the session's role. */
export function sessionRoleArn(session: SessionFacts): string {
  const { partition, accountId: account, rolePath: path, roleName: name } = session;
  return roleArn({ partition, account, path, name });
}

export function sessionContext(
  session: SessionFacts,
  { now, sourceAddress, encrypted }: Circumstances,
): Map<string, readonly string[]> {
  const context = new Map<string, readonly string[]>([
    ['aws:PrincipalArn', [sessionRoleArn(session)]],
    ['aws:PrincipalAccount', [session.accountId]],
    ['aws:PrincipalType', ['AssumedRole']],
    ['aws:userid', [`${session.roleId}:${session.sessionName}`]],
    ['aws:TokenIssueTime', [new Date(session.issuedAt).toISOString()]],
    ['aws:CurrentTime', [new Date(now).toISOString()]],
    ['aws:EpochTime', [String(Math.floor(now / 1000))]],
    ['aws:SecureTransport', [String(encrypted)]],
  ]);
  if (sourceAddress !== '') context.set('aws:SourceIp', [sourceAddress]);
  if (session.sourceIdentity !== undefined) context.set('aws:SourceIdentity', [session.sourceIdentity]);
  for (const [name, value] of Object.entries(session.tags)) context.set(`aws:PrincipalTag/${name}`, [value]);
  return context;
}
