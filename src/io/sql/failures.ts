// SQLite's failures, told apart by its result codes (https://www.sqlite.org/rescode.html), and what callers see of them.
import { RefusedError, refuse } from '../../core/refusals/index.ts';

/** Primary result codes. */
export const sqliteCodes = { error: 1, busy: 5, corrupt: 11, constraint: 19, notADatabase: 26 } as const;

/** Extended result codes of the constraints that a caller's values can breach. */
const uniqueness: ReadonlySet<number> = new Set([1555, 2067]);
const foreignKey = 787;

function extendedCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0;
}

/** The primary result code; 0 where the error is none of SQLite's. */
export function codeOf(error: unknown): number {
  return extendedCode(error) & 0xff;
}

export const breachesUniqueness = (error: unknown) => uniqueness.has(extendedCode(error));

export const breachesReference = (error: unknown) => extendedCode(error) === foreignKey;

/** SQLite's own words for the code, such as `database or disk is full`: unlike its messages they quote no value. */
export function wordsOf(error: unknown): string {
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
