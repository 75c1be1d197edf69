// SQLite's failures, told apart by its result codes (https://www.sqlite.org/rescode.html), and what callers see of them.
import { RefusedError, refuse } from '../../core/refusals/index.ts';

/** Primary result codes. */
export const sqliteCodes = { error: 1, busy: 5, corrupt: 11, constraint: 19, notADatabase: 26 } as const;

/** The primary result code; 0 where the error is none of SQLite's. */
export function codeOf(error: unknown): number {
  const extended = error instanceof Error && 'errcode' in error ? error.errcode : 0;
  return typeof extended === 'number' ? extended & 0xff : 0;
}

/** SQLite's own words for the code, such as `database or disk is full`: unlike its messages they quote no value. */
export function wordsOf(error: unknown): string {
  if (error instanceof RefusedError) return error.refusal.cause ?? error.refusal.sentence;
  if (error instanceof Error && 'errstr' in error) return String(error.errstr);
  return error instanceof Error ? error.message : 'unknown error';
}

/** What a method of the registry rejects with when the engine failed it. */
export function unavailable(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error;
  return new RefusedError(refuse('registry-unavailable', {}, wordsOf(error)));
}

/** Runs one synchronous call of the engine as what it is to callers: asynchronous, and failing as the registry fails. */
export function asked<Value>(call: () => Value): Promise<Value> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.reject(unavailable(error));
  }
}
