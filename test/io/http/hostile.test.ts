import { afterEach, describe, expect, test } from 'vitest';
import type { HttpHandler } from '../../../src/core/wire/index.ts';
import { type RunningServer, type ServeOptions, serve } from '../../../src/io/http/index.ts';
import { bodyOf, open, say, statusOf } from './raw.ts';

const running: RunningServer[] = [];
let judged: string[] = [];

const record: HttpHandler = ({ target, body }) => {
  judged.push(`${target} ${body.length}`);
  return { status: 200, headers: {}, body: 'judged' };
};

async function start(options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const server = await serve({ host: '127.0.0.1', port: 0, handler: record, ...options });
  running.push(server);
  return server;
}

afterEach(async () => {
  judged = [];
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 })));
});

const head = 'Host: h\r\n';

interface Case {
  readonly what: string;
  readonly sent: string;
  readonly status: number;
  readonly reason: string;
}

const cases: readonly Case[] = [
  {
    what: 'A24 a # in the target',
    sent: `GET /a#/../b HTTP/1.1\r\n${head}\r\n`,
    status: 400,
    reason: 'http-target-ambiguous',
  },
  {
    what: 'A24 a \\ in the target',
    sent: `GET /a\\..\\b HTTP/1.1\r\n${head}\r\n`,
    status: 400,
    reason: 'http-target-ambiguous',
  },
  {
    what: 'A24 a target in absolute-form',
    sent: `GET http://other/a HTTP/1.1\r\n${head}\r\n`,
    status: 400,
    reason: 'http-target-ambiguous',
  },
  {
    what: 'A24 a target in asterisk-form',
    sent: `OPTIONS * HTTP/1.1\r\n${head}\r\n`,
    status: 400,
    reason: 'http-target-ambiguous',
  },
  {
    what: 'A25 a control character in the target',
    sent: `GET /a\u0001b HTTP/1.1\r\n${head}\r\n`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'A25 a byte outside ASCII in the target',
    sent: `GET /a\u00E9 HTTP/1.1\r\n${head}\r\n`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'A25 two Hosts',
    sent: `GET / HTTP/1.1\r\n${head}host: other\r\n\r\n`,
    status: 400,
    reason: 'http-header-repeated',
  },
  {
    what: 'A25 two Authorizations',
    sent: `GET / HTTP/1.1\r\n${head}Authorization: a\r\nAUTHORIZATION: b\r\n\r\n`,
    status: 400,
    reason: 'http-header-repeated',
  },
  { what: 'A25 no Host', sent: 'GET / HTTP/1.1\r\n\r\n', status: 400, reason: 'http-malformed' },
  {
    what: 'A25 a control character in a header',
    sent: `GET / HTTP/1.1\r\n${head}X-A: b\u0001\r\n\r\n`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'A25 a header name with a space before its colon',
    sent: `GET / HTTP/1.1\r\n${head}Content-Length : 3\r\n\r\nabc`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'A25 a folded header',
    sent: `GET / HTTP/1.1\r\n${head}X-A: b\r\n c\r\n\r\n`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'A25 Content-Length beside Transfer-Encoding',
    sent: `POST / HTTP/1.1\r\n${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'A25 a transfer coding under the chunks, which would be dropped',
    sent: `POST / HTTP/1.1\r\n${head}Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    status: 501,
    reason: 'http-coding-unknown',
  },
  {
    what: 'A25 a transfer coding in a header of its own',
    sent: `POST / HTTP/1.1\r\n${head}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 501,
    reason: 'http-coding-unknown',
  },
  {
    what: 'A25 an expectation that nobody knows',
    sent: `POST / HTTP/1.1\r\n${head}Expect: a-miracle\r\nContent-Length: 3\r\n\r\nabc`,
    status: 417,
    reason: 'http-expectation-unknown',
  },
  {
    what: 'A25 an expectation beside 100-continue',
    sent: `POST / HTTP/1.1\r\n${head}Expect: 100-continue, a-miracle\r\nContent-Length: 3\r\n\r\nabc`,
    status: 417,
    reason: 'http-expectation-unknown',
  },
  {
    what: 'A25 two Content-Lengths',
    sent: `POST / HTTP/1.1\r\n${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'A25 a chunk whose length is none',
    sent: `POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'F26 the preface of HTTP/2',
    sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'F26 an upgrade to h2c',
    sent: `GET / HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    status: 400,
    reason: 'http-upgrade-refused',
  },
  { what: 'F26 TRACE', sent: `TRACE / HTTP/1.1\r\n${head}\r\n`, status: 400, reason: 'http-method-refused' },
  {
    what: 'F26 CONNECT',
    sent: `CONNECT other:443 HTTP/1.1\r\n${head}\r\n`,
    status: 400,
    reason: 'http-method-refused',
  },
  { what: 'F26 a method that is none', sent: `STEAL / HTTP/1.1\r\n${head}\r\n`, status: 400, reason: 'http-malformed' },
  {
    what: 'F25 headers larger than is taken',
    sent: `GET / HTTP/1.1\r\n${head}X-A: ${'a'.repeat(20_000)}\r\n\r\n`,
    status: 431,
    reason: 'http-headers-too-large',
  },
  {
    what: 'F27 a Content-Length of 100 MB, true or false',
    sent: `POST / HTTP/1.1\r\n${head}Content-Length: 104857600\r\n\r\n{}`,
    status: 413,
    reason: 'http-body-too-large',
  },
  {
    what: 'F27 a Content-Length beyond all numbers',
    sent: `POST / HTTP/1.1\r\n${head}Content-Length: 99999999999999999999999\r\n\r\n{}`,
    status: 400,
    reason: 'http-malformed',
  },
  {
    what: 'F27 chunks beyond the limit',
    sent: `POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${`1000\r\n${'a'.repeat(4096)}\r\n`.repeat(300)}`,
    status: 413,
    reason: 'http-body-too-large',
  },
];

test.each(cases)('$what: $status, closed, and the handler is not asked', async ({ sent, status, reason }) => {
  const { port } = await start();
  const received = await say(port, sent);
  expect(statusOf(received)).toBe(status);
  expect(bodyOf(received)['reason']).toBe(reason);
  expect(received).toMatch(/\r\nConnection: close\r\n/);
  expect(judged).toEqual([]);
});

test('A22 a refusal cannot be run or kept by a browser', async () => {
  const { port } = await start();
  const received = await say(port, `GET /a#<script> HTTP/1.1\r\n${head}\r\n`);
  expect(received).toContain("content-security-policy: default-src 'none'");
  expect(received).toContain('cache-control: no-store');
  expect(received).not.toContain('<script>');
});

describe('F25', () => {
  const quick = { headers: 200, request: 400, idle: 300, stalled: 2000 };

  test('headers that drip are refused with 408', async () => {
    const { port } = await start({ timeouts: quick });
    const raw = await open(port);
    raw.send('GET / HTTP/1.1\r\nHo');
    expect(statusOf(await raw.closed)).toBe(408);
  });

  test('a connection that never speaks is closed', async () => {
    const { port } = await start({ timeouts: quick });
    const raw = await open(port);
    expect(statusOf(await raw.closed)).toBe(408);
  });

  test('a body that drips is refused with 408 and not judged', async () => {
    const { port } = await start({ timeouts: quick });
    const raw = await open(port);
    raw.send(`POST / HTTP/1.1\r\n${head}Content-Length: 10\r\n\r\nabc`);
    expect(statusOf(await raw.closed)).toBe(408);
    expect(judged).toEqual([]);
  });

  test('a kept connection that waits too long is closed without a word', async () => {
    const { port } = await start({ timeouts: quick });
    const raw = await open(port);
    raw.send(`GET / HTTP/1.1\r\n${head}\r\n`);
    const received = await raw.closed;
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('a client that waits for a handler which never answers is let go', async () => {
    const { port } = await start({ timeouts: { ...quick, stalled: 300 }, handler: () => new Promise(() => {}) });
    const raw = await open(port);
    raw.send(`GET / HTTP/1.1\r\n${head}\r\n`);
    expect(await raw.closed).toBe('');
  });

  test.each([
    ['Content-Length', 'Content-Length: 10\r\n\r\nabc'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ])('a body with %s that ends early is not judged, whether aborted or half-closed', async (_, rest) => {
    const { port } = await start();
    const aborted = await open(port);
    aborted.send(`POST /aborted HTTP/1.1\r\n${head}${rest}`);
    const halfClosed = await open(port);
    halfClosed.send(`POST /half HTTP/1.1\r\n${head}${rest}`);
    aborted.destroy();
    halfClosed.end();
    await Promise.all([aborted.closed, halfClosed.closed]);
    expect(statusOf(await say(port, `GET /after HTTP/1.1\r\n${head}Connection: close\r\n\r\n`))).toBe(200);
    expect(judged).toEqual(['/after 0']);
  });

  test('a client that leaves while the handler works harms nobody', async () => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const asked: string[] = [];
    const { port } = await start({
      handler: async ({ path }) => {
        asked.push(path);
        if (path === '/slow') await answered;
        return { status: 200, headers: {}, body: 'x'.repeat(100_000) };
      },
    });
    const raw = await open(port);
    raw.send(`GET /slow HTTP/1.1\r\n${head}\r\n`);
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    raw.destroy();
    await raw.closed;
    answer();
    expect(statusOf(await say(port, `GET /next HTTP/1.1\r\n${head}Connection: close\r\n\r\n`))).toBe(200);
  });

  test('a thousand half-open requests leave others unharmed', async () => {
    const { port } = await start({ timeouts: { headers: 2000, request: 2000 } });
    const slow = await Promise.all(Array.from({ length: 1000 }, () => open(port)));
    for (const raw of slow) raw.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Le');
    expect(statusOf(await say(port, `GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`))).toBe(200);
    const ends = await Promise.all(slow.map(({ closed }) => closed));
    expect(new Set(ends.map(statusOf))).toEqual(new Set([408]));
  });
});

describe('F26 a pipelined request', () => {
  test('is refused after the answer to the one ahead, and what follows it is not read', async () => {
    const { port } = await start({
      handler: async (request) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return record(request);
      },
    });
    const received = await say(port, ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\n${head}\r\n`).join(''));
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(received).toContain('http-pipelining-refused');
    expect(judged).toEqual(['/1 0']);
  });

  test('that is malformed does not take the place of the answer ahead', async () => {
    const { port } = await start({
      handler: async (request) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return record(request);
      },
    });
    expect(await say(port, `GET /1 HTTP/1.1\r\n${head}\r\nnonsense\r\n\r\n`)).not.toContain('http-malformed');
  });
});
