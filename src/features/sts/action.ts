// What the endpoint's actions have in common.
import type { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import type { Answer, HttpRequest, QueryParameters } from '../../core/wire/index.ts';

/** What was found out about a call so far, for its audit event: a refusal's, too. */
export type Known = Pick<AuditEvent, 'accountId' | 'resource' | 'principal'> &
  Partial<Pick<AuditEvent, 'role' | 'pod'>>;

/** What is known of a call before it is judged, through whichever door it came. */
export interface Call {
  readonly request: HttpRequest;
  readonly requestId: string;
  /** By the API's name; a stranger's word until it is found among those that there are. */
  readonly action: string;
  /** Written as it is found out. */
  readonly known: { -readonly [Name in keyof Known]: Known[Name] };
}

/** Runs one action of the Query protocol: its answer, or why not. */
export type Action = (call: Call, parameters: QueryParameters) => Promise<Answer | Refusal> | Refusal;

export function newCall(request: HttpRequest, requestId: string, action: string): Call {
  return { request, requestId, action, known: { accountId: '', resource: '', principal: '' } };
}
