import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { createFetchDocument, defaultFetchLimits } from '../../../src/io/documents/index.ts';
import { startHost } from './server.ts';

const loopback = { address: '127.0.0.1', family: 4 };
const limits = { ...defaultFetchLimits, timeoutMs: 20_000, mostBytes: 10_000, allowsPrivate: true };
/** For hosts that never come to an end. */
const impatient = { ...limits, timeoutMs: 300 };
const lookUp = () => Promise.resolve([loopback]);

/** What is fetched from a host that answers so. */
async function fetched(
  listener: RequestListener,
  { life, patience = limits }: { life?: readonly [number, number]; patience?: typeof limits } = {},
): Promise<string> {
  const host = await startHost(listener, life);
  const fetchDocument = createFetchDocument(patience, lookUp);
  const outcome = await fetchDocument(`${host.url}/keys`, { certificateAuthority: host.certificateAuthority });
  return outcome instanceof Refusal ? outcome.code : outcome;
}

describe('a document is fetched', () => {
  test('from the path that is asked for, by the name that the certificate is for, and without credentials', async () => {
    const host = await startHost((request, response) => {
      response.end(JSON.stringify({ url: request.url, headers: request.headers }));
    });
    const fetchDocument = createFetchDocument(limits, lookUp);
    const outcome = await fetchDocument(`${host.url}/a/keys?v=1`, { certificateAuthority: host.certificateAuthority });
    const seen: unknown = typeof outcome === 'string' ? JSON.parse(outcome) : outcome;
    expect(seen).toEqual({
      url: '/a/keys?v=1',
      headers: {
        host: `issuer.example.com:${host.port}`,
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'podiam',
        connection: 'close',
      },
    });
    expect(host.asked).toEqual(['issuer.example.com']);
  });

  test('A17 from the address that was judged: a name that leads elsewhere at a second look-up gains nothing', async () => {
    const host = await startHost((_, response) => response.end('{}'));
    const answers = [[loopback], [{ address: '127.0.0.2', family: 4 }]];
    let asked = 0;
    const fetchDocument = createFetchDocument(limits, () => Promise.resolve(answers[asked++] ?? []));
    expect(await fetchDocument(host.url, { certificateAuthority: host.certificateAuthority })).toBe('{}');
    expect(asked).toBe(1);
  });
});

const slow: RequestListener = (_, response) => {
  const drip = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(drip));
};

const flood: RequestListener = (_, response) => {
  const pour = () => {
    while (!response.destroyed && response.write('x'.repeat(1000)));
  };
  response.on('drain', pour);
  pour();
};

const refusals: readonly (readonly [string, string, RequestListener])[] = [
  ['F22 from a host that says nothing', 'document-too-slow', () => {}],
  ['F22 from a host that drips', 'document-too-slow', slow],
  ['F22 beyond the limit, with a length that says so', 'document-too-large', (_, r) => r.end('x'.repeat(10_001))],
  ['F22 beyond the limit, without a length and without an end', 'document-too-large', flood],
  [
    'F22 that is packed, as a bomb would be',
    'document-malformed',
    (_, r) => r.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(1_000_000))),
  ],
  ['that is not UTF-8', 'document-malformed', (_, r) => r.end(Buffer.from([0x7b, 0xff, 0x7d]))],
  ['F23 behind a redirect', 'document-redirected', (_, r) => r.writeHead(302, { location: 'https://10.0.0.1/' }).end()],
  ['that may not be read', 'document-status', (_, r) => r.writeHead(403).end('{}')],
  ['that is not there', 'document-status', (_, r) => r.writeHead(404).end('{}')],
  ['of a host in trouble', 'document-status', (_, r) => r.writeHead(500).end('{}')],
  [
    'that is cut off in its middle',
    'document-unreachable',
    (_, r) => {
      r.writeHead(200, { 'content-length': 100 }).write('{"keys":[');
      setTimeout(() => r.destroy(), 20);
    },
  ],
];

describe('a document is refused', () => {
  test.each(refusals)('%s: %s', async (_, code, listener) => {
    expect(await fetched(listener, { patience: code === 'document-too-slow' ? impatient : limits })).toBe(code);
  });

  test('F23 from a host whose certificate has expired', async () => {
    expect(await fetched((_, response) => response.end('{}'), { life: [3, -1] })).toBe('document-unreachable');
  });

  test('F23 from a host whose authority is not known, or whose certificate is for another name', async () => {
    const host = await startHost((_, response) => response.end('{}'));
    const fetchDocument = createFetchDocument(limits, lookUp);
    const { certificateAuthority } = host;
    expect(await fetchDocument(host.url)).toMatchObject({ code: 'document-unreachable' });
    const other = `https://other.example.com:${host.port}/`;
    expect(await fetchDocument(other, { certificateAuthority })).toMatchObject({ code: 'document-unreachable' });
  });

  test.each([
    'http://issuer.example.com/keys',
    'file:///etc/passwd',
    'https://user:word@issuer.example.com/keys',
    'https://issuer.example.com/keys#part',
    'gopher://issuer.example.com/',
    'keys.json',
    '',
  ])('F23 at the address %s', async (url) => {
    const outcome = await createFetchDocument(limits, lookUp)(url);
    expect(outcome).toMatchObject({ code: 'document-url-unfit' });
  });

  test('F23 over plain HTTP, whatever the port: the handshake is what is asked', async () => {
    const server = createServer((_, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const outcome = await createFetchDocument(limits, lookUp)(`https://issuer.example.com:${port}/`);
    expect(outcome).toMatchObject({ code: 'document-unreachable' });
  });

  test.each([
    ['a name that leads to loopback', 'issuer.example.com', [loopback]],
    ['a name with a public and a private address', 'issuer.example.com', [{ address: '8.8.8.8', family: 4 }, loopback]],
    ['loopback itself', '127.0.0.1', []],
    ['loopback in another spelling', '0x7f.1', []],
    ['loopback of IPv6', '[::1]', []],
    ['loopback inside IPv6', '[::ffff:127.0.0.1]', []],
    ['the metadata service', '169.254.169.254', []],
  ])('A17 at %s, and nobody is asked', async (_, name, addresses) => {
    const host = await startHost((__, response) => response.end('{}'));
    const fetchDocument = createFetchDocument({ ...limits, allowsPrivate: false }, () => Promise.resolve(addresses));
    const outcome = await fetchDocument(`https://${name}:${host.port}/keys`);
    expect(outcome).toMatchObject({ code: 'document-address-private' });
    expect(host.connections()).toBe(0);
  });

  test('of a name that does not resolve, or whose resolver says nothing', async () => {
    const unknown = Object.assign(new Error('x'), { code: 'ENOTFOUND' });
    const refused = createFetchDocument(limits, () => Promise.reject(unknown));
    expect(await refused('https://issuer.example.com/')).toMatchObject({ code: 'document-unreachable' });
    const silent = createFetchDocument({ ...limits, timeoutMs: 50 }, () => new Promise(() => {}));
    expect(await silent('https://issuer.example.com/')).toMatchObject({ code: 'document-too-slow' });
  });

  test('when whoever asked gives up', async () => {
    const fetchDocument = createFetchDocument(limits, lookUp);
    const outcome = await fetchDocument('https://issuer.example.com/', { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ code: 'document-unreachable' });
  });
});
