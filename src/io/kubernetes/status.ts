// What an API server says instead of an answer: a `Status` object, as an error that can be told apart by code and reason
// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { isObject, parsedJson, textAt } from './json.ts';

interface StatusFacts {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
}

/** The API server's no. Its refusal is `kubernetes-refused`. */
export class StatusError extends RefusedError {
  /** HTTP status. */
  readonly code: number;
  /** Such as `NotFound`, `Conflict`, `Expired`; `Unknown` where the server did not say. */
  readonly reason: string;
  /** For how long the server wants not to be asked again. */
  readonly retryAfterSeconds: number | undefined;

  constructor({ code, reason, message, retryAfterSeconds }: StatusFacts) {
    super(refuse('kubernetes-refused', { code, reason, message }));
    this.name = 'StatusError';
    this.message = message;
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The version or continue token is too old: what is wanted must be listed anew. */
  get isExpired(): boolean {
    return this.code === 410 || this.reason === 'Expired' || this.reason === 'Gone';
  }
}

/** Messages quote what was sent; a page of it serves nobody. */
const longestMessage = 1024;

function messageOf(text: string): string {
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}

/** @param value what should be a Status @param fallback what is known without it: the HTTP status, Retry-After */
export function statusError(
  value: unknown,
  fallback: { readonly code: number; readonly retryAfterSeconds?: number | undefined },
): StatusError {
  const status = isObject(value) && value['kind'] === 'Status' ? value : {};
  const details = isObject(status['details']) ? status['details'] : {};
  const code = typeof status['code'] === 'number' && status['code'] >= 400 ? status['code'] : fallback.code;
  return new StatusError({
    code,
    reason: textAt(status, 'reason') ?? 'Unknown',
    message: messageOf(textAt(status, 'message') ?? `HTTP status ${code}`),
    retryAfterSeconds: fallback.retryAfterSeconds ?? secondsOf(details['retryAfterSeconds']),
  });
}

/** @param text the body of an answer that is not 2xx */
export function statusErrorOf(httpStatus: number, retryAfter: string | undefined, text: string): StatusError {
  // Retry-After can be a date, too (RFC 9110, section 10.2.3); API servers send seconds.
  const retryAfterSeconds = secondsOf(retryAfter === undefined ? undefined : Number(retryAfter));
  return statusError(parsedJson(text), { code: httpStatus, retryAfterSeconds });
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}
