// Over a real socket to an API server: `--tls secret`, the pair in a Secret that others renew, and what `--tls self` leaves
// of a Secret that others put something into.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { keepServed } from '../../../src/cli/webhook/certificates.ts';
import { webhookSettings } from '../../../src/cli/webhook/settings.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { resolveSettings } from '../../../src/core/settings/index.ts';
import type { CertificateKeeper } from '../../../src/features/certificates/index.ts';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';
import { callOnce, callWithoutPause } from '../../features/certificates/clients.ts';
import { dayMs, Replica, until } from '../../features/certificates/cluster.ts';
import type { ApiServer } from '../../io/kubernetes/api-server.ts';
import { apiServer, clientOf, closeAll, later, plainConnection } from '../../io/kubernetes/surroundings.ts';

const names = { commonName: 'podiam', dnsNames: ['localhost'], ipAddresses: [] };
const make = (days = 10, now = Date.now()) => selfSignedServer(names, { now, days });
type Pair = Pick<SelfSignedServer, 'certificate' | 'privateKey'>;

const namespace = 'podiam-system';
const name = 'serving';

let api: ApiServer;
let replica: Replica;
let keeper: CertificateKeeper;
let logged: string[];

const base64 = (text: string) => Buffer.from(text).toString('base64');

function putData(data: Readonly<Record<string, string>>, metadata = { namespace, name }): void {
  api.put('v1/secrets', { type: 'kubernetes.io/tls', metadata, data });
}

function put({ certificate, privateKey }: Pair): void {
  putData({ 'tls.crt': base64(certificate), 'tls.key': base64(privateKey), 'ca.crt': base64('not asked for') });
}

beforeEach(async () => {
  api = await apiServer({ bookmarkMs: 200 });
  replica = new Replica();
  later(() => replica.close());
  logged = [];
});

afterEach(closeAll);

function start(tls: 'secret' | 'self' = 'secret'): void {
  const flags = { tls, 'tls-secret': name };
  const resolved = resolveSettings(webhookSettings, { flags, environment: {}, file: {} });
  if (resolved instanceof Refusal) throw new Error(resolved.explain());
  const write = (message: string) => void logged.push(message);
  keeper = keepServed(resolved.values, clientOf(plainConnection(api)), {
    serve: (tls) => replica.serve(tls),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    random: () => 0.5,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    log: { info: write, warn: write, error: write },
  });
  later(() => keeper.stop());
}

test('the pair of the Secret is served, and its expiry is known', async () => {
  const pair = await make();
  put(pair);
  start();
  await until('it is ready', () => keeper.ready());
  await expect(callOnce(replica.port, pair.caCertificate)).resolves.toBe('served');
  expect(Math.round(((keeper.expiry().leaf ?? 0) - Date.now()) / dayMs)).toBe(10);
});

test('F5 a renewed pair is served as soon as the Secret has it, without a failed call', async () => {
  const [first, second] = [await make(), await make()];
  put(first);
  start();
  await until('it is ready', () => keeper.ready());
  const ca = `${first.caCertificate}${second.caCertificate}`;
  const load = callWithoutPause(4, () => ({ port: replica.port, ca }));
  await until('it is under load', () => load.done() > 50);
  put(second);
  await until('the second pair is served', () => replica.served === 2);
  const before = load.done();
  await until('it is under load', () => load.done() > before + 50);
  await load.stop();
  expect(load.failures()).toEqual([]);
  await expect(callOnce(replica.port, second.caCertificate)).resolves.toBe('served');
});

describe('F29 the last good pair is served on', () => {
  test.each([
    ['half of a pair', async (good: Pair) => put({ ...(await make()), privateKey: good.privateKey })],
    ['other keys', () => putData({ certificate: base64('nonsense') })],
    ['nothing', () => putData({})],
    ['a pair that has expired', async () => put(await make(1, Date.now() - 2 * dayMs))],
  ])('while the Secret has %s', async (_, damage) => {
    const good = await make();
    put(good);
    start();
    await until('it is ready', () => keeper.ready());
    await damage(good);
    await until('that is said', () => logged.some((line) => line.startsWith('the last good')));
    expect([keeper.ready(), replica.served]).toEqual([true, 1]);
    expect(logged.join()).not.toMatch(/PRIVATE|BEGIN/);
    put(await make());
    await until('the new pair is served', () => replica.served === 2);
  });

  test('while there is no Secret, and while there is no API server', async () => {
    put(await make());
    start();
    await until('it is ready', () => keeper.ready());
    api.storage.remove('v1/secrets', namespace, name);
    await until('that is said', () => logged.some((line) => line.includes(`no Secret ${namespace}/${name}`)));
    await api.stop();
    expect(keeper.ready()).toBe(true);
    await api.start();
    put(await make());
    await until('the new pair is served', () => replica.served === 2);
  });
});

test('a Secret that is not there yet is waited for', async () => {
  start();
  await until('that is said', () => logged.some((line) => line.includes('no certificate is served yet')));
  expect(keeper.ready()).toBe(false);
  put(await make());
  await until('it is ready', () => keeper.ready());
});

test('A18 no other Secret is read, and none is written', async () => {
  putData({}, { namespace, name: 'other' });
  put(await make());
  start();
  await until('it is ready', () => keeper.ready());
  put(await make());
  await until('the new pair is served', () => replica.served === 2);
  for (const { method, path, query } of api.requests) {
    expect(method).toBe('GET');
    const isOurs = path.endsWith(`/secrets/${name}`) || query.get('fieldSelector') === `metadata.name=${name}`;
    expect(isOurs).toBe(true);
  }
});

describe('--tls self', () => {
  const configurations = 'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  const secretShape = z.object({ data: z.record(z.string(), z.string()) });
  const secretData = () => secretShape.parse(api.storage.get('v1/secrets', namespace, name)).data;
  const configuration = { metadata: { name: 'podiam-webhook' }, webhooks: [{ name: 'pods', clientConfig: {} }] };

  test('leaves keys of the Secret that are not its own as they are, byte for byte', async () => {
    const keystore = Buffer.from([0x30, 0x82, 0xff, 0xfe, 0x00, 0xc3, 0x28]).toString('base64');
    api.put(configurations, configuration);
    putData({ 'keystore.p12': keystore, note: base64('a text') });
    start('self');
    await until('it is ready', () => keeper.ready());
    expect(secretData()).toMatchObject({ 'keystore.p12': keystore, note: base64('a text') });
    expect(Object.keys(secretData())).toContain('ca.crt');
  });

  test('F6 asks whether it may change the caBundle before it replaces a pair of others', async () => {
    const pair = await make();
    api.put(configurations, configuration);
    put(pair);
    const isWrite = ({ method, path }: { method: string; path: string }) =>
      method === 'PUT' && path.endsWith(`${configurations}/podiam-webhook`);
    api.fail({ status: 403, reason: 'Forbidden' }, { when: isWrite });
    start('self');
    await until('it is ready', () => keeper.ready());
    await expect(callOnce(replica.port, pair.caCertificate)).resolves.toBe('served');
    expect([keeper.trouble()?.code, secretData()['tls.crt']]).toEqual([
      'certificate-of-others',
      base64(pair.certificate),
    ]);
    expect(api.requests.filter(isWrite).map(({ query }) => query.get('dryRun'))).toEqual(['All']);
    api.recover();
    put(pair);
    await until('it has its own', () => keeper.trouble() === undefined);
    expect(secretData()['tls.crt']).not.toBe(base64(pair.certificate));
  });
});
