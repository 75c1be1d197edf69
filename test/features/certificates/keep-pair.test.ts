import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CertificateKeeper, keepPair } from '../../../src/features/certificates/index.ts';
import { readText } from '../../../src/io/files/index.ts';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';
import { callOnce, callWithoutPause } from './clients.ts';
import { dayMs, Replica, until } from './cluster.ts';

const names = { commonName: 'podiam', dnsNames: ['localhost'], ipAddresses: [] };
const make = (days = 10, now = Date.now()) => selfSignedServer(names, { now, days });

let folder: string;
let replica: Replica;
let keeper: CertificateKeeper;
let logged: string[];
let outcomes: string[];
let clockOffset: number;

function start(): void {
  const write = (message: string) => void logged.push(message);
  keeper = keepPair(
    {
      read: async () => ({
        certificate: await readText(join(folder, 'tls.crt')),
        privateKey: await readText(join(folder, 'tls.key')),
      }),
      serve: (tls) => replica.serve(tls),
      now: () => Date.now() + clockOffset,
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      log: { info: write, warn: write, error: write },
      onOutcome: (outcome) => void outcomes.push(outcome),
    },
    { where: 'tls.crt and tls.key', every: 20 },
  );
}

function put({ certificate, privateKey }: Pick<SelfSignedServer, 'certificate' | 'privateKey'>): void {
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), privateKey);
}

const failuresSeen = () => outcomes.filter((outcome) => outcome === 'failed').length;

async function untilFailed(): Promise<void> {
  const before = failuresSeen();
  await until('it has failed twice', () => failuresSeen() > before + 1);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podiam-tls-'));
  replica = new Replica();
  [logged, outcomes, clockOffset] = [[], [], 0];
});

afterEach(async () => {
  keeper.stop();
  await replica.close();
  rmSync(folder, { recursive: true });
});

test('a pair in files is served, and its expiry is known', async () => {
  const pair = await make();
  put(pair);
  start();
  await until('it is ready', () => keeper.ready());
  await expect(callOnce(replica.port, pair.caCertificate)).resolves.toBe('served');
  expect(Math.round(((keeper.expiry().leaf ?? 0) - Date.now()) / dayMs)).toBe(10);
});

test('files that are not there yet are waited for, and it is said once which', async () => {
  start();
  await untilFailed();
  expect(keeper.ready()).toBe(false);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain(join(folder, 'tls.crt'));
  put(await make());
  await until('it is ready', () => keeper.ready());
});

test('F5 another pair, put there as Kubernetes does by a link, is served without a failed call', async () => {
  const pairs = [await make(), await make()];
  for (const [index, pair] of pairs.entries()) {
    const target = mkdtempSync(join(folder, 'version-'));
    writeFileSync(join(target, 'tls.crt'), pair.certificate);
    writeFileSync(join(target, 'tls.key'), pair.privateKey);
    symlinkSync(target, join(folder, `data-${index}`));
  }
  renameSync(join(folder, 'data-0'), join(folder, '..data'));
  symlinkSync(join('..data', 'tls.crt'), join(folder, 'tls.crt'));
  symlinkSync(join('..data', 'tls.key'), join(folder, 'tls.key'));
  start();
  await until('it is ready', () => keeper.ready());
  const ca = pairs.map(({ caCertificate }) => caCertificate).join('');
  const load = callWithoutPause(4, () => ({ port: replica.port, ca }));
  await until('it is under load', () => load.done() > 100);
  renameSync(join(folder, 'data-1'), join(folder, '..data'));
  await until('the second pair is served', () => replica.served === 2);
  const before = load.done();
  await until('it is under load', () => load.done() > before + 100);
  await load.stop();
  expect(load.failures()).toEqual([]);
  await expect(callOnce(replica.port, pairs[1]?.caCertificate ?? '')).resolves.toBe('served');
});

describe('F29 the last good pair is served on when the files are', () => {
  test.each([
    ['half-written', (next: SelfSignedServer) => ({ ...next, certificate: next.certificate.slice(0, 300) })],
    ['of two pairs', (next: SelfSignedServer, good: SelfSignedServer) => ({ ...next, privateKey: good.privateKey })],
    ['empty', () => ({ certificate: '', privateKey: '' })],
    ['garbage', () => ({ certificate: 'nonsense', privateKey: 'nonsense' })],
  ])('%s, and the whole new pair once it is there', async (_, damage) => {
    const good = await make();
    const next = await make();
    put(good);
    start();
    await until('it is ready', () => keeper.ready());
    put(damage(next, good));
    await untilFailed();
    expect(keeper.ready()).toBe(true);
    await expect(callOnce(replica.port, good.caCertificate)).resolves.toBe('served');
    expect(logged.filter((line) => line.startsWith('the last good'))).toHaveLength(1);
    expect(logged.join()).not.toMatch(/PRIVATE|BEGIN/);
    put(next);
    await until('the new pair is served', () => replica.served === 2);
    await expect(callOnce(replica.port, next.caCertificate)).resolves.toBe('served');
  });

  test('those of a pair that has expired already', async () => {
    const good = await make();
    put(good);
    start();
    await until('it is ready', () => keeper.ready());
    put(await make(1, Date.now() - 2 * dayMs));
    await untilFailed();
    expect([keeper.ready(), replica.served]).toEqual([true, 1]);
    expect(logged.at(-1)).toContain('expired');
  });
});

test('a pair that expires while it is served makes the replica unready until the next one', async () => {
  put(await make());
  start();
  await until('it is ready', () => keeper.ready());
  clockOffset = 11 * dayMs;
  expect(keeper.ready()).toBe(false);
  put(await make(30));
  await until('it is ready again', () => keeper.ready());
});
