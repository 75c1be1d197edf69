// Sessions, what revokes them, and the audit record, as the API answers with them.
import { z } from 'zod';
import type { AuditEvent, RecordedRevocation, SessionRecord } from '../../core/registry/index.ts';
import { isoTime, time } from './answers.ts';

export const sessionAnswer = z.object({
  id: z.string().describe('The access key id.'),
  account_id: z.string(),
  kind: z.enum(['web-identity', 'chained', 'bearer']),
  role_id: z.string(),
  role_arn: z.string(),
  session_name: z.string(),
  issuer: z.string(),
  subject: z.string(),
  audience: z.string(),
  pod: z
    .object({
      namespace: z.string(),
      service_account: z.string(),
      pod: z.string(),
      pod_uid: z.string(),
      node: z.string(),
    })
    .nullable(),
  source_identity: z.string(),
  parent_id: z.string(),
  issued_at: time,
  expires_at: time,
  request_id: z.string(),
  source_address: z.string(),
});

export const sessionJson = (session: SessionRecord): z.input<typeof sessionAnswer> => ({
  id: session.accessKeyId,
  account_id: session.accountId,
  kind: session.kind ?? 'web-identity',
  role_id: session.roleId,
  role_arn: session.roleArn,
  session_name: session.sessionName,
  issuer: session.issuer,
  subject: session.subject,
  audience: session.audience,
  pod: session.pod
    ? {
        namespace: session.pod.namespace,
        service_account: session.pod.serviceAccount,
        pod: session.pod.pod,
        pod_uid: session.pod.podUid,
        node: session.pod.node,
      }
    : null,
  source_identity: session.sourceIdentity ?? '',
  parent_id: session.parentAccessKeyId ?? '',
  issued_at: isoTime(session.issuedAt),
  expires_at: isoTime(session.expiresAt),
  request_id: session.requestId,
  source_address: session.sourceAddress,
});

export const revocationAnswer = z.object({
  id: z.string(),
  account_id: z.string().describe('Empty where it is of every account.'),
  scope: z.record(z.string(), z.string()),
  issued_before: time,
  created_at: time,
  ends_at: time,
  created_by: z.string(),
  reason: z.string(),
});

const scopeJson = ({ scope, accountId }: RecordedRevocation): Record<string, string> => {
  if (scope.kind === 'session') return { kind: scope.kind, session_id: scope.accessKeyId };
  if (scope.kind === 'role') return { kind: scope.kind, role_id: scope.roleId };
  if (scope.kind === 'issuer') return { kind: 'cluster', issuer: scope.issuer };
  if (scope.kind === 'account') return { kind: accountId === undefined ? 'everything' : 'account' };
  return { kind: scope.kind, subject: scope.subject, ...(scope.issuer !== undefined && { issuer: scope.issuer }) };
};

export const revocationJson = (revocation: RecordedRevocation): z.input<typeof revocationAnswer> => ({
  id: revocation.id,
  account_id: revocation.accountId ?? '',
  scope: scopeJson(revocation),
  issued_before: isoTime(revocation.issuedBefore),
  created_at: isoTime(revocation.createdAt),
  ends_at: isoTime(revocation.endsAt),
  created_by: revocation.createdBy,
  reason: revocation.reason,
});

export const auditAnswer = z.object({
  at: time,
  request_id: z.string(),
  account_id: z.string(),
  action: z.string(),
  resource: z.string(),
  principal: z.string(),
  role: z.string(),
  pod: z.string(),
  session_id: z.string(),
  outcome: z.enum(['allowed', 'refused']),
  code: z.string(),
  reason: z.string(),
  source_address: z.string(),
});

/** One line of the audit record, as the API and every sink have it. */
export const auditJson = (event: AuditEvent): z.input<typeof auditAnswer> => ({
  at: isoTime(event.at),
  request_id: event.requestId,
  account_id: event.accountId,
  action: event.action,
  resource: event.resource,
  principal: event.principal,
  role: event.role ?? '',
  pod: event.pod ?? '',
  session_id: event.accessKeyId ?? '',
  outcome: event.outcome,
  code: event.code,
  reason: event.reason,
  source_address: event.sourceAddress,
});

/** RFC 6749, section 5.1, and what the session is. */
export const tokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  expires_at: time,
  session_id: z.string(),
  role_arn: z.string(),
});
