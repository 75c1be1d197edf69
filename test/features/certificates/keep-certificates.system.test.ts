import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { readState } from '../../../src/core/certificates/index.ts';
import {
  type CertificateKeeper,
  type CertificatePorts,
  keepCertificates,
} from '../../../src/features/certificates/index.ts';
import { makeAuthority, selfSignedServer } from '../../../src/io/tls/index.ts';
import { callOnce, callWithoutPause } from './clients.ts';
import { Cluster, dayMs, Replica, settings, until } from './cluster.ts';

interface Kept {
  readonly replica: Replica;
  readonly keeper: CertificateKeeper;
  readonly logged: string[];
  readonly outcomes: string[];
}

const endings: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

function start(cluster: Cluster, watchDelay = 0, changes: Partial<CertificatePorts & typeof settings> = {}): Kept {
  const replica = new Replica();
  const logged: string[] = [];
  const outcomes: string[] = [];
  const write = (message: string) => void logged.push(message);
  const keeper = keepCertificates(
    {
      ...cluster.ports(watchDelay),
      serve: (tls) => replica.serve(tls),
      log: { info: write, warn: write, error: write },
      onOutcome: (outcome) => void outcomes.push(outcome),
      ...changes,
    },
    { ...settings, ...changes },
  );
  endings.push(() => {
    keeper.stop();
    return replica.close();
  });
  return { replica, keeper, logged, outcomes };
}

async function startReady(cluster: Cluster, ...rest: [number?, Partial<CertificatePorts & typeof settings>?]) {
  const kept = start(cluster, ...rest);
  await until('the replica is ready', () => kept.keeper.ready());
  return kept;
}

const authorities = (cluster: Cluster) =>
  readState(cluster.secret.value ?? {}).authorities.map(({ certificate }) => certificate.fingerprint);

const authoritiesOf = (pem: string) => pem.split('-----BEGIN CERTIFICATE-----').length - 1;

test('an installation that starts with an empty Secret makes its certificates, is trusted, and then is ready', async () => {
  const cluster = new Cluster();
  const kept = start(cluster);
  expect(kept.keeper.ready()).toBe(false);
  expect(kept.keeper.expiry()).toEqual({});
  await until('it is ready', () => kept.keeper.ready());
  await expect(callOnce(kept.replica.port, cluster.caBundle)).resolves.toBe('served');
  expect(cluster.caBundles.value).toEqual([cluster.secret.value?.['ca.crt'], cluster.secret.value?.['ca.crt']]);
  const { leaf = 0, authority = 0 } = kept.keeper.expiry();
  expect(Math.round((leaf - Date.now()) / dayMs)).toBe(10);
  expect(Math.round((authority - Date.now()) / dayMs)).toBe(90);
  expect(kept.outcomes).toEqual(['served']);
});

test('F6 replicas that start at once on an empty Secret make one CA, and all serve leaves of it', async () => {
  for (let round = 0; round < 5; round += 1) {
    const cluster = new Cluster();
    const replicas = await Promise.all([0, 0, 0, 0].map((delay) => startReady(cluster, delay)));
    expect(cluster.secret.writes).toBe(1);
    expect(authorities(cluster)).toHaveLength(1);
    for (const { replica } of replicas) {
      await expect(callOnce(replica.port, cluster.caBundle)).resolves.toBe('served');
    }
  }
});

test('a replica that starts later serves what is there and changes nothing', async () => {
  const cluster = new Cluster();
  await startReady(cluster);
  const [secret, bundle] = [cluster.secret.version, cluster.caBundles.version];
  await startReady(cluster);
  expect([cluster.secret.version, cluster.caBundles.version]).toEqual([secret, bundle]);
});

test('F5 the leaf is renewed, several times, under load on new and kept connections: no call fails', async () => {
  const cluster = new Cluster();
  const { replica, keeper } = await startReady(cluster);
  const load = callWithoutPause(8, () => ({ port: replica.port, ca: cluster.caBundle }));
  for (let round = 1; round <= 6; round += 1) {
    const before = load.done();
    cluster.secret.set({ ...cluster.secret.value, 'tls.crt': '', 'tls.key': '' });
    await until('another leaf is served', () => replica.served > round);
    await until('it is under load', () => load.done() > before + 300);
  }
  await load.stop();
  expect(load.failures()).toEqual([]);
  expect(load.done()).toBeGreaterThan(1800);
  expect(authorities(cluster)).toHaveLength(1);
  expect(keeper.ready()).toBe(true);
});

test('F5 a leaf that expires makes the replica unready until the next one, with no restart', async () => {
  const cluster = new Cluster();
  const kept = await startReady(cluster);
  cluster.secret.forbidden = 'writing';
  cluster.clockOffset = 11 * dayMs;
  expect(kept.keeper.ready()).toBe(false);
  expect(kept.keeper.expiry().leaf).toBeLessThan(Date.now() + cluster.clockOffset);
  cluster.secret.forbidden = 'nothing';
  cluster.secret.set(cluster.secret.value);
  await until('it is ready again', () => kept.keeper.ready());
  expect(kept.replica.served).toBe(2);
});

test('F6 the CA is rotated with two replicas of which one learns late: who trusts the caBundle never fails', async () => {
  const cluster = new Cluster();
  const lifetimes = { leafLifetime: 80 * dayMs };
  cluster.clockOffset = -61 * dayMs;
  const quick = await startReady(cluster, 0, lifetimes);
  const late = await startReady(cluster, 250, lifetimes);
  const [first] = authorities(cluster);
  const ports = [quick.replica.port, late.replica.port];
  const trusted: number[] = [];
  const load = callWithoutPause(8, (turn) => {
    trusted.push(authoritiesOf(cluster.caBundle));
    return { port: ports[turn % 2] ?? 0, ca: cluster.caBundle };
  });
  cluster.clockOffset = 0;
  cluster.secret.set(cluster.secret.value);
  await until('the next CA is trusted, too', () => authoritiesOf(cluster.caBundle) === 2);
  await until('the leaf has moved', () => authorities(cluster)[1] === first);
  const before = load.done();
  await until('it is under load', () => load.done() > before + 500);
  cluster.clockOffset = 30 * dayMs;
  await until('the previous CA is trusted no more', () => {
    cluster.secret.set(cluster.secret.value);
    return authoritiesOf(cluster.caBundle) === 1;
  });
  const last = load.done();
  await until('it is under load', () => load.done() > last + 500);
  await load.stop();
  expect(load.failures()).toEqual([]);
  expect(new Set(trusted)).toEqual(new Set([1, 2]));
  expect(authorities(cluster)).toHaveLength(1);
  expect(authorities(cluster)).not.toContain(first);
  expect([quick.keeper.ready(), late.keeper.ready()]).toEqual([true, true]);
});

test.each(['Secret', 'configuration'] as const)(
  'F6 a replica that is overtaken by another just after it has read the %s takes no trust back',
  async (overtakenAfter) => {
    const cluster = new Cluster();
    await startReady(cluster);
    for (const end of endings.splice(0)) await end();
    const old = cluster.secret.value ?? {};
    const next = await makeAuthority('podiam', { notBefore: 0, notAfter: 2e12 });
    const both = `${old['ca.crt']}${next.certificate}`;
    let isOvertaken = false;
    const overtake = (what: typeof overtakenAfter) => {
      if (isOvertaken || what !== overtakenAfter) return;
      isOvertaken = true;
      cluster.secret.set({ ...old, 'ca.crt': both, 'ca.key': `${old['ca.key']}${next.privateKey}` });
      cluster.caBundles.set([both, both]);
    };
    const ports = cluster.ports(0);
    const narrowed: string[] = [];
    cluster.caBundles.watch(() => {
      if (isOvertaken && authoritiesOf(cluster.caBundle) < 2) narrowed.push(cluster.caBundle);
    }, 0);
    await startReady(cluster, 0, {
      settle: dayMs,
      readSecret: async () => {
        const secret = await ports.readSecret();
        overtake('Secret');
        return secret;
      },
      readConfiguration: async () => {
        const configuration = await ports.readConfiguration();
        overtake('configuration');
        return configuration;
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isOvertaken).toBe(true);
    expect(narrowed).toEqual([]);
    expect(authoritiesOf(cluster.caBundle)).toBe(2);
  },
);

describe('F6 a Secret that is', () => {
  test.each([
    ['deleted', () => undefined],
    ['emptied', () => ({})],
    ['damaged', () => ({ 'ca.crt': 'nonsense', 'ca.key': 'nonsense', 'tls.crt': 'nonsense', 'tls.key': 'nonsense' })],
  ])('%s under load is restored with a new CA, and no call fails', async (_, damage) => {
    const cluster = new Cluster();
    const one = await startReady(cluster);
    const two = await startReady(cluster, 100);
    const [first = ''] = authorities(cluster);
    const ports = [one.replica.port, two.replica.port];
    const load = callWithoutPause(4, (turn) => ({ port: ports[turn % 2] ?? 0, ca: cluster.caBundle }));
    cluster.secret.set(damage());
    await until('a new CA signs', () => authorities(cluster).length === 2 && authorities(cluster)[0] !== first);
    await until('both serve a leaf of it', () => one.replica.served === 2 && two.replica.served === 2);
    const before = load.done();
    await until('it is under load', () => load.done() > before + 200);
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(cluster.secret.value?.['ca.key']?.split('BEGIN PRIVATE KEY')).toHaveLength(2);
  });

  test('another CA’s, as after a restore from a backup, is taken over', async () => {
    const other = new Cluster();
    await startReady(other);
    const cluster = new Cluster();
    const { replica } = await startReady(cluster);
    cluster.secret.set(other.secret.value);
    await until('its leaf is served', () => replica.served === 2);
    await expect(callOnce(replica.port, cluster.caBundle)).resolves.toBe('served');
    expect(authorities(cluster)).toEqual(authorities(other));
  });
});

describe('F6 a caBundle that is', () => {
  test.each([
    ['emptied', async () => ''],
    ['another', async () => (await makeAuthority('x', { notBefore: 0, notAfter: 2e12 })).certificate],
    ['garbage', async () => '-----BEGIN CERTIFICATE-----'],
  ])('%s in one of the webhooks is restored', async (_, make) => {
    const cluster = new Cluster();
    const { keeper } = await startReady(cluster);
    const good = cluster.caBundle;
    cluster.caBundles.set([good, await make()]);
    await until('it is restored', () => cluster.caBundles.value?.[1] === good);
    expect(keeper.ready()).toBe(true);
  });

  test('widened by a stranger’s CA is narrowed again', async () => {
    const cluster = new Cluster();
    await startReady(cluster);
    const good = cluster.caBundle;
    const stranger = await makeAuthority('x', { notBefore: 0, notAfter: 2e12 });
    cluster.caBundles.set([good + stranger.certificate, good]);
    await until('it is narrowed', () => cluster.caBundle === good);
  });

  test('overwritten all the time is fought over ever more slowly', async () => {
    const cluster = new Cluster();
    await startReady(cluster);
    const writes = cluster.caBundles.writes;
    const stop = cluster.caBundles.watch(() => cluster.caBundles.set(['', '']), 1);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    stop();
    expect(cluster.caBundles.writes - writes).toBeLessThan(40);
  });
});

describe('where the webhook configuration', () => {
  test.each(['all', 'writing'] as const)(
    'may not be touched (%s), readiness does not wait, and it is said once',
    async (what) => {
      const cluster = new Cluster();
      cluster.caBundles.forbidden = what;
      const { keeper, logged } = await startReady(cluster);
      cluster.caBundles.set(['', '']);
      cluster.caBundles.set(['', '']);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(keeper.ready()).toBe(true);
      expect(logged.filter((line) => line.includes('caBundle'))).toHaveLength(1);
    },
  );

  test('is not there, readiness waits for it', async () => {
    const cluster = new Cluster();
    cluster.caBundles.value = undefined;
    const { keeper, logged, replica } = start(cluster);
    await until('it serves', () => replica.served === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(keeper.ready()).toBe(false);
    expect(logged.filter((line) => line.includes('is not there'))).toHaveLength(1);
    cluster.caBundles.set(['']);
    await until('it is ready', () => keeper.ready());
  });
});

describe('a pair that others put into the Secret', () => {
  const names = { commonName: 'other', dnsNames: ['localhost'], ipAddresses: [] };

  /** As a signer of the cluster leaves it: API servers trust it, and its authority is not in the Secret. */
  async function clusterWithOthers(forbidden: 'all' | 'writing', ageDays = 0) {
    const cluster = new Cluster();
    const pair = await selfSignedServer(names, { now: Date.now() - ageDays * dayMs, days: 30 });
    cluster.secret.set({ 'tls.crt': pair.certificate, 'tls.key': pair.privateKey, 'keystore.p12': 'another’s' });
    cluster.caBundles.set([pair.caCertificate, pair.caCertificate]);
    cluster.caBundles.forbidden = forbidden;
    return { cluster, pair };
  }

  test.each(['all', 'writing'] as const)(
    'F6 is served as it is, and the Secret left alone, while the right to the caBundle is missing (%s)',
    async (forbidden) => {
      const { cluster } = await clusterWithOthers(forbidden);
      const before = cluster.secret.value;
      const { keeper, logged, replica } = await startReady(cluster);
      await expect(callOnce(replica.port, cluster.caBundle)).resolves.toBe('served');
      expect([cluster.secret.value, cluster.secret.writes, cluster.caBundles.writes]).toEqual([before, 0, 0]);
      expect(keeper.trouble()?.code).toBe('certificate-of-others');
      cluster.secret.set(before);
      cluster.secret.set(before);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(logged.filter((line) => line.includes('that others made'))).toHaveLength(1);
    },
  );

  test.each(['all', 'writing'] as const)(
    'F6 makes room for ours once the right to the caBundle is there, which was missing (%s), and other keys stay',
    async (forbidden) => {
      const { cluster, pair } = await clusterWithOthers(forbidden);
      const { keeper, replica } = await startReady(cluster);
      cluster.caBundles.forbidden = 'nothing';
      cluster.secret.set(cluster.secret.value);
      await until('ours is served', () => replica.served === 2);
      await expect(callOnce(replica.port, cluster.caBundle)).resolves.toBe('served');
      expect(cluster.caBundle).not.toContain(pair.caCertificate);
      expect(authorities(cluster)).toHaveLength(1);
      expect(cluster.secret.value?.['keystore.p12']).toBe('another’s');
      await until('nothing is wrong any more', () => keeper.trouble() === undefined);
    },
  );

  test('F5 is served when they renew it, and after the Secret is deleted', async () => {
    const { cluster } = await clusterWithOthers('all');
    const { keeper, replica } = await startReady(cluster);
    const renewed = await selfSignedServer(names, { now: Date.now(), days: 30 });
    cluster.secret.set({ 'tls.crt': renewed.certificate, 'tls.key': renewed.privateKey });
    await until('the renewed pair is served', () => replica.served === 2);
    await expect(callOnce(replica.port, renewed.caCertificate)).resolves.toBe('served');
    cluster.secret.set(undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([keeper.ready(), replica.served, cluster.secret.writes]).toEqual([true, 2, 0]);
  });

  test('F5 is served to its end beside an authority that was made ready, and ours after it to who trusts that', async () => {
    const { cluster, pair } = await clusterWithOthers('writing', 28);
    cluster.clockOffset = -20 * dayMs;
    const { replica } = await startReady(cluster);
    expect(authorities(cluster)).toEqual([]);
    cluster.clockOffset = 0;
    cluster.secret.set(cluster.secret.value);
    await until('our authority is ready', () => authorities(cluster).length === 1);
    expect([replica.served, cluster.secret.value?.['tls.crt']]).toEqual([1, pair.certificate]);
    const authority = cluster.secret.value?.['ca.crt'] ?? '';
    cluster.caBundles.set([pair.caCertificate + authority, pair.caCertificate + authority]);
    const load = callWithoutPause(4, () => ({ port: replica.port, ca: cluster.caBundle }));
    await until('ours is served', () => replica.served === 2);
    const before = load.done();
    await until('it is under load', () => load.done() > before + 100);
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(cluster.caBundles.writes).toBe(0);
  });

  test('is replaced at once where API servers can be told, and never served in the place of ours', async () => {
    const { cluster } = await clusterWithOthers('writing');
    cluster.caBundles.forbidden = 'nothing';
    const { replica } = await startReady(cluster);
    await expect(callOnce(replica.port, cluster.caBundle)).resolves.toBe('served');
    const ours = cluster.caBundle;
    cluster.secret.forbidden = 'writing';
    const stranger = await selfSignedServer(names, { now: Date.now(), days: 30 });
    cluster.secret.set({ 'tls.crt': stranger.certificate, 'tls.key': stranger.privateKey });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(callOnce(replica.port, ours)).resolves.toBe('served');
  });
});

describe('where the Secret', () => {
  test('may not be written, nothing is served or changed, and it is said once; with the right it begins by itself', async () => {
    const cluster = new Cluster();
    cluster.caBundles.set(['of before', 'of before']);
    cluster.secret.forbidden = 'writing';
    const { keeper, logged } = start(cluster);
    const said = () => logged.filter((line) => line.includes('may not be changed'));
    await until('it is said', () => said().length > 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(keeper.ready()).toBe(false);
    expect(said()).toHaveLength(1);
    expect(cluster.caBundle).toBe('of before');
    cluster.secret.forbidden = 'nothing';
    await until('it is ready', () => keeper.ready());
  });

  test('may not be read, it is said with the remedy, and tried again', async () => {
    const cluster = new Cluster();
    cluster.secret.forbidden = 'all';
    const { keeper, outcomes } = start(cluster);
    await until('it has failed', () => outcomes.includes('failed'));
    cluster.secret.forbidden = 'nothing';
    await until('it is ready', () => keeper.ready());
  });
});

test('F1 while the API server is away a ready replica stays ready; one that starts waits and then is', async () => {
  const cluster = new Cluster();
  const early = await startReady(cluster);
  cluster.isDown = true;
  cluster.secret.set(cluster.secret.value);
  const later = start(cluster);
  await until('both have failed', () => [early, later].every(({ outcomes }) => outcomes.includes('failed')));
  expect([early.keeper.ready(), later.keeper.ready()]).toEqual([true, false]);
  cluster.isDown = false;
  await until('it is ready', () => later.keeper.ready());
});

test('F19 a replica whose clock is 400 days ahead, or back, beside one whose clock is right: no call fails', async () => {
  for (const jump of [400 * dayMs, -400 * dayMs]) {
    const cluster = new Cluster();
    const right = await startReady(cluster);
    const load = callWithoutPause(4, () => ({ port: right.replica.port, ca: cluster.caBundle }));
    const wrong = await startReady(cluster, 0, { now: () => Date.now() + jump });
    await until('the certificates are valid by both clocks', () => authorities(cluster).length === 2);
    const { version } = cluster.secret;
    const before = load.done();
    await until('it is under load', () => load.done() > before + 200);
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(cluster.secret.version - version).toBeLessThan(4);
    expect([right.keeper.ready(), wrong.keeper.ready()]).toEqual([true, true]);
  }
});

test('A26 no log line holds a key or a certificate', async () => {
  const cluster = new Cluster();
  const { logged } = await startReady(cluster);
  cluster.secret.set({ ...cluster.secret.value, 'ca.crt': 'nonsense' });
  await until('it is restored', () => authorities(cluster).length > 0);
  expect(logged.join('\n')).not.toMatch(/PRIVATE|BEGIN|MII/);
});

test('stopped, it changes nothing more', async () => {
  const cluster = new Cluster();
  const { keeper } = await startReady(cluster);
  keeper.stop();
  cluster.caBundles.set(['', '']);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(cluster.caBundle).toBe('');
  expect(new X509Certificate(cluster.secret.value?.['tls.crt'] ?? '').ca).toBe(false);
});
