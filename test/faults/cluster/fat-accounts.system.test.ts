import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ApiServers } from './api-servers.ts';
import { roleArn, startCluster, until } from './cluster.ts';
import { startReplica } from './replica.ts';
import { report } from './report.ts';

const kib = 1024;
/** As the image has it, and as Node.js derives it from a container’s 256 MiB: half of them for the heap. */
const inContainer = { NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=128' };
const roleKey = 'podiam.dev/role-arn';
const long = 'x'.repeat(250 * kib);

/** What somebody with the right to create service accounts can write into one. */
const annotations: readonly Readonly<Record<string, string>>[] = [
  { note: long },
  { 'podiam.dev/note': long },
  { [roleKey]: roleArn(long) },
  { 'podiam.dev/audience': long, [`${roleKey}.app`]: long },
  Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`${roleKey}.c${n}`, roleArn(`r${n}`)])),
];

async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test('A21 2,000 service accounts as large as they can be, in one namespace: the replica becomes ready, knows all, stays below 256 MiB and refuses their roles', {
  timeout: 300_000,
}, async () => {
  const cluster = await startCluster();
  for (let n = 0; n < 2000; n++) {
    cluster.api.putServiceAccount('default', `fat-${n}`, annotations[n % annotations.length]);
  }
  cluster.putAccount('web');
  const replica = await startReplica(cluster, { environment: inContainer });
  // Half a GB to read, on a machine that may be busy.
  await expect.poll(replica.isReady, { timeout: 240_000, interval: 100 }).toBe(true);
  const callers = new ApiServers(cluster);
  const review = (account: string) => callers.review({ port: replica.port, account });
  expect(await replica.metric('podiam_webhook_cache_objects')).toBeGreaterThan(2000);
  expect((await review('web')).patch).toContain(roleArn('web'));
  for (const account of ['fat-2', 'fat-4']) {
    const { patch, told } = await review(account);
    expect({ account, patch }).toEqual({ account, patch: undefined });
    expect(told).toContain('not injected: The value ‘arn:');
  }
  expect((await review('fat-1')).told).toBe('');

  for (let n = 0; n < 100; n++) cluster.api.putServiceAccount('default', `fat-${n}`, { note: `${n}${long}` });
  cluster.putAccount('late');
  await until('it watches on', async () => (await review('late')).patch?.includes(roleArn('late')) === true);
  const peak = await peakMiB(replica.pid);
  report(`a peak of ${Math.round(peak)} MiB`);
  expect(peak).toBeLessThan(256);
  callers.close();
});
