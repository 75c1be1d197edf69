import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { causeOf } from '../../../src/core/refusals/index.ts';
import { type AddressGuard, guardedLookup } from '../../../src/io/documents/index.ts';

async function listen(): Promise<number> {
  const server = createServer((socket) => void socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Where a socket that looks up names by the guard arrives; or why not. */
function arrival(port: number, guard: AddressGuard, autoSelectFamily: boolean): Promise<unknown> {
  const socket = connect({ host: 'api.example.com', port, lookup: guardedLookup(guard), autoSelectFamily });
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(socket.remoteAddress));
    socket.on('error', (error) => resolve(causeOf(error)));
  }).finally(() => socket.destroy());
}

const found = (...addresses: string[]) => {
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return () => Promise.resolve(all);
};

test.each([true, false])('a socket arrives at what was judged, asking for all addresses or one: %s', async (all) => {
  const port = await listen();
  expect(await arrival(port, { allowsPrivate: true, lookUp: found('127.0.0.1') }, all)).toBe('127.0.0.1');
});

test.each([true, false])('A17 a socket arrives nowhere by a name with a private address: %s', async (all) => {
  const port = await listen();
  const refused = 'document-address-private: api.example.com leads to an address outside the public Internet';
  for (const lookUp of [found('127.0.0.1'), found('203.0.114.7', '10.0.0.1'), found('203.0.114.7', '::1')]) {
    expect(await arrival(port, { allowsPrivate: false, lookUp }, all)).toContain(refused);
  }
});

test('a name without an address, and one that nobody knows, are no addresses', async () => {
  const lookUp = () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
  expect(await arrival(1, { allowsPrivate: true, lookUp: found() }, true)).toContain('the name has no address');
  expect(await arrival(1, { allowsPrivate: true, lookUp }, true)).toContain('ENOTFOUND');
});

test('a name is looked up once at a time, however many wait for it', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly { address: string; family: number }[]>();
  let looked = 0;
  const lookUp = () => {
    looked += 1;
    return promise;
  };
  const lookup = guardedLookup({ allowsPrivate: true, lookUp });
  const told: unknown[] = [];
  const ask = () =>
    new Promise<void>((done) => {
      lookup('api.example.com', {}, (error, address) => {
        told.push(error ?? address);
        done();
      });
    });
  const asked = [ask(), ask(), ask()];
  resolve([{ address: '192.0.2.1', family: 4 }]);
  await Promise.all(asked);
  expect([looked, told]).toEqual([1, ['192.0.2.1', '192.0.2.1', '192.0.2.1']]);
  await ask();
  expect(looked).toBe(2);
});
