// What a call to the IAM API leaves on the audit record.
import { sessionArn, sessionRoleArn } from '../../core/authorization/index.ts';
import type { Caller } from '../../core/credentials/index.ts';
import { rootArn } from '../../core/identity/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';

/** A call as it comes to be known, from its request on. */
export interface Known {
  readonly request: HttpRequest;
  readonly requestId: string;
  /** Such as `iam:CreateRole`. */
  readonly action: string;
  /** Undefined until it is proven. */
  caller: Caller | undefined;
  /** Empty until it is known. */
  resource: string;
}

/** A stranger's word: long enough to find the mistake in it, short enough not to fill the record. */
const longestNamed = 2048;

export const accountOf = (caller: Caller) => (caller.kind === 'root' ? caller.accountId : caller.facts.accountId);

type Caused = Pick<AuditEvent, 'accountId' | 'principal' | 'role' | 'accessKeyId'>;

function causedBy(caller: Caller | undefined): Caused {
  if (caller === undefined) return { accountId: '', principal: '' };
  const { accessKeyId } = caller;
  if (caller.kind === 'root') return { accountId: caller.accountId, principal: rootArn(caller.accountId), accessKeyId };
  const { facts } = caller;
  return { accountId: facts.accountId, principal: sessionArn(facts), role: sessionRoleArn(facts), accessKeyId };
}

function eventOf({ request, requestId, action, caller, resource }: Known, at: number) {
  const sourceAddress = request.peer.address;
  return { at, requestId, action, resource: resource.slice(0, longestNamed), ...causedBy(caller), sourceAddress };
}

/** @param reason why it is allowed, and what its author was warned of */
export function allowedEvent(known: Known, reason: string, at: number): AuditEvent {
  return { ...eventOf(known, at), outcome: 'allowed', code: '', reason };
}

export function refusedEvent(known: Known, refusal: Refusal, at: number): AuditEvent {
  const { code, cause, sentence } = refusal;
  return { ...eventOf(known, at), outcome: 'refused', code, reason: cause ?? sentence };
}
