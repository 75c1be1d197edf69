import { describe, expect, test } from 'vitest';
import { type KeyUse, type KnownKeys, planKeyUse } from '../../../src/core/tokens/index.ts';

const times = { freshMs: 300, staleMs: 10_000, pauseMs: 60 };
const now = 100_000;
const never = undefined;

const cases: readonly (readonly [string, KnownKeys, KeyUse])[] = [
  ['never fetched', { fetchedAt: never, askedAt: never, hasKey: false }, 'fetch'],
  ['a try that failed a moment ago', { fetchedAt: never, askedAt: now - 59, hasKey: false }, 'refuse'],
  ['a try that failed a while ago', { fetchedAt: never, askedAt: now - 60, hasKey: false }, 'fetch'],
  ['fresh', { fetchedAt: now - 299, askedAt: now - 299, hasKey: true }, 'use'],
  ['no longer fresh', { fetchedAt: now - 300, askedAt: now - 300, hasKey: true }, 'use-and-fetch'],
  ['no longer fresh, and just asked for in vain', { fetchedAt: now - 400, askedAt: now - 10, hasKey: true }, 'use'],
  ['almost stale', { fetchedAt: now - 9_999, askedAt: now - 60, hasKey: true }, 'use-and-fetch'],
  ['stale', { fetchedAt: now - 10_000, askedAt: now - 60, hasKey: true }, 'fetch'],
  ['stale, and just asked for in vain', { fetchedAt: now - 10_000, askedAt: now - 59, hasKey: true }, 'refuse'],
  ['without the key', { fetchedAt: now - 100, askedAt: now - 100, hasKey: false }, 'fetch'],
  ['without the key, fetched a moment ago', { fetchedAt: now - 59, askedAt: now - 59, hasKey: false }, 'use'],
  ['without the key, asked for in vain', { fetchedAt: now - 500, askedAt: now - 1, hasKey: false }, 'use'],
  ['fetched in the future: a clock was set back', { fetchedAt: now + 1, askedAt: now + 1, hasKey: true }, 'fetch'],
];

describe('keys of an issuer', () => {
  test.each(cases)('F24 %s', (_, known, use) => {
    expect(planKeyUse(known, times, now)).toBe(use);
  });
});
