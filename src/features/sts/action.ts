// What the endpoint's actions have in common.
import type { Refusal } from '../../core/refusals/index.ts';
import type { HttpRequest, QueryParameters } from '../../core/wire/index.ts';

/** What is known of a call before its action runs. */
export interface Call {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly parameters: QueryParameters;
}

/** Runs one action: its answer's XML, or why not. */
export type Action = (call: Call) => Promise<string | Refusal>;
