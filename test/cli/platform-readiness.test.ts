// What `/readyz` of `podiam platform` tells, which stands on the listener that strangers reach.
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Readiness } from '../../src/cli/platform/readiness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('A22 that the database does not answer is told to everybody, and why to the log alone, once', async () => {
  const health = { isWell: true, problem: '' };
  const told: string[] = [];
  const readiness = new Readiness(30_000);
  readiness.databaseReached({ health: () => Promise.resolve({ ...health }) }, (problem) => told.push(problem));
  onTestFinished(() => readiness.stop());
  const notRead = 'keys and revocations are not read yet';
  expect(readiness.reasons()).toEqual([notRead]);
  const problem = '28P01 password authentication failed for user "podiam" at 10.0.3.4:5432';
  Object.assign(health, { isWell: false, problem });
  await vi.advanceTimersByTimeAsync(10_000);
  expect([readiness.reasons(), told]).toEqual([['the database does not answer', notRead], [problem]]);
  Object.assign(health, { isWell: true, problem: '' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(readiness.reasons()).toEqual([notRead]);
  Object.assign(health, { isWell: false, problem });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([problem, problem]);
});
