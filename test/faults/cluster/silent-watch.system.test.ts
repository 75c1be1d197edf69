import { expect, test } from 'vitest';
import { ApiServers } from './api-servers.ts';
import { roleArn, startCluster, until } from './cluster.ts';
import { startReady } from './replica.ts';

test('F3 a watch that goes silent without being closed is given up: new pods are injected all along, and what changed is seen', {
  timeout: 300_000,
}, async () => {
  const cluster = await startCluster();
  cluster.putAccount('web', roleArn('before'));
  const replica = await startReady(cluster);
  const callers = new ApiServers(cluster);
  const asked = { port: replica.port };
  await until('it watches', () => cluster.api.streams.size >= 3);
  for (const stream of cluster.api.streams) stream.silent = true;
  cluster.putAccount('web', roleArn('after'));
  cluster.putAccount('new');
  expect((await callers.review({ ...asked, account: 'new' })).patch).toContain(roleArn('new'));
  expect((await callers.review({ ...asked, account: 'web' })).patch).toContain(roleArn('before'));
  let oldest = 0;
  for (let patience = 0; patience < 3; patience += 1) {
    const isSeen = async () => {
      oldest = Math.max(oldest, (await replica.metric('podiam_webhook_cache_age_seconds')) ?? 0);
      return Boolean((await callers.review({ ...asked, account: 'web' })).patch?.includes(roleArn('after')));
    };
    const waited = await until('the change is seen', isSeen).catch(() => 'not yet');
    if (waited !== 'not yet') break;
  }
  expect((await callers.review({ ...asked, account: 'web' })).patch).toContain(roleArn('after'));
  expect(oldest).toBeGreaterThan(60);
  expect(await replica.isReady()).toBe(true);
  callers.close();
});
