// Trying again what failed for a passing reason: a few times, after pauses that grow and differ between replicas.
import { setTimeout as wait } from 'node:timers/promises';
import { isPassing } from './postgres-failures.ts';

export interface RetryLimits {
  readonly attempts: number;
  /** No attempt begins later than this. */
  readonly withinMs: number;
}

const shortestPauseMs = 20;
const longestPauseMs = 1000;

/** Between half and all of a pause that doubles with every attempt. */
export function pauseMs(attempt: number, longest = longestPauseMs): number {
  return Math.min(longest, shortestPauseMs * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/** @param attempt told which one it is, from 0 */
export async function retrying<Result>(
  { attempts, withinMs }: RetryLimits,
  attempt: (number: number) => Promise<Result>,
): Promise<Result> {
  const started = performance.now();
  for (let number = 0; ; number += 1) {
    try {
      return await attempt(number);
    } catch (error) {
      const isOver = number + 1 >= attempts || performance.now() - started > withinMs;
      if (isOver || !isPassing(error)) throw error;
      await wait(pauseMs(number));
    }
  }
}
