import { expect, test } from 'vitest';
import { createBudget, keepLast } from '../../../src/core/memory/index.ts';

test('what was used last is kept, up to the limit', () => {
  const made: string[] = [];
  const memory = keepLast<string>(2);
  const ask = (key: string) => memory(key, () => (made.push(key), key.toUpperCase()));
  expect(['a', 'b', 'a', 'c', 'a', 'b'].map(ask)).toEqual(['A', 'B', 'A', 'C', 'A', 'B']);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});

test('a budget gives its burst, then what time gives back, and nothing for a clock set back', () => {
  const spend = createBudget({ burst: 3, perSecond: 2 });
  const at = (now: number) => [spend(now), spend(now), spend(now), spend(now)].filter(Boolean).length;
  expect(at(1_000_000)).toBe(3);
  expect(at(1_000_500)).toBe(1);
  expect(at(500_000)).toBe(0);
  expect(at(501_000)).toBe(2);
  expect(at(9_000_000)).toBe(3);
});
