import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serve, type TlsMaterial } from '../../../src/io/http/index.ts';
import { type CertifiedKey, issueLeaf, makeAuthority, selfSignedServer } from '../../../src/io/tls/index.ts';

const names = { commonName: 'podiam', dnsNames: ['localhost'], ipAddresses: [] };
const day = 86_400_000;
const validity = (days = 7) => ({ notBefore: Date.now() - 2 * day, notAfter: Date.now() + days * day });

let [ours, strangers]: CertifiedKey[] = [];
let serving: TlsMaterial & { ca: string };
let server: RunningServer;

const pairOf = (made: CertifiedKey) => ({ cert: made.certificate, key: made.privateKey });

async function clientOf(
  authority: CertifiedKey | undefined,
  days = 7,
  use: 'clientAuth' | 'serverAuth' = 'clientAuth',
) {
  if (authority === undefined) throw new Error('there is no authority yet');
  return pairOf(await issueLeaf(authority, names, validity(days), use));
}

beforeAll(async () => {
  [ours, strangers] = await Promise.all([makeAuthority('api-servers', validity()), makeAuthority('other', validity())]);
  const made = await selfSignedServer(names, { now: Date.now(), days: 7 });
  serving = { cert: made.certificate, key: made.privateKey, ca: made.caCertificate };
  server = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: { cert: serving.cert, key: serving.key, clientCa: ours?.certificate ?? '' },
    handler: ({ peer }) => ({ status: 200, headers: {}, body: String(peer.certified) }),
  });
});

afterAll(() => server.close({ graceMs: 0 }));

/** What the handler is told of the client. */
function asked(client: Partial<TlsMaterial> = {}, port = server.port): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', servername: 'localhost', port, ca: serving.ca, agent: false, ...client };
    request(options, (incoming) => {
      text(incoming).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
}

test('a client with a certificate that is trusted is known by it', async () => {
  await expect(asked(await clientOf(ours))).resolves.toBe('true');
});

test('one without is served all the same, and known to be without: kubelets probe so', async () => {
  await expect(asked()).resolves.toBe('false');
});

describe('A19 nobody passes for such a client', () => {
  test.each([
    ['of another authority', () => clientOf(strangers)],
    ['that has expired', () => clientOf(ours, -1)],
    ['that is a server’s', () => clientOf(ours, 7, 'serverAuth')],
    [
      'of an authority that another made under the same name',
      async () => clientOf(await makeAuthority('api-servers', validity())),
    ],
  ])('with a certificate %s', async (_, client) => {
    await expect(asked(await client())).resolves.toBe('false');
  });

  test('with a trusted certificate, but not its key', async () => {
    const [one, other] = await Promise.all([clientOf(ours), clientOf(ours)]);
    await expect(asked({ cert: one.cert, key: other.key })).rejects.toThrow(/key values mismatch/i);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'by resuming under %s a session that began without one',
    async (version) => {
      const common = { host: '127.0.0.1', servername: 'localhost', port: server.port, ca: serving.ca };
      const versions = { minVersion: version, maxVersion: version };
      const ask = (socket: TLSSocket) => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      const session = await new Promise<Buffer>((resolve, reject) => {
        const socket = connect({ ...common, ...versions }, () => ask(socket));
        socket.on('session', resolve).on('error', reject).resume();
      });
      let isReused = false;
      const resumed = connect({ ...common, ...versions, session }, () => {
        isReused = resumed.isSessionReused();
        ask(resumed);
      });
      const answer = await text(resumed);
      expect(isReused).toBe(true);
      expect(answer).toMatch(/\r\n\r\nfalse$/);
    },
  );
});

test('the authorities are changed in passing, and the certificate stays', async () => {
  const [before, after] = [await clientOf(ours), await clientOf(strangers)];
  server.setTls({ cert: serving.cert, key: serving.key, clientCa: strangers?.certificate ?? '' });
  await expect(asked(after)).resolves.toBe('true');
  await expect(asked(before)).resolves.toBe('false');
  server.setTls({
    cert: serving.cert,
    key: serving.key,
    clientCa: `${ours?.certificate ?? ''}${strangers?.certificate ?? ''}`,
  });
  await expect(asked(after)).resolves.toBe('true');
  await expect(asked(before)).resolves.toBe('true');
  server.setTls({ cert: serving.cert, key: serving.key, clientCa: ours?.certificate ?? '' });
});

test('a listener that asks nobody says nothing of certificates', async () => {
  const open = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: { cert: serving.cert, key: serving.key },
    handler: ({ peer }) => ({ status: 200, headers: {}, body: JSON.stringify(peer) }),
  });
  const told = await asked(await clientOf(ours), open.port);
  await open.close({ graceMs: 0 });
  expect(JSON.parse(told)).toEqual({ address: '127.0.0.1', encrypted: true });
});
