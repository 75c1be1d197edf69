// What is remembered between exchanges, and when it is forgotten.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Change, ChangedKind, Issuer } from '../../../src/core/registry/index.ts';
import { createRecordCache } from '../../../src/io/sql/cache.ts';
import type { Heard } from '../../../src/io/sql/index.ts';
import { account, issuer, rootKey } from './records.ts';

const kept: Issuer = { ...issuer, accountId: account.id, revision: 1, updatedAt: 0 };
const change = (kind: ChangedKind, accountId: string): Change => ({ position: 1, kind, accountId, id: 'x' });

/** A cache, and how often each pair was looked up. */
function counting(most?: number) {
  const cache = createRecordCache(most);
  const lookUps: string[] = [];
  const ask = (accountId: string, url: string) =>
    cache.issuers(accountId, url, () => {
      lookUps.push(`${accountId} ${url}`);
      return Promise.resolve([{ ...kept, accountId, url }]);
    });
  return { cache, lookUps, ask };
}

describe('what was found', () => {
  test('is found once, even when many ask at the same moment', async () => {
    const { lookUps, ask } = counting();
    await Promise.all(Array.from({ length: 50 }, () => ask('a', 'u')));
    await ask('a', 'u');
    expect(lookUps).toEqual(['a u']);
  });

  test('A10 is another pair’s in no case, however account and key may be joined', async () => {
    const { ask } = counting();
    for (const [accountId, url] of [
      ['a', 'bc'],
      ['ab', 'c'],
      ['abc', ''],
      ['', 'abc'],
      ['a:', 'b'],
      ['a', ':b'],
    ] as const) {
      expect(await ask(accountId, url)).toMatchObject([{ accountId, url }]);
      expect(await ask(accountId, url)).toMatchObject([{ accountId, url }]);
    }
  });

  test.each<[ChangedKind, number]>([
    ['issuer', 2],
    ['account', 2],
    ['role', 1],
    ['policy', 1],
    ['setting', 1],
  ])('is forgotten with a change of the kind %s as it should be: %d look-ups', async (kind, expected) => {
    const { cache, lookUps, ask } = counting();
    await ask('a', 'u');
    cache.heard(change(kind, 'b'));
    await ask('a', 'u');
    expect(lookUps).toHaveLength(1);
    cache.heard(change(kind, 'a'));
    await ask('a', 'u');
    expect(lookUps).toHaveLength(expected);
  });

  test('is forgotten where anything may have changed', async () => {
    const { cache, lookUps, ask } = counting();
    await ask('a', 'u');
    cache.heard('anything');
    await ask('a', 'u');
    expect(lookUps).toHaveLength(2);
  });

  test.each<Heard>(['anything', change('issuer', 'a')])(
    'is not kept where %j came while it was being found',
    async (heard) => {
      const { cache } = counting();
      const first = Promise.withResolvers<readonly Issuer[]>();
      const asked = cache.issuers('a', 'u', () => first.promise);
      await Promise.resolve();
      cache.heard(heard);
      const fresh = [{ ...kept, jwks: 'new' }];
      expect(await cache.issuers('a', 'u', () => Promise.resolve(fresh))).toBe(fresh);
      first.resolve([{ ...kept, jwks: 'old' }]);
      await asked;
      expect(await cache.issuers('a', 'u', () => Promise.reject(new Error('was asked')))).toBe(fresh);
    },
  );

  test('is no more than was allowed, and what is used stays', async () => {
    const { lookUps, ask } = counting(100);
    for (let i = 0; i < 1000; i += 1) {
      await ask('a', `u${i}`);
      await ask('a', 'used');
    }
    expect(lookUps.filter((each) => each === 'a used')).toHaveLength(1);
    lookUps.length = 0;
    for (let i = 0; i < 1000; i += 1) await ask('a', `u${i}`);
    expect(lookUps.length).toBeGreaterThanOrEqual(900);
  });
});

test.each<[ChangedKind, number]>([
  ['root-key', 2],
  ['account', 2],
  ['role', 1],
  ['issuer', 1],
])('a root key is found again after a change of the kind %s as it should be: %d look-ups', async (kind, expected) => {
  const cache = createRecordCache();
  let lookUps = 0;
  const ask = () =>
    cache.rootKeys(rootKey.accessKeyId, () => {
      lookUps += 1;
      return Promise.resolve({ ...rootKey, accountId: account.id });
    });
  const first = await ask();
  expect(await ask()).toBe(first);
  cache.heard(change(kind, 'another'));
  await ask();
  expect(lookUps).toBe(expected);
});

test('what is absent, or could not be found, is asked for again', async () => {
  const { cache } = counting();
  let asked = 0;
  const absent = () => {
    asked += 1;
    return Promise.resolve(undefined);
  };
  await cache.issuers('a', 'u', absent);
  await cache.issuers('a', 'u', absent);
  expect(asked).toBe(2);
  const failure = new Error('away');
  await expect(cache.issuers('a', 'u', () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await cache.issuers('a', 'u', () => Promise.resolve([kept]))).toEqual([kept]);
});

test('A21 what is remembered keeps nothing of the requests that asked for it', async () => {
  setFlagsFromString('--expose-gc');
  const collect = () => {
    runInNewContext('gc()');
    return process.memoryUsage().heapUsed;
  };
  const cache = createRecordCache();
  const before = collect();
  for (let index = 0; index < 300; index += 1) {
    const body = Buffer.from(`https://oidc.example.com/clusters/${index}&`.padEnd(100_000, 'x')).toString();
    await cache.issuers(account.id, body.slice(0, body.indexOf('&')), () => Promise.resolve([kept]));
  }
  expect((collect() - before) / 1_000_000).toBeLessThan(10);
  const isKept = await cache.issuers(account.id, 'https://oidc.example.com/clusters/7', () => Promise.resolve([]));
  expect(isKept).toEqual([kept]);
});
