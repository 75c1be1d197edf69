import { afterEach, expect, test } from 'vitest';
import { resourcePath, watchOne } from '../../../src/io/kubernetes/index.ts';
import type { ApiServer } from './api-server.ts';
import { apiServer, clientOf, closeAll, later, plainConnection, until } from './surroundings.ts';

afterEach(closeAll);

const collection = resourcePath({ version: 'v1', resource: 'secrets', namespace: 'podiam-system' });
const put = (api: ApiServer, name = 'tls') => api.put('v1/secrets', { metadata: { name, namespace: 'podiam-system' } });

function follow(api: ApiServer, idleMs = 60_000) {
  const seen = { changes: 0, troubles: 0 };
  const changed = () => void (seen.changes += 1);
  const onTrouble = () => void (seen.troubles += 1);
  const client = clientOf(plainConnection(api));
  later(watchOne({ client, collection, name: 'tls', changed, onTrouble, idleMs, random: () => 0 }));
  return seen;
}

const untilMore = async (seen: { changes: number }, act: () => void) => {
  const before = seen.changes;
  act();
  await until(() => seen.changes > before, 'the change');
};

test('it tells of the object that is there, of its changes and of no other object', async () => {
  const api = await apiServer();
  put(api);
  const seen = follow(api);
  await until(() => seen.changes > 0, 'the first event');
  await untilMore(seen, () => put(api));
  await untilMore(seen, () => api.storage.remove('v1/secrets', 'podiam-system', 'tls'));
  await untilMore(seen, () => put(api));
  const before = seen.changes;
  put(api, 'other');
  await untilMore(seen, () => put(api));
  expect(seen).toEqual({ changes: before + 1, troubles: 0 });
  expect(api.requests).toHaveLength(1);
});

test('F3 an object that nobody has changed since the API server forgot its version is followed all the same', async () => {
  const api = await apiServer();
  put(api);
  api.storage.compact();
  const seen = follow(api);
  await until(() => seen.changes > 0, 'the first event');
  api.storage.compact();
  api.dropConnections();
  await until(() => seen.troubles === 1, 'the failure');
  await until(() => api.streams.size === 1, 'the watch');
  await untilMore(seen, () => put(api));
  expect(seen.troubles).toBe(1);
});

test('F3 a watch of one object that goes silent is taken up again', async () => {
  const api = await apiServer({ bookmarkMs: 20 });
  put(api);
  const seen = follow(api, 300);
  await until(() => api.streams.size === 1, 'the watch');
  for (const stream of api.streams) stream.silent = true;
  put(api);
  await until(() => seen.troubles === 1, 'the end of patience');
  await untilMore(seen, () => put(api));
});

test('F2 a server that ends every watch of one object as soon as it begins is asked ever more seldom', async () => {
  const api = await apiServer();
  put(api);
  const seen = follow(api);
  const startedAt = performance.now();
  while (performance.now() - startedAt < 1500) {
    for (const stream of api.streams) stream.end();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(api.requests.length).toBeLessThan(10);
  await until(() => api.streams.size === 1, 'the watch');
  await untilMore(seen, () => put(api));
});
