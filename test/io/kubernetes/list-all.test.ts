import { afterEach, expect, test } from 'vitest';
import { watchResources } from '../../../src/io/kubernetes/index.ts';
import { type ApiServer } from './api-server.ts';
import { apiServer, clientOf, closeAll, later, plainConnection, until } from './surroundings.ts';

afterEach(closeAll);

const path = '/api/v1/serviceaccounts';

function watchNames(api: ApiServer, maxResponseBytes = 1_000_000) {
  const client = clientOf(plainConnection(api), { maxResponseBytes });
  const troubles: string[] = [];
  const watch = watchResources({
    client,
    path,
    keep: ({ name }) => name,
    pageSize: 64,
    pageBytes: 20_000,
    backoff: { firstMs: 5, mostMs: 50 },
    onTrouble: ({ error }) => troubles.push(error.message),
  });
  later(watch.close);
  return { watch, troubles };
}

const padded = (count: number) => String(count).padStart(4, '0');
const note = (length: number) => ({ note: 'x'.repeat(length) });

const pagesOf = (api: ApiServer) =>
  api.requests
    .filter(({ query }) => query.get('watch') !== 'true')
    .map(({ query }) => ({ limit: Number(query.get('limit')), from: query.get('continue') }));

test('A21 a page that is too large is asked for again from the same place with half as many objects, and all are known', async () => {
  const api = await apiServer();
  for (let i = 0; i < 100; i++) api.putServiceAccount('shop', `a-${padded(i)}`);
  for (let i = 0; i < 100; i++) api.putServiceAccount('shop', `b-fat-${padded(i)}`, note(5000));
  for (let i = 0; i < 300; i++) api.putServiceAccount('shop', `c-${padded(i)}`);
  const { watch, troubles } = watchNames(api);
  await watch.synced;
  expect(watch.stats()).toMatchObject({ objects: 500, kept: 500, restarts: 0 });
  expect(troubles).toEqual([]);
  const pages = pagesOf(api);
  const limits = pages.map(({ limit }) => limit);
  expect(Math.min(...limits)).toBeLessThanOrEqual(3);
  const shrunk = pages.flatMap(({ limit, from }, at) => {
    const next = pages[at + 1];
    return next !== undefined && next.limit < limit
      ? [{ isSamePlace: next.from === from, limit: next.limit / limit }]
      : [];
  });
  expect(shrunk.length).toBeGreaterThan(3);
  expect(shrunk.every(({ isSamePlace, limit }) => isSamePlace && limit <= 0.5)).toBe(true);
  // Behind what was fat, pages grow again.
  expect(limits.at(-1)).toBeGreaterThan(8);
  expect(limits.length).toBeLessThan(120);
});

test('A21 one object that is larger than a page may be is read by itself, up to what the client takes', async () => {
  const api = await apiServer();
  for (let i = 0; i < 10; i++) api.putServiceAccount('shop', `n${i}`, note(i === 5 ? 500_000 : 10));
  const { watch, troubles } = watchNames(api);
  await watch.synced;
  expect(watch.stats()).toMatchObject({ objects: 10, restarts: 0 });
  expect(troubles).toEqual([]);
});

test('A21 one object that is larger than the client takes is told of, and when it is gone the list is read', async () => {
  const api = await apiServer();
  api.putServiceAccount('shop', 'web');
  api.putServiceAccount('shop', 'fat', note(100_000));
  const { watch, troubles } = watchNames(api, 50_000);
  await until(() => troubles.length >= 2, 'failures');
  expect(troubles[0]).toContain('50000');
  api.storage.remove('v1/serviceaccounts', 'shop', 'fat');
  await watch.synced;
  expect(watch.stats().objects).toBe(1);
});

test('A21 an event that is larger than may be costs a list, not the watch', async () => {
  const api = await apiServer();
  api.putServiceAccount('shop', 'web');
  const client = clientOf(plainConnection(api));
  const watch = watchResources({
    client,
    path,
    keep: ({ name }) => name,
    longestEvent: 10_000,
    backoff: { firstMs: 5 },
  });
  later(watch.close);
  await watch.synced;
  await until(() => api.streams.size === 1, 'the watch');
  api.putServiceAccount('shop', 'fat', note(20_000));
  api.putServiceAccount('shop', 'late');
  await until(() => watch.stats().objects === 3, 'the list');
  await until(() => api.streams.size === 1, 'the watch');
  api.putServiceAccount('shop', 'later');
  await until(() => watch.get('shop', 'later').known, 'the event');
  expect(watch.stats().restarts).toBe(1);
});
