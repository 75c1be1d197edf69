// PostgreSQL's failures, told apart by SQLSTATE (PostgreSQL documentation, appendix A), and what is done about each.
import { RefusedError, refuse } from '../../core/refusals/index.ts';

/** The five characters; empty where the error is none of the server's: a socket's, a time-out's. */
export function sqlState(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return typeof code === 'string' && /^[\dA-Z]{5}$/.test(code) ? code : '';
}

/** Server-side states after which the connection is of no use. */
const lostStates: ReadonlySet<string> = new Set([
  // admin_shutdown, crash_shutdown, cannot_connect_now
  '57P01',
  '57P02',
  '57P03',
  // read_only_sql_transaction: an old primary; another connection may lead to the new one
  '25006',
  // idle_in_transaction_session_timeout, transaction_timeout
  '25P03',
  '25P04',
]);

/** What this program says itself, or does wrong: not a matter of the connection. */
const isOurs = (error: unknown) =>
  [RefusedError, TypeError, RangeError, SyntaxError].some((kind) => error instanceof kind);

/** Whether the connection must not be used again, and what was under way on it may or may not have happened. */
export function isLost(error: unknown): boolean {
  if (isOurs(error)) return false;
  const state = sqlState(error);
  return state === '' || state.startsWith('08') || lostStates.has(state);
}

/** serialization_failure, deadlock_detected, too_many_connections, lock_not_available */
const passingStates: ReadonlySet<string> = new Set(['40001', '40P01', '53300', '55P03']);

/** Whether the same may go well when it is tried again. */
export const isPassing = (error: unknown) => isLost(error) || passingStates.has(sqlState(error));

/** What the values themselves are refused for: data exceptions and integrity constraints. */
export const isOfValues = (error: unknown) => /^2[23]/.test(sqlState(error));

/** For the log: the state and the server's words. */
export function postgresWords(error: unknown): string {
  const state = sqlState(error);
  const words = error instanceof Error ? error.message : 'unknown error';
  return state === '' ? words : `${state} ${words}`;
}

export function postgresUnavailable(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error;
  return new RefusedError(refuse('registry-unavailable', {}, postgresWords(error)), { cause: error });
}
