import { expect, test, vi } from 'vitest';
import { ApiServers, load } from './api-servers.ts';
import { createClock } from './clocks.ts';
import { startCluster, until } from './cluster.ts';
import { startReady } from './replica.ts';

// Processes, and a machine that may be busy: patience costs nothing where all goes well.
vi.setConfig({ testTimeout: 240_000 });

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const certificatesIn = (pem: string) => pem.split('-----BEGIN CERTIFICATE-----').length - 1;

test('F19 two replicas 90 s apart agree on one certificate authority, and no call fails', async () => {
  const cluster = await startCluster();
  cluster.putAccount('web');
  const clock = await createClock(cluster, 90_000);
  const replicas = await Promise.all([startReady(cluster, { environment: clock.environment }), startReady(cluster)]);
  expect(certificatesIn(cluster.caBundle())).toBe(1);
  const calls = load(new ApiServers(cluster), {
    perSecond: 200,
    next: (turn) => ({ port: replicas[turn % 2]?.port ?? 0, account: 'web', fresh: turn % 5 === 0 }),
  });
  await calls.more(300);
  await calls.stop();
  expect(calls.failures).toEqual([]);
});

test.each([
  ['an hour ahead', hourMs],
  ['an hour back', -hourMs],
  ['400 days ahead', 400 * dayMs],
])(
  'F19 a replica whose clock jumps %s under load loses no call to another replica, and its time-outs stay what they are',
  async (_, wrongBy) => {
    const cluster = await startCluster();
    cluster.putAccount('web');
    const clock = await createClock(cluster);
    const jumping = await startReady(cluster, { environment: clock.environment });
    const steady = await startReady(cluster);
    const callers = new ApiServers(cluster);
    const calls = load(new ApiServers(cluster), {
      perSecond: 100,
      next: (turn) => ({ port: steady.port, account: 'web', fresh: turn % 5 === 0 }),
    });
    cluster.api.fail('hang', { when: ({ path }) => path.endsWith('/serviceaccounts/unknown') });
    const waiting = callers.review({ port: jumping.port, account: 'unknown', timeoutSeconds: 3 });
    await until('it waits for the API server', () =>
      cluster.api.requests.some(({ path }) => path.endsWith('/serviceaccounts/unknown')),
    );
    await clock.set([jumping], { wrongBy });
    // Answered by the monotonic clock: not at once, and before the caller gives up.
    const askedAt = performance.now();
    expect((await waiting).told).toContain('service account default/unknown');
    expect(performance.now() - askedAt).toBeGreaterThan(500);
    expect((await callers.review({ port: jumping.port, account: 'web' })).patch).toBeDefined();
    await calls.more(200);
    await calls.stop();
    expect(calls.failures).toEqual([]);
    expect(await steady.isReady()).toBe(true);
    callers.close();
  },
);
