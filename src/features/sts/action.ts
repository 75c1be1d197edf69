// What the endpoint's actions have in common.
import type { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import type { Answer, HttpRequest, QueryParameters } from '../../core/wire/index.ts';

/** What was found out about a call so far, for its audit event: a refusal's, too. */
export type Known = Pick<AuditEvent, 'accountId' | 'resource' | 'principal'> &
  Partial<Pick<AuditEvent, 'role' | 'pod'>>;

/** What is known of a call before its action runs. */
export interface Call {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly parameters: QueryParameters;
  /** Written as it is found out. */
  readonly known: { -readonly [Name in keyof Known]: Known[Name] };
}

/** Runs one action: its answer, or why not. */
export type Action = (call: Call) => Promise<Answer | Refusal>;
