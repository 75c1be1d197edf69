// What a call leaves on the audit record.
import { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';
import { principalOf, roleOf } from './callers.ts';
import type { ApiCaller, Route } from './route.ts';

/** What is known of a call, for its audit event. */
export interface Known {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly route: Route;
  readonly at: number;
  caller: ApiCaller | undefined;
  accountId: string;
  resource: string;
}

export function eventOf(known: Known, outcome: Refusal | string): AuditEvent {
  const { request, requestId, route, at, caller, accountId, resource } = known;
  const refused = outcome instanceof Refusal;
  return {
    at,
    requestId,
    accountId,
    action: route.action ?? `podiam:${route.id}`,
    resource: resource.slice(0, 2048),
    principal: caller ? principalOf(caller) : '',
    ...roleOf(caller),
    outcome: refused ? 'refused' : 'allowed',
    code: refused ? outcome.code : '',
    reason: refused ? (outcome.cause ?? outcome.sentence) : outcome,
    sourceAddress: request.peer.address,
  };
}
