// What a call leaves on the audit record.
import type { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import type { Call } from './action.ts';

/** A stranger's word: long enough to find the mistake in it, short enough not to fill the record. */
const longestNamed = 256;

type Undecided = Omit<AuditEvent, 'outcome' | 'code' | 'reason'>;

/** What is known of a call, whatever becomes of it. Of a call that proved nothing, it says what was asked for. */
export function eventOf({ request, requestId, action, known }: Call, at: number): Undecided {
  return {
    at,
    requestId,
    action: `sts:${action.slice(0, longestNamed)}`,
    ...known,
    sourceAddress: request.peer.address,
  };
}

export function refusedEvent(call: Call, refusal: Refusal, at: number): AuditEvent {
  const event = eventOf(call, at);
  const resource = event.resource.slice(0, longestNamed);
  const role = event.role === undefined ? {} : { role: event.role.slice(0, longestNamed) };
  return {
    ...event,
    resource,
    ...role,
    outcome: 'refused',
    code: refusal.code,
    reason: refusal.cause ?? refusal.sentence,
  };
}
