// Root keys as replicas remember them: what one takes away opens nothing at the others, whatever those have heard.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Registry } from '../../../src/io/sql/index.ts';
import { until, useReplicas } from './postgres-replicas.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { startProxy } from './proxy.ts';
import { account, noon, openAccounts, rootKey } from './records.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ fsync: 'off', synchronous_commit: 'off' });
});

afterAll(() => server.remove());

describe('a root key that every replica remembers', () => {
  const open = useReplicas();
  const { accessKeyId } = rootKey;

  test.each<[string, (registry: Registry) => Promise<unknown>]>([
    ['removed', (registry) => registry.account(account.id).rootKeys.remove(accessKeyId)],
    ['made inactive', (registry) => registry.account(account.id).rootKeys.setStatus(accessKeyId, 'inactive')],
    ['of an account that is closed', (registry) => registry.accounts.close(account.id, noon)],
  ])('A7 opens nothing within two seconds after it was %s at one of them', async (_, takeAway) => {
    const url = await server.newSchema();
    const [one, two] = await Promise.all([open(url), open(url)]);
    await openAccounts(one);
    await Promise.all([one.changes.refresh(), two.changes.refresh()]);
    const remembered = await two.findRootKey(accessKeyId);
    expect(remembered).toMatchObject({ accountId: account.id });
    expect(await two.findRootKey(accessKeyId)).toBe(remembered);
    expect(await takeAway(one)).toBeUndefined();
    expect(await one.findRootKey(accessKeyId)).toBeUndefined();
    await expect.poll(() => two.findRootKey(accessKeyId), { timeout: 2000, interval: 20 }).toBeUndefined();
  });

  test('A7 is looked up again, or refused, where a replica has heard nothing for two seconds', async () => {
    const url = await server.newSchema();
    const one = await open(url);
    await openAccounts(one);
    const proxy = await startProxy(server.port);
    const through = url.replace(`:${server.port}/`, `:${proxy.port}/`);
    const two = await open(through, { queryTimeoutMs: 300, connectTimeoutMs: 300, pollMs: 50 });
    await two.changes.refresh();
    const remembered = await two.findRootKey(accessKeyId);
    proxy.silence();
    expect(await one.account(account.id).rootKeys.remove(accessKeyId)).toBeUndefined();
    expect(await two.findRootKey(accessKeyId)).toBe(remembered);
    await until(() => two.changes.staleness() > 2000);
    await expect(two.findRootKey(accessKeyId)).rejects.toMatchObject({ refusal: { code: 'registry-unavailable' } });
    proxy.heal();
    await until(() => two.changes.staleness() < 300);
    expect(await two.findRootKey(accessKeyId)).toBeUndefined();
    await two.close();
    await proxy.close();
  });
});
