import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import {
  loadInCluster,
  type ResourceChange,
  resourcePath,
  type WatchOptions,
  type WatchTrouble,
  watchResources,
} from '../../../src/io/kubernetes/index.ts';
import { type SeenRequest, statusObject } from './api-messages.ts';
import type { ApiServer, Fault, WatchStream } from './api-server.ts';
import {
  apiServer,
  certificates,
  clientOf,
  closeAll,
  folder,
  later,
  plainConnection,
  tlsFiles,
  until,
} from './surroundings.ts';

afterEach(closeAll);

const path = resourcePath({ version: 'v1', resource: 'serviceaccounts' });
const role = 'eks.amazonaws.com/role-arn';

/** Keeps the role of service accounts that have one, with intervals that tests have the time for. */
function watchRoles(
  api: ApiServer,
  { timeoutMs = 2000, ...options }: Partial<WatchOptions<string>> & { timeoutMs?: number } = {},
) {
  const client = options.client ?? clientOf(plainConnection(api), { timeoutMs, maxResponseBytes: 1_000_000 });
  const changes: ResourceChange<string>[] = [];
  const troubles: WatchTrouble[] = [];
  const watch = watchResources<string>({
    path,
    keep: ({ annotations }) => (typeof annotations[role] === 'string' ? annotations[role] : undefined),
    onChange: (change) => changes.push(change),
    onTrouble: (trouble) => troubles.push(trouble),
    backoff: { firstMs: 5, mostMs: 50 },
    ...options,
    client,
  });
  later(watch.close);
  const roleOf = (name: string) => {
    const found = watch.get('shop', name);
    return found.known ? (found.value ?? 'none') : 'unknown';
  };
  return { watch, changes, troubles, roleOf };
}

const put = (api: ApiServer, name: string, value?: string) =>
  api.putServiceAccount('shop', name, value === undefined ? undefined : { [role]: value });

const isWatch = ({ query }: SeenRequest) => query.get('watch') === 'true';
const isList = (request: SeenRequest) => !isWatch(request);
const lists = (api: ApiServer) => api.requests.filter(isList).length;

describe('a watch', () => {
  test('lists in pages, then follows: of most objects it knows only that they are there', async () => {
    const api = await apiServer();
    for (let i = 0; i < 25; i++) put(api, `plain-${i}`);
    put(api, 'web', 'role-1');
    const { watch, changes, roleOf } = watchRoles(api, { pageSize: 10 });
    await watch.synced;
    expect(lists(api)).toBe(3);
    expect([roleOf('web'), roleOf('plain-3'), roleOf('absent')]).toEqual(['role-1', 'none', 'unknown']);
    expect(watch.stats()).toMatchObject({ objects: 26, kept: 1, restarts: 0 });
    await until(() => api.streams.size === 1, 'the watch');
    const [stream] = api.streams;
    expect(Object.fromEntries(stream?.query ?? [])).toMatchObject({
      allowWatchBookmarks: 'true',
      resourceVersion: '1026',
    });
    put(api, 'new', 'role-2');
    put(api, 'web', 'role-3');
    put(api, 'plain-3', 'role-4');
    put(api, 'new');
    api.storage.remove('v1/serviceaccounts', 'shop', 'web');
    api.storage.remove('v1/serviceaccounts', 'shop', 'plain-4');
    await until(() => roleOf('plain-4') === 'unknown', 'the last event');
    expect([roleOf('web'), roleOf('plain-3'), roleOf('new')]).toEqual(['unknown', 'role-4', 'none']);
    expect(changes.map(({ name, value }) => `${name}: ${value ?? 'none'}`)).toEqual([
      'web: role-1',
      'new: role-2',
      'web: role-3',
      'plain-3: role-4',
      'new: none',
      'web: none',
    ]);
    expect(watch.stats().ageMs).toBeGreaterThanOrEqual(0);
  });

  test('asks for metadata alone, and for what the selectors pick', async () => {
    const api = await apiServer();
    put(api, 'web', 'role-1');
    put(api, 'other', 'role-2');
    const { watch, roleOf } = watchRoles(api, { fieldSelector: 'metadata.name=web' });
    await watch.synced;
    await until(() => api.streams.size === 1, 'the watch');
    put(api, 'other', 'role-3');
    put(api, 'web', 'role-4');
    await until(() => roleOf('web') === 'role-4', 'the event');
    expect(roleOf('other')).toBe('unknown');
    expect(api.requests.every(({ headers }) => headers.accept?.includes('as=PartialObjectMetadata'))).toBe(true);
  });

  test('that ends in good order goes on from the last bookmark, without a list and without a failure', async () => {
    const api = await apiServer({ bookmarkMs: 20 });
    put(api, 'web', 'role-1');
    const { watch, roleOf } = watchRoles(api, { watchSeconds: 1, random: () => 0 });
    await watch.synced;
    api.put('v1/pods', { metadata: { namespace: 'shop', name: 'moves-the-version' } });
    await until(() => api.requests.filter(isWatch).length >= 2, 'the second watch');
    put(api, 'new', 'role-2');
    await until(() => roleOf('new') === 'role-2', 'the event');
    const [first, second] = api.requests.filter(isWatch).map(({ query }) => Number(query.get('resourceVersion')));
    expect(second).toBeGreaterThan(first ?? Infinity);
    expect([lists(api), watch.stats().restarts]).toEqual([1, 0]);
  });

  test('is over when it is closed, whatever it is waiting for, and can still be asked', async () => {
    const api = await apiServer();
    put(api, 'web', 'role-1');
    const open = watchRoles(api);
    await open.watch.synced;
    await until(() => api.streams.size === 1, 'the watch');
    await open.watch.close();
    await until(() => api.streams.size === 0, 'the end of the watch');
    expect(open.roleOf('web')).toBe('role-1');
    api.fail('hang');
    await watchRoles(api).watch.close();
    api.recover();
    api.fail({ status: 500 });
    const waiting = watchRoles(api, { backoff: { firstMs: 1_000_000, mostMs: 1_000_000 } });
    await until(() => waiting.troubles.length === 1, 'the failure');
    await waiting.watch.close();
  });

  test('an object that keep or onChange stumbles over is known at least by name, and all others are as ever', async () => {
    const api = await apiServer();
    put(api, 'bad', 'role-1');
    put(api, 'web', 'role-2');
    const keep: WatchOptions<string>['keep'] = ({ name }) => {
      if (name === 'bad') throw new Error('keep stumbles');
      return name;
    };
    const onChange = () => {
      throw new Error('onChange stumbles');
    };
    const { watch, troubles, roleOf } = watchRoles(api, { keep, onChange });
    await watch.synced;
    expect([roleOf('bad'), roleOf('web')]).toEqual(['none', 'web']);
    expect(troubles.map(({ error }) => error.message)).toEqual(['keep stumbles', 'onChange stumbles']);
    expect(watch.stats().restarts).toBe(0);
  });
});

describe('F1 the API server is gone', () => {
  test('F1 what is cached still serves, its age grows, and after the return it is right within moments', async () => {
    const api = await apiServer();
    put(api, 'web', 'role-1');
    put(api, 'plain');
    const { watch, roleOf, troubles } = watchRoles(api);
    await watch.synced;
    await api.stop();
    await until(() => troubles.length >= 8, 'failures');
    expect([roleOf('web'), roleOf('plain')]).toEqual(['role-1', 'none']);
    const age = watch.stats().ageMs ?? 0;
    await sleep(20);
    expect(watch.stats().ageMs).toBeGreaterThan(age);
    put(api, 'web', 'role-2');
    put(api, 'new', 'role-3');
    api.storage.remove('v1/serviceaccounts', 'shop', 'plain');
    await api.start();
    await until(() => roleOf('new') === 'role-3', 'the new service account');
    await until(() => roleOf('plain') === 'unknown', 'the removed service account');
    expect(roleOf('web')).toBe('role-2');
  });

  test('F1 gone from the start: nothing is known until it comes, and then all', async () => {
    const api = await apiServer();
    put(api, 'web', 'role-1');
    await api.stop();
    const { watch, roleOf, troubles } = watchRoles(api);
    await until(() => troubles.length >= 3, 'failures');
    expect(roleOf('web')).toBe('unknown');
    expect(watch.stats()).toMatchObject({ objects: 0, ageMs: undefined });
    await api.start();
    await watch.synced;
    expect(roleOf('web')).toBe('role-1');
  });
});

describe('F2 the API server struggles', () => {
  test('F2 the waits between tries grow, differ by chance, and are never shorter than Retry-After', async () => {
    const api = await apiServer();
    const waits: number[] = [];
    const clock = {
      now: () => performance.now(),
      sleep: (milliseconds: number) => {
        waits.push(milliseconds);
        if (waits.length === 4) {
          api.recover();
          api.fail({ status: 429, reason: 'TooManyRequests', retryAfter: 7 }, { times: 1 });
        }
        return Promise.resolve();
      },
    };
    api.fail({ status: 500 });
    const backoff = { firstMs: 100, mostMs: 500, mostAskedMs: 30_000 };
    const { watch } = watchRoles(api, { clock, backoff, random: () => 0.5 });
    await watch.synced;
    expect(waits).toEqual([75, 150, 300, 375, 7875]);
  });

  test.each<[string, Fault]>([
    ['500', { status: 500 }],
    ['429', { status: 429, reason: 'TooManyRequests' }],
    ['403', { status: 403, reason: 'Forbidden' }],
    ['a reset', 'reset'],
    ['half an answer', 'half'],
    ['silence', 'hang'],
    ['no JSON', { body: 'no' }],
    ['a list without metadata', { body: '{"items":[]}' }],
    ['a list of anything', { body: '{"metadata":{"resourceVersion":"1"},"items":[{"a":1}]}' }],
    ['a list without version', { body: '{"metadata":{},"items":[]}' }],
    ['A21 a list whose bytes never end', 'flood'],
    ['A21 a list whose pages never end', 'endless-pages'],
    ['A21 pages without objects', { body: '{"metadata":{"resourceVersion":"1","continue":"x"},"items":[]}' }],
  ])('F2 %s: lists and watches fail, the cache stays as it is, and goes on', async (_, fault) => {
    const api = await apiServer();
    put(api, 'web', 'role-1');
    const { watch, roleOf, troubles } = watchRoles(api, { timeoutMs: 200, mostObjects: 2000 });
    await watch.synced;
    await until(() => api.streams.size === 1, 'the watch');
    api.fail(fault);
    for (const stream of api.streams) stream.raw('garbage\n');
    await until(() => watch.stats().restarts >= 4, 'failures');
    expect(troubles.length).toBeGreaterThan(0);
    expect(roleOf('web')).toBe('role-1');
    put(api, 'new', 'role-2');
    api.recover();
    await until(() => roleOf('new') === 'role-2', 'the new service account');
    await until(() => watch.stats().objects === 2, 'what an endless list brought is gone');
  });
});

describe('F3 the watch goes wrong', () => {
  const each = (tell: (stream: WatchStream) => void) => (api: ApiServer) => {
    for (const stream of api.streams) tell(stream);
  };
  const faults: [string, (api: ApiServer) => void][] = [
    ['is reset', (api) => api.dropConnections()],
    [
      'is cut in the middle of a line',
      (api) => {
        for (const stream of api.streams) {
          stream.raw('{"type":"ADDED","object":{"metadata":{"na');
          setImmediate(stream.reset);
        }
      },
    ],
    [
      'ends in good order in the middle of a line',
      (api) => {
        for (const stream of api.streams) {
          stream.raw('{"type":"ADDED","obj');
          stream.end();
        }
      },
    ],
    ['carries a 410', each(({ event }) => event('ERROR', statusObject(410, 'Expired')))],
    ['carries another error', each(({ event }) => event('ERROR', statusObject(500, 'Internal')))],
    [
      'finds its version forgotten',
      (api) => {
        api.storage.compact();
        api.dropConnections();
      },
    ],
    ['carries no JSON', each(({ raw }) => raw('garbage\n'))],
    ['carries an unknown type', each(({ event }) => event('MOVED', { metadata: { name: 'x' } }))],
    ['carries an object without a name', each(({ event }) => event('ADDED', { metadata: {} }))],
    ['carries no object', each(({ raw }) => raw('[1]\n{}\n'))],
    ['A21 carries a line without end', each(({ raw }) => raw('x'.repeat(200_000)))],
    [
      'goes silent without being closed',
      (api) => {
        for (const stream of api.streams) stream.silent = true;
      },
    ],
    ['ends as soon as it begins', each(({ end }) => end())],
  ];

  test.each(faults)('F3 that %s is taken up again, and a new service account is seen', async (_, goWrong) => {
    const api = await apiServer({ bookmarkMs: 50 });
    put(api, 'web', 'role-1');
    put(api, 'old');
    const { watch, roleOf, troubles } = watchRoles(api, { idleMs: 500, longestEvent: 100_000 });
    await watch.synced;
    await until(() => api.streams.size === 1, 'the watch');
    goWrong(api);
    put(api, 'new', 'role-2');
    api.storage.remove('v1/serviceaccounts', 'shop', 'old');
    await until(() => roleOf('new') === 'role-2' && roleOf('old') === 'unknown', 'what changed meanwhile');
    await until(() => troubles.length > 0, 'the failure');
    expect(roleOf('web')).toBe('role-1');
  });

  test('F3 a silent watch is taken up from where it stood, without a list', async () => {
    const api = await apiServer({ bookmarkMs: 20 });
    put(api, 'web', 'role-1');
    const { watch, roleOf, troubles } = watchRoles(api, { idleMs: 300 });
    await watch.synced;
    await until(() => api.streams.size === 1, 'the watch');
    put(api, 'moves-the-version');
    await until(() => roleOf('moves-the-version') === 'none', 'the event');
    for (const stream of api.streams) stream.silent = true;
    put(api, 'web', 'role-2');
    await until(() => roleOf('web') === 'role-2', 'what changed meanwhile');
    expect(troubles.length).toBe(1);
    expect(lists(api)).toBe(1);
    expect(api.requests.filter(isWatch).map(({ query }) => query.get('resourceVersion'))).toEqual(['1001', '1002']);
  });

  test('F3 a server that is silent again from the same version is asked for a list', async () => {
    const api = await apiServer({ bookmarkMs: 60_000 });
    put(api, 'web', 'role-1');
    const { watch, roleOf } = watchRoles(api, { idleMs: 200 });
    await watch.synced;
    await until(() => lists(api) >= 3, 'lists');
    expect(api.requests.filter(isWatch).length).toBeGreaterThanOrEqual(4);
    expect(roleOf('web')).toBe('role-1');
  });

  test('F3 an expired continue token begins the list anew, with larger pages', async () => {
    const api = await apiServer();
    for (let i = 0; i < 30; i++) put(api, `n${i}`);
    let pages = 0;
    api.fail(
      { status: 410, reason: 'Expired' },
      { times: 1, when: ({ query }) => query.has('continue') && ++pages === 1 },
    );
    const { watch } = watchRoles(api, { pageSize: 10 });
    await watch.synced;
    expect(watch.stats()).toMatchObject({ objects: 30, restarts: 0 });
    expect(api.requests.filter(isList).map(({ query }) => query.get('limit'))).toEqual(['10', '10', '40']);
  });

  test('F3 a server that lost the version in its restore is listed anew, though it never says so', async () => {
    const api = await apiServer();
    put(api, 'web', 'role-1');
    const { watch, roleOf } = watchRoles(api);
    await watch.synced;
    await until(() => api.streams.size === 1, 'the watch');
    api.fail({ status: 504, reason: 'Timeout' }, { when: ({ query }) => query.get('resourceVersion') === '1001' });
    put(api, 'new', 'role-2');
    await until(() => roleOf('new') === 'role-2', 'the event');
    api.fail({ status: 504, reason: 'Timeout' }, { when: ({ query }) => query.get('resourceVersion') === '1002' });
    api.dropConnections();
    await sleep(10);
    put(api, 'newer', 'role-3');
    await until(() => roleOf('newer') === 'role-3', 'the list');
  });

  test('F3 100 faults in a row leave one watch, few sockets and a cache that is right', async () => {
    const api = await apiServer({ bookmarkMs: 50 });
    for (let i = 0; i < 50; i++) put(api, `plain-${i}`);
    const { watch, roleOf } = watchRoles(api, { idleMs: 300, longestEvent: 100_000 });
    await watch.synced;
    for (let i = 0; i < 100; i++) {
      await until(() => api.streams.size === 1, 'the watch');
      faults[i % faults.length]?.[1](api);
      put(api, 'web', `role-${i}`);
      await until(() => roleOf('web') === `role-${i}`, `the event after ${faults[i % faults.length]?.[0]}`);
    }
    await until(() => api.streams.size === 1, 'the watch');
    expect(api.sockets.size).toBeLessThanOrEqual(4);
    expect(watch.stats()).toMatchObject({ objects: 51, kept: 1 });
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThan(20);
  });

  test('F3 token and CA are rotated under it: it goes on with the new ones', async () => {
    const first = await certificates();
    const api = await apiServer({ tls: tlsFiles(first), tokens: ['token-1'] });
    const mounted = await folder({ token: 'token-1', 'ca.crt': first.caCertificate });
    const connection = await loadInCluster({ host: '127.0.0.1', port: String(api.port), folder: mounted });
    put(api, 'web', 'role-1');
    const { watch, roleOf } = watchRoles(api, { client: clientOf(connection) });
    await watch.synced;
    const second = await certificates();
    api.setTls(tlsFiles(second));
    api.tokens = new Set(['token-2']);
    api.dropConnections();
    await until(() => watch.stats().restarts >= 2, 'failures');
    await writeFile(join(mounted, 'ca.crt'), second.caCertificate);
    await writeFile(join(mounted, 'token'), 'token-2');
    put(api, 'new', 'role-2');
    await until(() => roleOf('new') === 'role-2', 'the event');
  });
});

describe('F4 a relist', () => {
  test('F4 of 10,000 that fails again and again never empties the cache, and takes away only what is gone', async () => {
    const api = await apiServer();
    for (let i = 0; i < 10_000; i++) put(api, `n${i}`, i % 50 === 0 ? `role-${i}` : undefined);
    const { watch, roleOf, changes } = watchRoles(api);
    await watch.synced;
    expect(watch.stats()).toMatchObject({ objects: 10_000, kept: 200 });
    let page = 0;
    api.fail('reset', { when: (request) => isList(request) && ++page % 7 === 0, times: 5 });
    for (const stream of api.streams) stream.silent = true;
    api.storage.remove('v1/serviceaccounts', 'shop', 'n0');
    api.storage.remove('v1/serviceaccounts', 'shop', 'n1');
    put(api, 'n50', 'role-new');
    const told = changes.length;
    for (const stream of api.streams) stream.raw('garbage\n');
    let least = Infinity;
    await until(() => {
      least = Math.min(least, watch.stats().objects);
      return roleOf('n0') === 'unknown';
    }, 'the relist');
    expect(least).toBeGreaterThanOrEqual(9998);
    expect([roleOf('n1'), roleOf('n50'), roleOf('n9999')]).toEqual(['unknown', 'role-new', 'none']);
    expect(watch.stats()).toMatchObject({ objects: 9998, kept: 199 });
    expect(changes.slice(told).filter(({ name }) => name === 'n0')).toHaveLength(1);
  });
});
