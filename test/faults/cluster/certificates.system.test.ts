import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { issueLeaf, makeAuthority } from '../../../src/io/tls/index.ts';
import { ApiServers, type Load, load } from './api-servers.ts';
import { createClock } from './clocks.ts';
import { type Cluster, startCluster, until } from './cluster.ts';
import { type Replica, startReady } from './replica.ts';

// Processes, and a machine that may be busy: patience costs nothing where all goes well.
vi.setConfig({ testTimeout: 240_000 });

const dayMs = 86_400_000;
const minuteMs = 60_000;
const service = 'podiam-webhook.podiam-system.svc';
const names = {
  commonName: 'podiam-webhook',
  dnsNames: [service, `${service}.cluster.local`, 'podiam-webhook.podiam-system', 'localhost'],
  ipAddresses: ['127.0.0.1'],
};

/** Calls to all of them in turn, some on new connections, all of whom trust the caBundle of the moment. */
function callAll(cluster: Cluster, replicas: readonly Replica[], perSecond: number): Load {
  return load(new ApiServers(cluster), {
    perSecond,
    next: (turn) => ({
      port: replicas[turn % replicas.length]?.port ?? 0,
      account: 'web',
      fresh: turn % 20 < replicas.length,
    }),
  });
}

const certificatesIn = (pem: string | undefined) => (pem ?? '').split('-----BEGIN CERTIFICATE-----').length - 1;
const served = 'podiam_webhook_certificate_changes_total{outcome="served"}';

test('F5 the serving certificate is swapped three times at 1,000 calls a second, many on new connections: no handshake fails', async () => {
  const cluster = await startCluster();
  cluster.putAccount('web');
  const replica = await startReady(cluster);
  const calls = callAll(cluster, [replica], 1000);
  for (let swap = 2; swap <= 4; swap += 1) {
    cluster.setSecret({ ...cluster.secret(), 'tls.crt': '', 'tls.key': '' });
    await until('another certificate is served', async () => (await replica.metric(served)) === swap);
    await calls.more(300);
  }
  await calls.stop();
  expect(calls.failures).toEqual([]);
});

test('F5 a certificate that expires during load makes the replica unready, the metric says when, and the next one is served without a restart', async () => {
  const cluster = await startCluster();
  cluster.putAccount('web');
  const now = Date.now();
  const authority = await makeAuthority('test', { notBefore: now - dayMs, notAfter: now + dayMs });
  const [cert, key] = [join(cluster.folder, 'tls.crt'), join(cluster.folder, 'tls.key')];
  const put = async (notAfter: number) => {
    const leaf = await issueLeaf(authority, names, { notBefore: now - dayMs, notAfter });
    await writeFile(cert, leaf.certificate);
    await writeFile(key, leaf.privateKey);
  };
  await put(now + 15_000);
  cluster.setCaBundle(authority.certificate);
  const replica = await startReady(cluster, { args: ['--tls', 'files', '--tls-cert', cert, '--tls-key', key] });
  const calls = callAll(cluster, [replica], 100);
  await until('it is not ready', async () => !(await replica.isReady()));
  expect(await replica.metric('podiam_webhook_ready')).toBe(0);
  const expiry = await replica.metric('podiam_webhook_certificate_expiry_timestamp_seconds');
  expect(expiry).toBeLessThan(Date.now() / 1000);
  await put(now + dayMs);
  await until('it is ready', replica.isReady);
  const failed = calls.failures.length;
  await calls.more(200);
  await calls.stop();
  expect(calls.failures).toHaveLength(failed);
  expect(calls.failures.filter(({ why }) => !why.includes('certificate has expired'))).toEqual([]);
});

test('F6 the CA is rotated under load with two replicas, whose caBundle holds the old and the new until both serve the new: no call fails', async () => {
  const cluster = await startCluster();
  cluster.putAccount('web');
  const now = Date.now();
  const old = await makeAuthority('podiam-webhook', { notBefore: now - 61 * dayMs, notAfter: now + 29 * dayMs });
  const leaf = await issueLeaf(old, names, { notBefore: now - minuteMs, notAfter: now + 10 * minuteMs });
  cluster.setSecret({
    'ca.crt': old.certificate,
    'ca.key': old.privateKey,
    'tls.crt': leaf.certificate,
    'tls.key': leaf.privateKey,
  });
  cluster.setCaBundle(old.certificate);
  const clock = await createClock(cluster);
  const options = { environment: clock.environment };
  const replicas = await Promise.all([startReady(cluster, options), startReady(cluster, options)]);
  const calls = callAll(cluster, replicas, 300);
  await until('both are trusted', () => certificatesIn(cluster.caBundle()) === 2);
  await calls.more(100);
  /** Time passes fast, and the Secret is touched now and again, since timers do not know of it. */
  const pass = async (passed: number, what: string, isSo: () => boolean) => {
    await clock.set(replicas, { passed });
    let touchedAt = -Infinity;
    await until(what, () => {
      if (performance.now() - touchedAt > 1500) {
        cluster.setSecret(cluster.secret());
        touchedAt = performance.now();
      }
      return isSo();
    });
  };
  const isOfOld = () =>
    new X509Certificate(cluster.secret()['tls.crt'] ?? '').checkIssued(new X509Certificate(old.certificate));
  await pass(6 * minuteMs, 'the leaf is of the new CA', () => !isOfOld());
  await calls.more(150);
  expect(certificatesIn(cluster.caBundle())).toBe(2);
  const isDropped = () => certificatesIn(cluster.caBundle()) === 1;
  await pass(12 * minuteMs, 'the old CA, whose last leaf has ended, is trusted no more', isDropped);
  await calls.more(100);
  await calls.stop();
  expect(calls.failures).toEqual([]);
  expect(certificatesIn(cluster.caBundle())).toBe(1);
  expect(cluster.caBundle()).not.toContain(old.certificate.trim());
});

describe('F6 under load', () => {
  test.each<[string, (cluster: Cluster) => void]>([
    ['a Secret that is deleted', (cluster) => cluster.removeSecret()],
    ['a Secret that is emptied', (cluster) => cluster.setSecret({})],
    ['a caBundle that is overwritten', (cluster) => cluster.setCaBundle('')],
  ])('F6 %s is restored by two replicas, which agree on one CA and serve leaves of it', async (_, damage) => {
    const cluster = await startCluster();
    cluster.putAccount('web');
    const replicas = await Promise.all([startReady(cluster), startReady(cluster)]);
    const calls = callAll(cluster, replicas, 100);
    await calls.more(50);
    damage(cluster);
    await until('the Secret is whole, and trusted', () => {
      const trusted = cluster.caBundle();
      return Boolean(cluster.secret()['ca.key']) && trusted !== '' && trusted === cluster.secret()['ca.crt'];
    });
    await calls.more(calls.inFlight() + 1);
    const failed = calls.failures.length;
    await calls.more(200);
    await calls.stop();
    expect(calls.failures).toHaveLength(failed);
    // While an overwritten caBundle trusts nobody, no call can succeed; what is ours to keep whole costs none.
    if (damage.toString().includes('Secret')) expect(failed).toBe(0);
  });

  test('F6 four replicas that start at once on an empty Secret create one CA', async () => {
    const cluster = await startCluster();
    cluster.putAccount('web');
    const replicas = await Promise.all([1, 2, 3, 4].map(() => startReady(cluster)));
    expect(certificatesIn(cluster.secret()['ca.crt'])).toBe(1);
    const callers = new ApiServers(cluster);
    for (const { port } of replicas) {
      expect((await callers.review({ port, account: 'web', fresh: true })).patch).toBeDefined();
    }
    callers.close();
  });
});
