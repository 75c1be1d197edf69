import { describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../io/kubernetes/api-server.ts';
import { ApiServers } from './api-servers.ts';
import { roleArn, startCluster, until } from './cluster.ts';
import { startReady, startReplica } from './replica.ts';

// Processes, and a machine that may be busy: patience costs nothing where all goes well.
vi.setConfig({ testTimeout: 240_000 });

const age = 'podiam_webhook_cache_age_seconds';

test('F1 while the API server is gone, known pods are injected, ready stays true, and the staleness metric grows', async () => {
  const cluster = await startCluster();
  cluster.putAccount('web');
  cluster.putAccount('plain', null);
  const replica = await startReady(cluster);
  const callers = new ApiServers(cluster);
  await cluster.api.stop();
  const first = (await replica.metric(age)) ?? NaN;
  await until('the cache has aged by two seconds', async () => ((await replica.metric(age)) ?? 0) > first + 2);
  expect((await callers.review({ port: replica.port, account: 'web' })).patch).toContain(roleArn('web'));
  expect(await callers.review({ port: replica.port, account: 'plain' })).toMatchObject({ allowed: true, told: '' });
  expect(await replica.isReady()).toBe(true);
  expect(await replica.metric('podiam_webhook_ready')).toBe(1);
  await cluster.api.start();
  await until('the cache is fresh', async () => ((await replica.metric(age)) ?? NaN) < 1.5);
  cluster.putAccount('web', roleArn('renamed'));
  await until('the change is seen', async () =>
    Boolean((await callers.review({ port: replica.port, account: 'web' })).patch?.includes(roleArn('renamed'))),
  );
  callers.close();
});

describe.each([
  ['warn', true],
  ['deny', false],
] as const)('under --on-failure %s', (onFailure, allowed) => {
  test.each<[string, Fault]>([
    ['hangs', 'hang'],
    ['resets connections', 'reset'],
    ['answers 500', { status: 500 }],
    ['answers 429 with Retry-After 30', { status: 429, reason: 'TooManyRequests', retryAfter: 30 }],
  ])(
    `F1 F2 an API server that %s leaves a cache miss the configured answer, ${onFailure}, before the request’s timeout`,
    async (_, fault) => {
      const cluster = await startCluster();
      cluster.putAccount('web');
      const replica = await startReady(cluster, { args: ['--on-failure', onFailure] });
      const callers = new ApiServers(cluster);
      cluster.api.fail(fault);
      const asked = { port: replica.port, timeoutSeconds: 1 };
      const unknown = await callers.review({ ...asked, account: 'unknown' });
      expect(unknown).toMatchObject({ allowed, patch: undefined });
      expect(unknown.told).toContain('service account default/unknown');
      expect((await callers.review({ ...asked, account: 'web' })).patch).toContain(roleArn('web'));
      callers.close();
    },
  );
});

test('A15 a pod that comes before the role mapping has been read is not taken for one that nothing names', async () => {
  const cluster = await startCluster();
  cluster.putAccount('plain', null);
  cluster.api.fail({ status: 500 }, { when: ({ path }) => path.endsWith('/configmaps') });
  const replica = await startReplica(cluster, { args: ['--watch-config-map', '--on-failure', 'deny'] });
  const callers = new ApiServers(cluster);
  const asked = { port: replica.port, account: 'plain' };
  await until('the caBundle is set', () => cluster.caBundle() !== '');
  expect(await callers.review(asked)).toMatchObject({ allowed: false, patch: undefined });
  expect(await replica.isReady()).toBe(false);
  cluster.api.recover();
  await until('it is ready', replica.isReady);
  expect(await callers.review(asked)).toMatchObject({ allowed: true, told: '' });
  callers.close();
});

const readsOf = (name: string) => (seen: { readonly path: string }) => seen.path.endsWith(`/serviceaccounts/${name}`);

test('F2 an API server that takes 10 s is asked once about a service account for which 200 pods wait, and each is answered in time', async () => {
  const cluster = await startCluster();
  const replica = await startReady(cluster);
  const callers = new ApiServers(cluster);
  cluster.api.latencyMs = 10_000;
  const pods = Array.from({ length: 200 }, () =>
    callers.review({ port: replica.port, account: 'late', timeoutSeconds: 3 }),
  );
  const answers = await Promise.all(pods);
  expect(answers.filter(({ allowed, told }) => allowed && told.includes('not injected'))).toHaveLength(200);
  expect(cluster.api.requests.filter(readsOf('late'))).toHaveLength(1);
  callers.close();
});

test('F2 an API server that answers 429 is left alone between tries: hundreds of pods make a handful of reads, and it recovers', async () => {
  const cluster = await startCluster();
  const replica = await startReady(cluster);
  const callers = new ApiServers(cluster);
  cluster.api.fail({ status: 429, reason: 'TooManyRequests', retryAfter: 2 });
  cluster.api.dropConnections();
  const before = cluster.api.requests.length;
  const startedAt = performance.now();
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(
      Array.from({ length: 20 }, () => callers.review({ port: replica.port, account: 'throttled', timeoutSeconds: 2 })),
    );
  }
  const seconds = (performance.now() - startedAt) / 1000;
  expect(cluster.api.requests.filter(readsOf('throttled')).length).toBeLessThanOrEqual(1 + seconds / 2);
  // Three watches, each of which waits at least two seconds.
  expect(cluster.api.requests.length - before).toBeLessThanOrEqual(2 + 7 * (1 + seconds / 2));
  cluster.api.recover();
  cluster.putAccount('throttled');
  await until('it is injected', async () =>
    Boolean((await callers.review({ port: replica.port, account: 'throttled' })).patch),
  );
  callers.close();
});

test('F2 a hundred look-ups that hang do not hold up the watch, which comes back the moment it can', async () => {
  const cluster = await startCluster();
  cluster.putAccount('web', roleArn('before'));
  const replica = await startReady(cluster);
  const callers = new ApiServers(cluster);
  const isLookUp = ({ path }: { readonly path: string }) => path.includes('/serviceaccounts/unknown');
  cluster.api.fail('hang', { when: isLookUp });
  const pods = Array.from({ length: 100 }, (_, i) =>
    callers.review({ port: replica.port, account: `unknown-${i}`, timeoutSeconds: 5 }),
  );
  await until('they hang', () => cluster.api.requests.filter(isLookUp).length >= 32);
  const lost = new Set(cluster.api.streams);
  for (const stream of lost) stream.reset();
  cluster.putAccount('web', roleArn('after'));
  let areAnswered = false;
  const answered = Promise.all(pods).then((answers) => {
    areAnswered = true;
    return answers;
  });
  await until('it watches again', () =>
    [...cluster.api.streams].some((stream) => !lost.has(stream) && stream.path.endsWith('/serviceaccounts')),
  );
  expect(areAnswered).toBe(false);
  expect((await answered).filter(({ told }) => told.includes('not injected'))).toHaveLength(100);
  expect((await callers.review({ port: replica.port, account: 'web' })).patch).toContain(roleArn('after'));
  callers.close();
});
