// How long to wait before the next try: longer each time, never the same for two clients, and never less than the server asks.
import { StatusError } from './status.ts';

export interface Backoff {
  /** Milliseconds after the first failure. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** What a server's Retry-After may ask for at most. */
  readonly mostAskedMs: number;
}

/** Short at its longest: a webhook should see a new service account within seconds of the API server's return. */
export const defaultBackoff: Backoff = { firstMs: 200, mostMs: 3000, mostAskedMs: 30_000 };

/**
 * Milliseconds to wait after the `failures`th failure in a row (from 1): the larger of
 * 1. what the server asked for, up to the most, and up to a quarter more;
 * 2. doubled from the first with each failure, up to the most, of that between one half and all.
 * @param random from 0 to below 1
 */
export function delayAfter(failures: number, error: unknown, backoff: Backoff, random: number): number {
  const { firstMs, mostMs, mostAskedMs } = backoff;
  const asked = error instanceof StatusError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
  const grown = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.max(Math.min(asked, mostAskedMs) * (1 + random / 4), grown * (0.5 + random / 2));
}
