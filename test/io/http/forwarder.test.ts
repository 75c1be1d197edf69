import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import type { HttpRequest, HttpResponse } from '../../../src/core/wire/index.ts';
import { createForwarder, type Forwarder, type ForwarderOptions, serve } from '../../../src/io/http/index.ts';
import { selfSignedServer } from '../../../src/io/tls/index.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** An upstream that keeps the bytes of each request and answers each with the next text; `''` never answers. */
async function upstream(answers: readonly string[], ending: 'keeps' | 'closes' = 'keeps') {
  const received: string[] = [];
  let next = 0;
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      received.push(data.toString('latin1'));
      const answer = answers[Math.min(next++, answers.length - 1)];
      if (answer) socket.write(answer, 'latin1');
      if (answer && ending === 'closes') socket.end();
    });
    opened.push(() => socket.destroy());
  });
  opened.push(() => new Promise((resolve) => server.close(resolve)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { received, port };
}

function forwarderTo(port: number, options: Partial<ForwarderOptions> = {}): Forwarder {
  const forwarder = createForwarder({ upstream: { host: '127.0.0.1', port }, ...options });
  opened.push(forwarder.close);
  return forwarder;
}

function requestOf(overrides: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    target: '/',
    path: '/',
    query: '',
    rawHeaders: ['Host', 'gateway.example'],
    body: new Uint8Array(0),
    peer: { address: '192.0.2.7', encrypted: true },
    ...overrides,
  };
}

/** One header a line, as Node's `rawHeaders`. */
function headersIn(lines: string): string[] {
  return lines
    .trim()
    .split('\n')
    .flatMap((line) => line.trim().split(': '));
}

function answered(result: HttpResponse | Refusal): HttpResponse {
  if (result instanceof Refusal) throw new Error(`${result.explain()} ${result.cause}`);
  return result;
}

const textOf = ({ body }: HttpResponse) => Buffer.from(body).toString();
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('on the way to the upstream', () => {
  test.each(['/a/../b', '/a//b/./', '/%2e%2e/%2F', "/it's?x=|&y=[1]", '/a?b?c', '/..'])(
    'A24 the target %s stays byte for byte',
    async (target) => {
      const { port, received } = await upstream([ok]);
      answered(await forwarderTo(port).forward(requestOf({ target })));
      expect(received[0]?.split('\r\n')[0]).toBe(`GET ${target} HTTP/1.1`);
    },
  );

  test('A25 what belongs to one connection is dropped, and what Connection lists, whatever the spelling', async () => {
    const { port, received } = await upstream([ok]);
    const rawHeaders = headersIn(`
      Host: client-chosen
      Connection: close, X-Internal ,keep-alive
      X-Internal: 1
      x_internal: 2
      Keep-Alive: timeout=5
      TE: trailers
      Trailer: X-T
      Proxy-Authorization: Basic x
      Upgrade: h2c
      Transfer-Encoding: chunked
      Transfer_Encoding: chunked
      Expect: 100-continue
      Content-Length: 99
      X-Kept: A
      x-kept: B`);
    answered(await forwarderTo(port).forward(requestOf({ rawHeaders })));
    expect(received[0]).toBe(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Kept: A\r\nx-kept: B\r\nConnection: keep-alive\r\n\r\n`,
    );
  });

  test('A25 what the gateway sets stands alone: the client can neither add a twin nor have it dropped', async () => {
    const { port, received } = await upstream([ok]);
    const rawHeaders = headersIn(`
      Host: h
      connection: x-podiam-role
      X-Podiam-Role: admin
      x_podiam_role: admin
      X-Podiam-Account: 1
      X_PODIAM_ACCOUNT: 2
      Authorization: AWS4-HMAC-SHA256 x
      X-Other: o`);
    const changes = {
      set: { 'x-podiam-role': 'reader' },
      drop: (name: string) => name === 'authorization' || name.startsWith('x-podiam-'),
    };
    answered(await forwarderTo(port).forward(requestOf({ rawHeaders }), changes));
    const lines = received[0]?.split('\r\n').filter((line) => /podiam|authorization|other/i.test(line));
    expect(lines).toEqual(['X-Other: o', 'x-podiam-role: reader']);
  });

  test.each([
    ['POST', 'abc', 'Content-Length: 3'],
    ['POST', '', 'Content-Length: 0'],
    ['PATCH', '', 'Content-Length: 0'],
    ['DELETE', 'abc', 'Content-Length: 3'],
    ['DELETE', '', undefined],
    ['GET', '', undefined],
  ])('a %s with the body «%s» states its length once, never chunks', async (method, body, expected) => {
    const { port, received } = await upstream([ok]);
    answered(await forwarderTo(port).forward(requestOf({ method, body: Buffer.from(body) })));
    const message = received.join('');
    expect(message.match(/content-length: \d+/i)?.[0]).toBe(expected);
    expect(message).not.toMatch(/transfer-encoding/i);
    expect(message.endsWith(`\r\n\r\n${body}`)).toBe(true);
  });

  test('connections are kept and used again', async () => {
    const { port, received } = await upstream([ok]);
    const { forward } = forwarderTo(port, { connections: 1 });
    for (let i = 0; i < 5; i++) answered(await forward(requestOf()));
    expect(received).toHaveLength(5);
  });
});

describe('on the way back', () => {
  test('status, body and end-to-end headers come as they are; the framing does not', async () => {
    const { port } = await upstream([
      'HTTP/1.1 418 Teapot\r\nContent-Type: a/b\r\nVary: x\r\nVary: y\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n' +
        'Connection: X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    ]);
    const result = answered(await forwarderTo(port).forward(requestOf()));
    expect(result.status).toBe(418);
    expect(result.headers).toEqual({
      'content-type': 'a/b',
      vary: ['x', 'y'],
      'set-cookie': ['a=1', 'b=2'],
    });
    expect(textOf(result)).toBe('hi');
  });

  test('a redirect is the client’s to follow', async () => {
    const { port } = await upstream(['HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n']);
    expect(answered(await forwarderTo(port).forward(requestOf()))).toMatchObject({
      status: 302,
      headers: { location: 'http://192.0.2.1/' },
    });
  });

  test('an answer to HEAD keeps the length that it tells', async () => {
    const { port } = await upstream(['HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n']);
    const result = answered(await forwarderTo(port).forward(requestOf({ method: 'HEAD' })));
    expect(result.headers['content-length']).toBe('99999999999');
    expect(result.body).toHaveLength(0);
  });
});

describe('an upstream that', () => {
  const refusedWith = async (port: number, options: Partial<ForwarderOptions> = {}) => {
    const result = await forwarderTo(port, options).forward(requestOf());
    return result instanceof Refusal ? [result.status, result.code] : result;
  };

  test('is down is a 502', async () => {
    expect(await refusedWith(1)).toEqual([502, 'http-upstream-unavailable']);
  });

  test('never answers, or never ends, is a 504 in time', async () => {
    const silent = await upstream(['']);
    expect(await refusedWith(silent.port, { timeoutMs: 100 })).toEqual([504, 'http-upstream-too-slow']);
    const endless = await upstream(['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc']);
    expect(await refusedWith(endless.port, { timeoutMs: 100 })).toEqual([504, 'http-upstream-too-slow']);
  });

  test.each([
    ['breaks its answer off', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['breaks its chunks off', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['changes the protocol unasked', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ])('%s is a 502', async (_, answer) => {
    const { port } = await upstream([answer], 'closes');
    expect(await refusedWith(port)).toEqual([502, 'http-upstream-unavailable']);
  });

  test.each([
    ['says', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'],
    ['sends', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${`a0\r\n${'x'.repeat(160)}\r\n`.repeat(5)}`],
  ])('%s more than passes is a 502', async (_, answer) => {
    const { port } = await upstream([answer]);
    expect(await refusedWith(port, { maxResponseBytes: 500 })).toEqual([502, 'http-upstream-answer-too-large']);
  });

  test('closed a kept connection meanwhile is asked again where the method allows it, and not where it does not', async () => {
    for (const [method, expected] of [
      ['GET', 200],
      ['POST', 502],
    ] as const) {
      const connections: number[] = [];
      const server = createServer((socket) => {
        const mine = connections.push(0) - 1;
        socket.on('error', () => {});
        socket.on('data', () => {
          connections[mine] = (connections[mine] ?? 0) + 1;
          // The first connection answers once and is reset under the second request.
          if (mine === 0 && connections[mine] === 2) socket.resetAndDestroy();
          else socket.write(ok);
        });
        opened.push(() => socket.destroy());
      });
      opened.push(() => new Promise((resolve) => server.close(resolve)));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const { forward } = forwarderTo(typeof address === 'object' && address !== null ? address.port : 0);
      answered(await forward(requestOf()));
      const result = await forward(requestOf({ method }));
      expect(result.status).toBe(expected);
    }
  });

  test('has a certificate is asked over TLS, and only if the certificate is trusted', async () => {
    const names = { commonName: 'api', dnsNames: ['api.internal'], ipAddresses: [] };
    const { caCertificate, certificate, privateKey } = await selfSignedServer(names, { now: Date.now(), days: 1 });
    const server = await serve({
      host: '127.0.0.1',
      port: 0,
      tls: { cert: certificate, key: privateKey },
      handler: ({ body }) => ({ status: 200, headers: {}, body }),
    });
    opened.push(() => server.close({ graceMs: 0 }));
    const to = (tls: NonNullable<ForwarderOptions['upstream']['tls']>) =>
      forwarderTo(server.port, { upstream: { host: '127.0.0.1', port: server.port, tls } });
    const request = requestOf({ method: 'POST', body: Buffer.from('echo') });
    const trusted = await to({ ca: caCertificate, servername: 'api.internal' }).forward(request);
    expect(textOf(answered(trusted))).toBe('echo');
    expect(await to({}).forward(request)).toMatchObject({ code: 'http-upstream-unavailable' });
    expect(await to({ ca: caCertificate, servername: 'other' }).forward(request)).toMatchObject({
      code: 'http-upstream-unavailable',
    });
  });
});
