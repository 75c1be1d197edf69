// How long to wait before the next try: longer each time, never the same for two clients, and never less than the server asks.
import { StatusError } from './status.ts';

export interface Backoff {
  /** Milliseconds after the first failure. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** What a server's Retry-After may ask for at most. */
  readonly mostAskedMs: number;
  /** The longest wait where a right is missing: somebody has to give it first. */
  readonly mostForbiddenMs: number;
}

/** Short at its longest: a webhook should see a new service account within seconds of the API server's return. */
export const defaultBackoff: Backoff = { firstMs: 200, mostMs: 3000, mostAskedMs: 30_000, mostForbiddenMs: 300_000 };

/** Whether the API server says that a right is missing, as it also does for a moment while it starts. */
const isForbidden = (error: unknown) => error instanceof StatusError && error.code === 403;

/**
 * Milliseconds to wait after the `failures`th failure in a row (from 1): the larger of
 * 1. what the server asked for, up to the most, and up to a quarter more;
 * 2. doubled from the first with each failure, up to the most, of that between one half and all.
 * @param random from 0 to below 1
 */
export function delayAfter(failures: number, error: unknown, backoff: Backoff, random: number): number {
  const { firstMs, mostAskedMs } = backoff;
  const mostMs = isForbidden(error) ? backoff.mostForbiddenMs : backoff.mostMs;
  const asked = error instanceof StatusError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
  const grown = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.max(Math.min(asked, mostAskedMs) * (1 + random / 4), grown * (0.5 + random / 2));
}

/** What a failure comes to, for those who try again. */
export interface Failure {
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Milliseconds until the next try. */
  readonly delayMs: number;
  /** Whether to tell of it: a right that is missing is told of once, until something else happens. */
  readonly isNews: boolean;
}

/**
 * Failures in a row. Those for want of a right are counted apart: they wait for minutes in the end, which one that comes
 * after an hour without an API server must not begin with.
 */
export class Failures {
  readonly #backoff: Backoff;
  readonly #random: () => number;
  #all = 0;
  #forbidden = 0;

  /** @param random from 0 to below 1 */
  constructor(backoff: Backoff, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
  }

  get inARow(): number {
    return this.#all;
  }

  add(error: unknown): Failure {
    this.#all += 1;
    this.#forbidden = isForbidden(error) ? this.#forbidden + 1 : 0;
    const ofItsKind = this.#forbidden || this.#all;
    const delayMs = delayAfter(ofItsKind, error, this.#backoff, this.#random());
    return { failures: this.#all, delayMs, isNews: this.#forbidden <= 1 };
  }

  clear(): void {
    this.#all = 0;
    this.#forbidden = 0;
  }
}
