import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpHandler, type HttpRequest, headerValues } from '../../../src/core/wire/index.ts';
import { type RunningServer, type ServeOptions, serve } from '../../../src/io/http/index.ts';
import { bodyOf, open, say, statusOf } from './raw.ts';

const running: RunningServer[] = [];

async function start(handler: HttpHandler, options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const server = await serve({ host: '127.0.0.1', port: 0, handler, ...options });
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 })));
});

const hello: HttpHandler = () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' });

/** A handler that keeps what it saw. */
function recorder(): { seen: HttpRequest[]; handler: HttpHandler } {
  const seen: HttpRequest[] = [];
  return {
    seen,
    handler: (request) => {
      seen.push(request);
      return { status: 200, headers: {}, body: 'ok' };
    },
  };
}

describe('a request', () => {
  test('reaches the handler as the bytes that were sent', async () => {
    const { seen, handler } = recorder();
    const { port } = await start(handler);
    await say(
      port,
      'POST /a/../%2e/b?x=1?y HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\nx-twice: 2\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc',
    );
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      target: '/a/../%2e/b?x=1?y',
      path: '/a/../%2e/b',
      query: 'x=1?y',
      peer: { address: '127.0.0.1', encrypted: false },
    });
    expect(seen[0]?.rawHeaders.slice(0, 6)).toEqual(['Host', 'h', 'X-Twice', '1', 'x-twice', '2']);
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe('abc');
  });

  test('in chunks is put together', async () => {
    const { seen, handler } = recorder();
    const { port } = await start(handler);
    const raw = await open(port);
    raw.send('POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    raw.send('4\r\ndefg\r\n0\r\n\r\n');
    expect(statusOf(await raw.closed)).toBe(200);
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe('abcdefg');
  });

  test('of HTTP/1.0 without a Host is served: nginx asks its upstreams so', async () => {
    const { port } = await start(hello);
    expect(statusOf(await say(port, 'GET / HTTP/1.0\r\n\r\n'))).toBe(200);
  });

  test('that awaits 100 Continue gets it, or at once the refusal', async () => {
    const { port } = await start(hello, { limits: { bodyBytes: 10 } });
    const head = 'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\n';
    const raw = await open(port);
    raw.send(`${head}Content-Length: 3\r\n\r\n`);
    await raw.until('100 Continue');
    raw.send('abc');
    expect(await raw.closed).toContain('HTTP/1.1 200 OK');
    const refused = await say(port, `${head}Content-Length: 11\r\n\r\n`);
    expect(statusOf(refused)).toBe(413);
  });
});

describe('an answer', () => {
  const bytes = new Uint8Array([0xe2, 0x82, 0xac]);
  test.each([
    ['text', { status: 200, headers: {}, body: '€' }, 'Content-Length: 3\r\n'],
    ['bytes', { status: 201, headers: {}, body: bytes }, 'Content-Length: 3\r\n'],
    ['nothing', { status: 200, headers: {}, body: '' }, 'Content-Length: 0\r\n'],
    [
      'framing of the handler’s own, which is not taken',
      {
        status: 200,
        headers: { 'Content-Length': '99', 'transfer-encoding': 'chunked', Connection: 'keep-alive' },
        body: 'abc',
      },
      'Content-Length: 3\r\n',
    ],
  ])('with %s tells its length once', async (_, answer, expected) => {
    const { port } = await start(() => answer);
    const received = await say(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(received).toContain(expected);
    expect(received.match(/content-length/gi)).toHaveLength(1);
    expect(received).not.toMatch(/transfer-encoding/i);
  });

  test('to HEAD has the length and no body', async () => {
    const { port } = await start(hello);
    const received = await say(port, 'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(received).toContain('Content-Length: 5\r\n');
    expect(received.endsWith('\r\n\r\n')).toBe(true);
  });

  test.each([204, 304])('%i has neither body nor length', async (status) => {
    const { port } = await start(() => ({ status, headers: {}, body: '' }));
    expect(await say(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).not.toMatch(/content-length/i);
  });

  test('carries several cookies in lines of their own', async () => {
    const { port } = await start(() => ({ status: 200, headers: { 'set-cookie': ['a=1; Path=/', 'b=2'] }, body: '' }));
    const received = await say(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(received).toContain('set-cookie: a=1; Path=/\r\nset-cookie: b=2\r\n');
  });
});

describe('a handler that fails', () => {
  const failures: readonly [string, HttpHandler][] = [
    [
      'throws',
      () => {
        throw new Error('the secret is hunter2');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the secret is hunter2'))],
    ['answers with a header that is none', () => ({ status: 200, headers: { 'x-a': 'b\r\nc: d' }, body: '' })],
    ['answers with a status that is none', () => ({ status: 7, headers: {}, body: '' })],
  ];
  test.each(failures)('(it %s) is a 500 whose request id the operator finds, and tells nothing', async (_, handler) => {
    const reported: { error: unknown; requestId: string | undefined }[] = [];
    const { port } = await start(handler, { onError: (error, requestId) => reported.push({ error, requestId }) });
    const received = await say(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(statusOf(received)).toBe(500);
    expect(received).not.toContain('hunter2');
    expect(reported).toHaveLength(1);
    expect(bodyOf(received)).toMatchObject({ reason: 'http-handler-failed', requestId: reported[0]?.requestId });
  });

  test('leaves its connection and all others usable', async () => {
    let calls = 0;
    const { port } = await start(() => {
      calls++;
      if (calls === 1) throw new Error('once');
      return { status: 200, headers: {}, body: 'fine' };
    });
    const raw = await open(port);
    raw.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await raw.until('http-handler-failed');
    raw.send('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(await raw.closed).toContain('fine');
  });
});

describe('starting', () => {
  test('on a port in use is refused in one sentence', async () => {
    const { port } = await start(hello);
    await expect(serve({ host: '127.0.0.1', port, handler: hello })).rejects.toMatchObject({
      refusal: { code: 'port-in-use', sentence: `Port ${port} of 127.0.0.1 is in use by another process.` },
    });
  });

  test.each([
    ['192.0.2.1', 0, 'host-not-here'],
    ['no-such-host.invalid', 0, 'host-not-here'],
    ['127.0.0.1', 70_000, 'listen-failed'],
  ])('on %s, port %i, is refused as %s', async (host, port, code) => {
    await expect(serve({ host, port, handler: hello })).rejects.toMatchObject({ refusal: { code } });
  });

  test('on all addresses names one that a client can use', async () => {
    const { url, port } = await start(hello, { host: '0.0.0.0' });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const answer = await new Promise<string>((resolve, reject) => {
      request(url, (incoming) => {
        text(incoming).then(resolve, reject);
      }).end();
    });
    expect(answer).toBe('hello');
  });

  test('behind proxies tells the handler, and whoever vets the head, where a request comes from', async () => {
    const vetted: string[] = [];
    const { port } = await start(
      ({ peer }) => ({ status: 200, headers: {}, body: `${peer.address} ${peer.encrypted}` }),
      {
        origin: (head) => ({
          address: `${head.peer.address} says ${headerValues(head, 'x-forwarded-for').join(' and ')}`,
          encrypted: !head.peer.encrypted,
        }),
        vet: ({ peer }) => void vetted.push(peer.address),
      },
    );
    const headers = { 'x-forwarded-for': '198.51.100.1' };
    const ask = async (body: string) =>
      (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).text();
    // One connection, whose requests are of different people.
    expect(await ask('one')).toBe('127.0.0.1 says 198.51.100.1 true');
    headers['x-forwarded-for'] = '198.51.100.2';
    expect(await ask('two')).toBe('127.0.0.1 says 198.51.100.2 true');
    expect(vetted).toEqual(['127.0.0.1 says 198.51.100.1', '127.0.0.1 says 198.51.100.2']);
  });

  test('on all addresses of both families tells an IPv4 peer by its own address', async () => {
    const handler = ({ peer }: HttpRequest) => ({ status: 200, headers: {}, body: peer.address });
    const { port } = await start(handler, { host: '::' });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('127.0.0.1');
  });
});
