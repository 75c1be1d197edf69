import { readdirSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { statusObject } from '../../io/kubernetes/api-messages.ts';
import type { ApiServer, Fault } from '../../io/kubernetes/api-server.ts';
import { ApiServers, load } from './api-servers.ts';
import { type Cluster, roleArn, startCluster, until } from './cluster.ts';
import { type Replica, startReady } from './replica.ts';
import { report } from './report.ts';

// Processes, and a machine that may be busy: patience costs nothing where all goes well.
vi.setConfig({ testTimeout: 240_000 });

type Misbehave = (api: ApiServer) => void;

const broken = (goWrong: (stream: ApiServer['streams'] extends Set<infer Stream> ? Stream : never) => void) =>
  ((api) => {
    for (const stream of api.streams) goWrong(stream);
  }) satisfies Misbehave;

const answers =
  (fault: Fault): Misbehave =>
  (api) => {
    api.fail(fault);
    api.dropConnections();
  };

/** Each lasts until the API server recovers; some are over at once. */
const faults: readonly (readonly [string, Misbehave])[] = [
  ['is reset', (api) => api.dropConnections()],
  ['is cut in the middle of a line', broken(({ raw, reset }) => (raw('{"type":"ADDED","obj'), setImmediate(reset)))],
  ['carries a 410', broken(({ event }) => event('ERROR', statusObject(410, 'Expired')))],
  [
    'finds its version forgotten',
    (api) => {
      api.storage.compact();
      api.dropConnections();
    },
  ],
  ['carries a garbage event', broken(({ raw }) => raw('garbage\n'))],
  ['ends as soon as it begins', broken(({ end }) => end())],
  ['meets 500', answers({ status: 500 })],
  ['meets 429', answers({ status: 429, reason: 'TooManyRequests', retryAfter: 1 })],
  ['meets 401', answers({ status: 401, reason: 'Unauthorized' })],
  ['meets half an answer', answers('half')],
  ['meets an API server that resets every connection', answers('reset')],
  ['meets a list whose pages never end', answers('endless-pages')],
];

interface Chaos {
  readonly cluster: Cluster;
  readonly replica: Replica;
  readonly callers: ApiServers;
  /** Whether the watch has brought this: asked without a live read, which would answer as well. */
  readonly isInjectedAs: (account: string, role: string) => Promise<boolean>;
}

async function setUp(): Promise<Chaos> {
  const cluster = await startCluster();
  cluster.putAccount('web', roleArn('before'));
  const replica = await startReady(cluster);
  const callers = new ApiServers(cluster);
  const isInjectedAs = async (account: string, role: string) =>
    Boolean((await callers.review({ port: replica.port, account })).patch?.includes(roleArn(role)));
  return { cluster, replica, callers, isInjectedAs };
}

const openFiles = ({ pid }: Replica) => readdirSync(`/proc/${pid}/fd`).length;

describe('F3 a service-account watch', () => {
  test.each(faults)(
    'F3 a watch that %s is resumed without a restart, and what changed meanwhile is injected',
    async (_, goWrong) => {
      const { cluster, replica, callers, isInjectedAs } = await setUp();
      await until('it watches', () => cluster.api.streams.size >= 3);
      goWrong(cluster.api);
      cluster.putAccount('web', roleArn('after'));
      cluster.putAccount('new');
      await until('the watch is taken up again', async () => {
        // What is over at once goes wrong again, as long as nothing has come of it.
        goWrong(cluster.api);
        const restarts = await replica.metric('podiam_webhook_watch_restarts_total{resource="serviceaccounts"}');
        return (restarts ?? 0) > 0;
      });
      expect(await replica.isReady()).toBe(true);
      cluster.api.recover();
      await until('the change is seen', () => isInjectedAs('web', 'after'));
      expect(await isInjectedAs('new', 'new')).toBe(true);
      callers.close();
    },
  );

  test('F3 token and CA of the API server are rotated: the webhook follows once its files do, without a restart', async () => {
    const { cluster, callers, isInjectedAs } = await setUp();
    const { tellWebhook } = await cluster.rotateApiServer();
    cluster.putAccount('web', roleArn('after'));
    expect(await isInjectedAs('web', 'before')).toBe(true);
    await tellWebhook();
    await until('the change is seen', () => isInjectedAs('web', 'after'));
    callers.close();
  });

  test('F3 faults one after the other leave memory and sockets of the process flat, and every change is seen', async () => {
    const { cluster, replica, callers, isInjectedAs } = await setUp();
    const brief = faults.slice(0, 6);
    const memory: number[] = [];
    const files: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      await until('it watches', () => cluster.api.streams.size >= 3);
      brief[round % brief.length]?.[1](cluster.api);
      cluster.putAccount('web', roleArn(`role-${round}`));
      await until('the change is seen', () => isInjectedAs('web', `role-${round}`));
      memory.push((await replica.metric('process_resident_memory_bytes')) ?? NaN);
      files.push(openFiles(replica));
    }
    const mib = (index: number) => Math.round((memory.at(index) ?? NaN) / 1024 / 1024);
    report(`F3: ${mib(0)} MiB after the first fault, ${mib(5)} after six, ${mib(-1)} after twelve`);
    expect(mib(-1) - mib(5)).toBeLessThan(20);
    expect(Math.max(...files)).toBeLessThan((files[0] ?? NaN) + 20);
    expect(cluster.api.sockets.size).toBeLessThanOrEqual(16);
    callers.close();
  });
});

test('F4 relists of 10,000 service accounts under load, half of which fail, never empty the cache, and no call fails', async () => {
  const cluster = await startCluster();
  for (let i = 0; i < 10_000; i += 1) cluster.putAccount(`account-${i}`, i % 50 === 0 ? roleArn('one') : null);
  const replica = await startReady(cluster);
  let missed = 0;
  const calls = load(new ApiServers(cluster), {
    perSecond: 100,
    next: (turn) => ({ port: replica.port, account: `account-${(turn * 50) % 10_000}` }),
    onAnswer: ({ patch }) => (missed += patch === undefined ? 1 : 0),
  });
  await calls.more(200);
  let pages = 0;
  const isPage = ({ query, path }: { query: URLSearchParams; path: string }) =>
    path.endsWith('/serviceaccounts') && query.get('watch') !== 'true';
  const fewest: number[] = [];
  for (let relist = 0; relist < 2; relist += 1) {
    const isFailing = relist % 2 === 0;
    if (isFailing) cluster.api.fail('half', { when: (seen) => isPage(seen) && ++pages % 7 === 0, times: 1 });
    cluster.api.storage.compact();
    const { version } = cluster.api.storage;
    cluster.api.dropConnections();
    await until('all is listed anew, and watched from there', async () => {
      fewest.push((await replica.metric('podiam_webhook_cache_objects')) ?? NaN);
      return [...cluster.api.streams].some((stream) => Number(stream.query.get('resourceVersion')) >= version);
    });
    fewest.push((await replica.metric('podiam_webhook_cache_objects')) ?? NaN);
  }
  await calls.more(200);
  await calls.stop();
  expect(calls.failures).toEqual([]);
  expect(missed).toBe(0);
  expect(Math.min(...fewest)).toBe(10_000);
});
