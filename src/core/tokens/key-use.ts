// When fetched keys are used, and when they are fetched again: a host that is slow or down must not stop exchanges, and
// strangers who make key ids up must not make us ask it more often.

/** Milliseconds. */
export interface KeyTimes {
  /** Keys of this age are fetched again, while they go on being used. */
  readonly freshMs: number;
  /** Keys of this age are not used any more. */
  readonly staleMs: number;
  /** Between two fetches of one issuer, whatever they are for. */
  readonly pauseMs: number;
}

/** A rotation is seen within minutes without being waited for; a host that is down for half a day stops nothing. */
export const defaultKeyTimes: KeyTimes = { freshMs: 300_000, staleMs: 43_200_000, pauseMs: 60_000 };

/** What is known of one issuer's keys. Times are milliseconds since the epoch. */
export interface KnownKeys {
  /** When the keys at hand were fetched; undefined where none ever were. */
  readonly fetchedAt: number | undefined;
  /** When they were last asked for, with whatever outcome; undefined where never. */
  readonly askedAt: number | undefined;
  /** Whether the key that the token names is among those at hand. */
  readonly hasKey: boolean;
}

/**
 * - `use`: the keys at hand;
 * - `use-and-fetch`: those, and others are fetched meanwhile;
 * - `fetch`: wait for others;
 * - `refuse`: there are none, and it is too early to ask again.
 */
export type KeyUse = 'use' | 'use-and-fetch' | 'fetch' | 'refuse';

/**
 * Decides in this order:
 *   1. keys that were never fetched, or are stale, are fetched; within the pause after a try that failed, refused;
 *   2. a key that is not among them may have been published since: they are fetched, outside the pause; within it the
 *      keys at hand say that they have none such;
 *   3. keys that are no longer fresh are used, and fetched meanwhile, outside the pause;
 *   4. fresh ones are used.
 * A clock that was set back makes what lies in its future as old as can be: nothing outlives `staleMs` by it.
 */
export function planKeyUse({ fetchedAt, askedAt, hasKey }: KnownKeys, times: KeyTimes, now: number): KeyUse {
  const age = (at: number | undefined) => (at === undefined || at > now ? Infinity : now - at);
  const mayAsk = age(askedAt) >= times.pauseMs;
  const keysAge = age(fetchedAt);
  if (keysAge >= times.staleMs) return mayAsk ? 'fetch' : 'refuse';
  if (!hasKey) return mayAsk ? 'fetch' : 'use';
  return keysAge >= times.freshMs && mayAsk ? 'use-and-fetch' : 'use';
}
