import { describe, expect, test, vi } from 'vitest';
import { ApiServers, type Load, load } from './api-servers.ts';
import { type Cluster, startCluster, until } from './cluster.ts';
import { type Replica, startReady } from './replica.ts';

// Processes, and a machine that may be busy: patience costs nothing where all goes well.
vi.setConfig({ testTimeout: 240_000 });

/** A Service: calls go to its endpoints in turn, which change later than the replicas do. */
class Service {
  endpoints: readonly Replica[];

  constructor(endpoints: readonly Replica[]) {
    this.endpoints = endpoints;
  }

  port(turn: number): number {
    return this.endpoints[turn % this.endpoints.length]?.port ?? 0;
  }
}

async function setUp(args: readonly string[] = [], drainSeconds = 0) {
  const cluster = await startCluster();
  cluster.putAccount('web');
  cluster.putAccount('bad', 'no role at all');
  const options = { args, drainSeconds };
  const [first, second] = await Promise.all([startReady(cluster, options), startReady(cluster, options)]);
  return { cluster, options, first, second, service: new Service([first, second]) };
}

function createPods(cluster: Cluster, service: Service, account = 'web'): Load {
  return load(new ApiServers(cluster), {
    perSecond: 200,
    next: (turn) => ({ port: service.port(turn), account, fresh: turn % 10 === 0 }),
  });
}

const drainSeconds = 10;

test('F8 F29 a replica is drained amid 200 creates a second under Fail: unready at once, it serves on for 10 s with Connection: close, and no create fails', async () => {
  const { cluster, first, second, service } = await setUp([], drainSeconds);
  let isUnready = false;
  const afterwards = { closed: 0, kept: 0 };
  const calls = load(new ApiServers(cluster), {
    perSecond: 200,
    next: (turn) => ({ port: service.port(turn), account: 'web' }),
    onAnswer: ({ keepsAlive }, { port }) => {
      if (isUnready && port === first.port) afterwards[keepsAlive ? 'kept' : 'closed'] += 1;
    },
  });
  await calls.more(200);
  const askedAt = performance.now();
  first.kill('SIGTERM');
  await until('it is unready', async () => !(await first.isReady()));
  await calls.more(calls.inFlight() + 1);
  isUnready = true;
  // The API server goes on calling it for most of that time (kubernetes#127335).
  await until('most of the drain is over', () => performance.now() - askedAt > drainSeconds * 800);
  expect(afterwards.kept).toBe(0);
  expect(afterwards.closed).toBeGreaterThan(0);
  service.endpoints = [second];
  expect(await first.ended).toBe(0);
  expect(performance.now() - askedAt).toBeGreaterThan(drainSeconds * 1000);
  await calls.more(100);
  await calls.stop();
  expect(calls.failures).toEqual([]);
});

describe('F10 a rolling restart of both replicas amid creates that must be refused', () => {
  /** Each replica is replaced by one that takes its place once it is ready. */
  async function restart(all: Awaited<ReturnType<typeof setUp>>, signal: NodeJS.Signals): Promise<void> {
    const { cluster, options, service } = all;
    for (const old of [all.first, all.second]) {
      const next = await startReady(cluster, options);
      old.kill(signal);
      service.endpoints = [...service.endpoints.filter((endpoint) => endpoint !== old), next];
      await old.ended;
    }
  }

  test.each(['SIGTERM', 'SIGKILL'] as const)('F10 under Fail none passes, ended by %s', async (signal) => {
    const all = await setUp(['--on-refusal', 'deny', '--on-failure', 'deny'], 2);
    let passed = 0;
    const calls = load(new ApiServers(all.cluster), {
      perSecond: 200,
      next: (turn) => ({ port: all.service.port(turn), account: 'bad', fresh: turn % 10 === 0 }),
      onAnswer: ({ allowed }) => (passed += allowed ? 1 : 0),
    });
    await calls.more(100);
    await restart(all, signal);
    await calls.more(100);
    await calls.stop();
    expect(passed).toBe(0);
    if (signal === 'SIGTERM') expect(calls.failures).toEqual([]);
  });

  test('F10 with --on-failure warn each pod that passes unjudged, while the API server is away from a new replica, is counted and warned', async () => {
    const { cluster, first } = await setUp(['--on-refusal', 'deny', '--on-failure', 'warn']);
    await cluster.api.stop();
    const callers = new ApiServers(cluster);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => callers.review({ port: first.port, account: `unknown-${i}` })),
    );
    callers.close();
    expect(answers.filter(({ allowed, told }) => allowed && told.includes('not injected'))).toHaveLength(20);
    const failed = 'podiam_webhook_decisions_total{kind="Pod",outcome="failed"';
    expect(await first.metric(failed)).toBe(20);
    expect(await first.metric('podiam_webhook_refusals_total{code="admission-lookup-failed"}')).toBe(20);
  });
});

test('F29 one of two replicas is killed under load: only what it had in flight fails, and the other one goes on', async () => {
  const { cluster, first, second, service } = await setUp();
  const calls = createPods(cluster, service);
  await calls.more(200);
  const inFlight = calls.inFlight();
  service.endpoints = [second];
  first.kill('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');
  await calls.more(200);
  await calls.stop();
  expect(calls.failures.length).toBeLessThanOrEqual(inFlight);
  expect(calls.failures.filter(({ port }) => port !== first.port)).toEqual([]);
});
