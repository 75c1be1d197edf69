import { expect, test } from 'vitest';
import { Listener } from '../../../src/cli/webhook/listener.ts';
import { selfSignedServer } from '../../../src/io/tls/index.ts';
import { freePort } from '../../io/sql/postgres-server.ts';

async function setUp() {
  const names = { commonName: 'webhook', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const { privateKey, certificate } = await selfSignedServer(names, { now: Date.now(), days: 1 });
  const port = await freePort();
  const listener = new Listener({
    host: '127.0.0.1',
    port,
    handler: () => ({ status: 200, headers: {}, body: '' }),
    vet: () => undefined,
    onError: () => {},
    clientCa: undefined,
  });
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      (error: unknown) => !(error instanceof Error && JSON.stringify(error.cause).includes('ECONNREFUSED')),
    );
  return { listener, tls: { key: privateKey, cert: certificate }, answers };
}

test('it listens from its first certificate until it is closed', async () => {
  const { listener, tls, answers } = await setUp();
  expect(await answers()).toBe(false);
  await listener.serve(tls);
  expect(await answers()).toBe(true);
  await listener.close(0);
  expect(await answers()).toBe(false);
});

test('F29 asked to end before its first certificate, it does not begin to listen with it', async () => {
  const { listener, tls, answers } = await setUp();
  await listener.close(0);
  await listener.serve(tls);
  expect(await answers()).toBe(false);
});

test('F29 asked to end while it begins to listen, it is closed when that is done', async () => {
  const { listener, tls, answers } = await setUp();
  const begun = listener.serve(tls);
  await listener.close(0);
  await begun;
  expect(await answers()).toBe(false);
});
