import { expect, test } from 'vitest';
import { patienceOf } from '../../../src/features/webhook/deadline.ts';

test.each([
  ['timeout=10s', 9500],
  ['timeout=1s', 500],
  ['timeout=30s&other=1', 29_500],
  ['other=1&timeout=0m20s', 19_500],
  ['timeout=1m30s', 29_500],
  ['timeout=999999m', 29_500],
  ['timeout=999999m999999m999999m', 29_500],
  ['timeout=250ms', 100],
  ['timeout=1.5s', 1000],
  ['', 9500],
  ['timeout=', 9500],
  ['timeout=10', 9500],
  ['timeout=-5s', 9500],
  ['timeout=9999999999s', 9500],
  [`timeout=${'1s'.repeat(50_000)}`, 9500],
])('F1 «%.30s» leaves %d ms for look-ups: an answer comes 500 ms before the API server gives up', (query, patience) => {
  expect(patienceOf(query)).toBe(patience);
});
