// What is kept and told of a session: sealed into its token, put on record, written to the audit record.
import type { SessionFacts } from '../../core/credentials/index.ts';
import type { Grant } from '../../core/exchange/index.ts';
import { parseRoleArn, type RoleArn, roleArn } from '../../core/identity/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent, SessionRecord } from '../../core/registry/index.ts';
import type { WebIdentityCall } from '../../core/wire/index.ts';
import type { Call } from './action.ts';

const exchangeAction = 'sts:AssumeRoleWithWebIdentity';

export interface Granted {
  readonly call: WebIdentityCall;
  readonly arn: RoleArn;
  readonly grant: Grant;
  readonly facts: { readonly requestId: string; readonly sourceAddress: string };
}

interface Times {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What the sealed token carries: all that a verifier needs, so that it asks no database who the caller is. */
export function sessionFacts(
  { call, arn, grant }: Granted,
  { issuedAt, expiresAt }: Times,
  secretAccessKey: string,
): SessionFacts {
  const { role, claims } = grant;
  return {
    accountId: role.accountId,
    roleId: role.id,
    roleName: role.name,
    rolePath: role.path,
    partition: arn.partition,
    sessionName: call.sessionName,
    secretAccessKey,
    issuedAt,
    expiresAt,
    issuer: claims.issuer,
    subject: claims.subject,
    tags: {},
    ...(call.policy !== undefined && { sessionPolicy: call.policy }),
  };
}

export function sessionRecord(
  { call, arn, grant, facts }: Granted,
  { issuedAt, expiresAt }: Times,
  accessKeyId: string,
): SessionRecord {
  const { role, claims } = grant;
  return {
    accessKeyId,
    accountId: role.accountId,
    roleId: role.id,
    roleArn: roleArn(arn),
    sessionName: call.sessionName,
    issuer: claims.issuer,
    subject: claims.subject,
    audience: claims.audience,
    issuedAt,
    expiresAt,
    requestId: facts.requestId,
    sourceAddress: facts.sourceAddress,
  };
}

export function grantedEvent({ arn, grant, facts }: Granted, at: number): AuditEvent {
  return {
    at,
    requestId: facts.requestId,
    accountId: arn.account,
    action: exchangeAction,
    resource: roleArn(arn),
    principal: grant.claims.subject,
    outcome: 'allowed',
    code: '',
    reason: grant.reason,
    sourceAddress: facts.sourceAddress,
  };
}

/** A stranger's word: long enough to find the mistake in it, short enough not to fill the record. */
const longestNamed = 256;

/** The event of a refused call. Nothing in it is proven: it says what was asked for. */
export function refusedEvent(
  { request, requestId, parameters }: Call,
  action: string,
  refusal: Refusal,
  at: number,
): AuditEvent {
  const named = parameters.get('RoleArn') ?? '';
  const arn = parseRoleArn(named);
  return {
    at,
    requestId,
    accountId: arn?.account ?? '',
    action: `sts:${action}`,
    resource: arn ? named.slice(0, longestNamed) : '',
    principal: '',
    outcome: 'refused',
    code: refusal.code,
    reason: refusal.cause ?? refusal.sentence,
    sourceAddress: request.peer.address,
  };
}
