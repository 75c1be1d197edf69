import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../../src/io/http/index.ts';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';
import { open, say } from './raw.ts';

let first: SelfSignedServer;
let second: SelfSignedServer;
let server: RunningServer;

const names = { commonName: 'podiam', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const materialOf = ({ certificate, privateKey }: SelfSignedServer) => ({ cert: certificate, key: privateKey });

beforeAll(async () => {
  first = await selfSignedServer(names, { now: Date.now(), days: 7 });
  second = await selfSignedServer(names, { now: Date.now(), days: 7 });
  server = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: materialOf(first),
    handler: ({ peer }) => ({ status: 200, headers: {}, body: String(peer.encrypted) }),
  });
});

afterAll(() => server.close({ graceMs: 0 }));

/** The TLS connection, or the code of why there is none. */
function handshake(options: ConnectionOptions): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', ca: first.caCertificate, ...options }, () =>
      resolve(socket),
    );
    socket.on('error', (error: Error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

function get(ca: string, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${server.url}${path}`, { ca, agent: false }, (incoming) => {
      text(incoming).then(resolve, reject);
    });
    outgoing.on('error', reject).end();
  });
}

test('a client that trusts the authority is served, and the handler knows that it came encrypted', async () => {
  expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
  await expect(get(first.caCertificate)).resolves.toBe('true');
});

test.each([
  ['1.2', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
  ['1.3', { minVersion: 'TLSv1.3' }, 'TLSv1.3'],
] as const)('TLS %s is spoken', async (_, options, protocol) => {
  const socket = await handshake(options);
  expect(typeof socket === 'string' ? socket : socket.getProtocol()).toBe(protocol);
  if (typeof socket !== 'string') socket.destroy();
});

test('TLS 1.1 is not', async () => {
  await expect(handshake({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).resolves.toMatch(/^E/);
});

describe('F26', () => {
  test.each([
    ['http/1.1', ['http/1.1'], 'http/1.1'],
    ['h2 before http/1.1', ['h2', 'http/1.1'], 'http/1.1'],
  ])('a client that offers %s by ALPN is given http/1.1', async (_, offered, chosen) => {
    const socket = await handshake({ ALPNProtocols: offered });
    expect(typeof socket === 'string' ? socket : socket.alpnProtocol).toBe(chosen);
    if (typeof socket !== 'string') socket.destroy();
  });

  test('a client that offers h2 alone is told so in the handshake', async () => {
    await expect(handshake({ ALPNProtocols: ['h2'] })).resolves.toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    const session = connectHttp2(server.url, { ca: first.caCertificate });
    await expect(new Promise((resolve) => session.on('error', resolve))).resolves.toBeInstanceOf(Error);
  });
});

test('plain HTTP on a TLS port is closed, and others are served', async () => {
  await say(server.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await expect(get(first.caCertificate)).resolves.toBe('true');
});

test('F5 another certificate is served from one connection to the next, while open ones go on', async () => {
  const early = await handshake({ servername: 'localhost' });
  if (typeof early === 'string') throw new Error(early);
  server.setTls(materialOf(second));
  try {
    await expect(get(second.caCertificate)).resolves.toBe('true');
    await expect(get(first.caCertificate)).rejects.toThrow(/certificate/);
    early.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    await expect(text(early)).resolves.toContain('true');
  } finally {
    server.setTls(materialOf(first));
  }
});

test.each([
  ['no PEM', () => ({ cert: 'nonsense', key: 'nonsense' })],
  ['a key of another certificate', () => ({ cert: first.certificate, key: second.privateKey })],
  ['half a file', () => ({ cert: first.certificate.slice(0, 200), key: first.privateKey })],
])('F29 material that is %s is refused, and the last good one is kept', async (_, material) => {
  expect(() => server.setTls(material())).toThrow(
    expect.objectContaining({ refusal: expect.objectContaining({ code: 'tls-material-unfit' }) }),
  );
  await expect(
    serve({ host: '127.0.0.1', port: 0, tls: material(), handler: () => ({ status: 200, headers: {}, body: '' }) }),
  ).rejects.toMatchObject({
    refusal: { code: 'tls-material-unfit' },
  });
  await expect(get(first.caCertificate)).resolves.toBe('true');
});

test('F25 a handshake that stalls is cut, also by a close', async () => {
  const quick = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: materialOf(first),
    timeouts: { headers: 200 },
    handler: () => ({ status: 200, headers: {}, body: '' }),
  });
  expect(await say(quick.port, '\u0016')).toBe('');
  const stalled = await open(quick.port);
  stalled.send('\u0016\u0003');
  await quick.close({ graceMs: 20 });
  expect(await stalled.closed).toBe('');
});
