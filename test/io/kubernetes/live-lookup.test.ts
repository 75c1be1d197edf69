import { afterEach, describe, expect, test } from 'vitest';
import {
  createFindLive,
  type LiveLookupOptions,
  type Lookup,
  resourcePath,
  type WatchedObject,
  watchResources,
} from '../../../src/io/kubernetes/index.ts';
import type { Fault } from './api-server.ts';
import { apiServer, clientOf, closeAll, later, plainConnection, refusalOf, until } from './surroundings.ts';

afterEach(closeAll);

const pathOf = (namespace: string, name: string) =>
  resourcePath({ version: 'v1', resource: 'serviceaccounts', namespace, name });
const keep = ({ annotations }: WatchedObject) =>
  typeof annotations['role'] === 'string' ? annotations['role'] : undefined;
const patience = 20_000;

async function lookup(options: Partial<LiveLookupOptions<string>> = {}) {
  const api = await apiServer();
  const client = clientOf(plainConnection(api));
  let time = 0;
  const findLive = createFindLive<string>({
    client,
    cache: { get: () => ({ known: false }) },
    pathOf,
    keep,
    now: () => time,
    random: () => 0.5,
    ...options,
  });
  const find = (name: string, patienceMs = patience) => findLive('shop', name, patienceMs);
  const wait = (milliseconds: number) => {
    time += milliseconds;
  };
  return { api, client, find, wait };
}

describe('a service account that the cache does not know', () => {
  test('is read from the API server, and its metadata alone', async () => {
    const { api, find } = await lookup();
    api.putServiceAccount('shop', 'web', { role: 'role-1' });
    api.putServiceAccount('shop', 'plain');
    expect(await find('web')).toEqual({ known: true, value: 'role-1' });
    expect(await find('plain')).toEqual({ known: true, value: undefined });
    expect(api.requests[0]?.headers.accept).toContain('as=PartialObjectMetadata;');
  });

  test.each([2 ** 31, 59_999_940_000, Infinity])('F2 is waited for as long as %d ms are given for it', async (ms) => {
    const { api, find } = await lookup();
    api.latencyMs = 50;
    api.putServiceAccount('shop', 'web', { role: 'role-1' });
    expect(await find('web', ms)).toEqual({ known: true, value: 'role-1' });
  });

  test('F2 is read once, however many ask', async () => {
    const { api, find } = await lookup();
    api.latencyMs = 50;
    api.putServiceAccount('shop', 'web', { role: 'role-1' });
    const found = await Promise.all(Array.from({ length: 100 }, () => find('web')));
    expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"known":true,"value":"role-1"}']));
    expect(api.requests).toHaveLength(1);
  });

  test('is remembered for a moment, there or not', async () => {
    const { api, find, wait } = await lookup({ rememberMs: 1000 });
    expect(await find('web')).toEqual({ known: false });
    api.putServiceAccount('shop', 'web', { role: 'role-1' });
    wait(999);
    expect(await find('web')).toEqual({ known: false });
    wait(1);
    expect(await find('web')).toEqual({ known: true, value: 'role-1' });
    await find('web');
    expect(api.requests).toHaveLength(2);
  });

  test('is not absent any more once the watch has brought it', async () => {
    const api = await apiServer();
    const client = clientOf(plainConnection(api));
    const path = resourcePath({ version: 'v1', resource: 'serviceaccounts' });
    const watch = watchResources<string>({ client, path, keep });
    later(watch.close);
    await watch.synced;
    const findLive = createFindLive<string>({ client, cache: watch, pathOf, keep, rememberMs: 1_000_000 });
    expect(await findLive('shop', 'web', patience)).toEqual({ known: false });
    api.putServiceAccount('shop', 'web', { role: 'role-1' });
    await until(() => watch.get('shop', 'web').known, 'the event');
    expect(await findLive('shop', 'web', patience)).toEqual({ known: true, value: 'role-1' });
    expect(api.requests.filter(({ path }) => path.endsWith('/web'))).toHaveLength(1);
  });

  test('what the watch brought while it was read counts', async () => {
    let asked = 0;
    const get = (): Lookup<string> => (++asked === 1 ? { known: false } : { known: true, value: 'newer' });
    const { api, find } = await lookup({ cache: { get } });
    api.putServiceAccount('shop', 'web', { role: 'role-1' });
    expect(await find('web')).toEqual({ known: true, value: 'newer' });
  });
});

describe('F1 F2 an API server that does not answer', () => {
  test('F1 costs each caller no more than its patience, and its answer serves those who still wait', async () => {
    const { api, find } = await lookup();
    api.latencyMs = 500;
    api.putServiceAccount('shop', 'web', { role: 'role-1' });
    const [hasty, patient] = await Promise.all([refusalOf(find('web', 20)), find('web')]);
    expect(hasty).toBe('kubernetes-too-slow');
    expect(patient).toEqual({ known: true, value: 'role-1' });
    expect(api.requests).toHaveLength(1);
  });

  test('F1 is given up after a while, whoever waits', async () => {
    const { api, find } = await lookup({ timeoutMs: 100 });
    api.fail('hang');
    expect(await refusalOf(find('web'))).toBe('kubernetes-too-slow');
  });

  test.each<[string, Fault, unknown, number]>([
    ['500', { status: 500 }, 'kubernetes-refused', 375],
    ['429 with Retry-After', { status: 429, retryAfter: 2 }, 'kubernetes-refused', 2250],
    ['429 with Retry-After of an hour', { status: 429, retryAfter: 3600 }, 'kubernetes-refused', 5625],
    ['a reset', 'reset', 'kubernetes-unreachable', 375],
    [
      'another object',
      { body: '{"metadata":{"name":"other","namespace":"shop"}}' },
      'kubernetes-answer-malformed',
      375,
    ],
    ['a 404 that is not the API server’s word', { status: 404, reason: 'Unknown' }, 'kubernetes-refused', 375],
  ])(
    'F2 %s is no absence: it is told to all who ask, and not asked again for a pause',
    async (_, fault, code, pause) => {
      const { api, find, wait } = await lookup({ pauseMs: 500 });
      api.putServiceAccount('shop', 'web', { role: 'role-1' });
      api.fail(fault, { times: 1 });
      expect(await refusalOf(find('web'))).toBe(code);
      wait(pause - 1);
      expect(await refusalOf(find('web'))).toBe(code);
      expect(api.requests).toHaveLength(1);
      wait(1);
      expect(await find('web')).toEqual({ known: true, value: 'role-1' });
    },
  );

  test('A21 a flood of names ends at a bound', async () => {
    const { api, find } = await lookup({ mostInFlight: 10 });
    api.latencyMs = 50;
    const asked = await Promise.all(Array.from({ length: 50 }, (_, i) => refusalOf(find(`n${i}`))));
    expect(asked.filter((outcome) => outcome === 'kubernetes-lookups-exhausted')).toHaveLength(40);
    expect(api.requests).toHaveLength(10);
    expect(await find('n0')).toEqual({ known: false });
  });

  test('A18 a name that would lead elsewhere is asked of nobody', async () => {
    const { api, find } = await lookup();
    expect(await refusalOf(find('../secrets/x'))).toBe('kubernetes-call-malformed');
    expect(api.requests).toHaveLength(0);
  });
});
