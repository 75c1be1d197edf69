// From a grant to credentials: a key, a sealed session token, the record, and only then the answer.
import { newSessionKey, type SessionFacts, sealBearer, sealSession } from '../../core/credentials/index.ts';
import type { Grant } from '../../core/exchange/index.ts';
import { assumedRoleArn, type RoleArn, roleArn } from '../../core/identity/index.ts';
import { causeOf, type Refusal, refuse } from '../../core/refusals/index.ts';
import type { SessionKind, SessionRecord } from '../../core/registry/index.ts';
import type { IssuedSession, SessionCall } from '../../core/wire/index.ts';
import type { Call } from './action.ts';
import { eventOf } from './events.ts';
import type { StsPorts } from './ports.ts';

/** What the proof says that a session comes from. */
export interface Origin {
  readonly kind: SessionKind;
  readonly issuer: string;
  readonly subject: string;
  /** For the session's record. */
  readonly record: Pick<SessionRecord, 'audience'> &
    Partial<Pick<SessionRecord, 'issuerId' | 'pod' | 'parentAccessKeyId'>>;
  /** For the session token. */
  readonly chain?: Pick<SessionFacts, 'ancestors' | 'provenAt'>;
  /** Milliseconds since the epoch, where the session may not last as long as it was asked for. */
  readonly latestEnd?: number;
}

export interface Granted {
  readonly arn: RoleArn;
  readonly request: SessionCall;
  readonly grant: Grant;
  readonly origin: Origin;
}

interface Times {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What a session is shown by: a token beside its signature, or a string that is all there is. */
const seals: Readonly<Record<SessionKind, typeof sealSession>> = {
  'web-identity': sealSession,
  chained: sealSession,
  bearer: sealBearer,
};

/** What all policies and tags of a session may take in its token, in characters (AWS IAM quotas, "packed policy size"). */
const packedRoom = 2048;

/** What the sealed token carries: all that a verifier needs, so that it asks no database who the caller is. */
function sessionFacts({ arn, request, grant, origin }: Granted, times: Times, secretAccessKey: string): SessionFacts {
  const { role, tags, transitiveTagKeys, sourceIdentity } = grant;
  return {
    accountId: role.accountId,
    roleId: role.id,
    roleName: role.name,
    rolePath: role.path,
    partition: arn.partition,
    sessionName: request.sessionName,
    secretAccessKey,
    ...times,
    issuer: origin.issuer,
    subject: origin.subject,
    tags,
    ...(request.policy !== undefined && { sessionPolicy: request.policy }),
    ...(request.policyArns.length > 0 && { sessionPolicyArns: request.policyArns }),
    ...(transitiveTagKeys.length > 0 && { transitiveTagKeys }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...origin.chain,
  };
}

function packedSize({ request, grant }: Granted): number {
  let size = request.policy?.length ?? 0;
  for (const arn of request.policyArns) size += arn.length;
  for (const key of Object.keys(grant.tags)) size += key.length + (grant.tags[key]?.length ?? 0);
  return size;
}

function sessionRecord(
  { arn, request, grant, origin }: Granted,
  times: Times,
  { accessKeyId, call }: { readonly accessKeyId: string; readonly call: Call },
): SessionRecord {
  const { role, tags, sourceIdentity } = grant;
  return {
    accessKeyId,
    accountId: role.accountId,
    kind: origin.kind,
    roleId: role.id,
    roleArn: roleArn(arn),
    sessionName: request.sessionName,
    issuer: origin.issuer,
    subject: origin.subject,
    ...origin.record,
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...times,
    requestId: call.requestId,
    sourceAddress: call.request.peer.address,
  };
}

/** No credentials leave before their session is on record. */
export async function issue(ports: StsPorts, call: Call, granted: Granted): Promise<IssuedSession | Refusal> {
  const { arn, request, grant, origin } = granted;
  const size = packedSize(granted);
  if (size > packedRoom) return refuse('sts-packed-policy-too-large', { size, limit: packedRoom });
  // SDKs are told whole seconds: the session ends when they are told that it does.
  const issuedAt = ports.now();
  const asked = Math.floor(issuedAt / 1000 + grant.durationSeconds) * 1000;
  const times = { issuedAt, expiresAt: Math.min(asked, Math.floor((origin.latestEnd ?? asked) / 1000) * 1000) };
  const { accessKeyId, secretAccessKey } = newSessionKey(issuedAt, ports.randomBytes);
  const facts = sessionFacts(granted, times, secretAccessKey);
  const sessionToken = seals[origin.kind](facts, accessKeyId, ports.keyring(), ports.randomBytes(12));
  const event = {
    ...eventOf(call, issuedAt),
    accessKeyId,
    outcome: 'allowed',
    code: '',
    reason: grant.reason,
  } as const;
  try {
    await ports.registry.issueSession(sessionRecord(granted, times, { accessKeyId, call }), event);
  } catch (error) {
    ports.log('error', 'a session could not be put on record', { requestId: call.requestId, error: causeOf(error) });
    return refuse('sts-unavailable', {});
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiresAt: times.expiresAt,
    assumedRoleId: `${grant.role.id}:${request.sessionName}`,
    assumedRoleArn: assumedRoleArn(arn, request.sessionName),
    sourceIdentity: grant.sourceIdentity,
    packedPolicySize: size === 0 ? undefined : Math.ceil((100 * size) / packedRoom),
  };
}
