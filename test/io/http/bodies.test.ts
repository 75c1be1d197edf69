// The memory that the bodies of all requests have together, over real sockets.
import { afterEach, expect, test } from 'vitest';
import type { HttpHandler } from '../../../src/core/wire/index.ts';
import { type RunningServer, type ServeOptions, serve } from '../../../src/io/http/index.ts';
import { bodyOf, open, say, statusOf } from './raw.ts';

const running: RunningServer[] = [];
const mib = 1024 * 1024;

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 })));
});

const lengthOf: HttpHandler = ({ body }) => ({ status: 200, headers: {}, body: `{"length":${body.length}}` });

async function start(options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const limits = { bodyBytes: mib, bodiesBytes: mib };
  const server = await serve({ host: '127.0.0.1', port: 0, handler: lengthOf, limits, ...options });
  running.push(server);
  return server;
}

const headOf = (length: number) =>
  `POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
const whole = (length: number) => `${headOf(length)}${'x'.repeat(length)}`;

test('A21 the largest of the bodies that have not arrived makes room for others with 503, and small ones always have room', async () => {
  const { port } = await start();
  const large = await open(port);
  large.send(`${headOf(mib)}${'x'.repeat(700_000)}`);
  expect(statusOf(await say(port, whole(300_000)))).toBe(200);
  const larger = await open(port);
  larger.send(`${headOf(mib)}${'x'.repeat(mib - 1)}`);
  const refused = await Promise.race([large.closed, larger.closed]);
  expect(statusOf(refused)).toBe(503);
  expect(bodyOf(refused)['reason']).toBe('http-body-no-room');
  expect(refused).toContain('Connection: close');
  expect(statusOf(await say(port, whole(30_000)))).toBe(200);
  large.destroy();
  larger.destroy();
});

test('A21 what made room, was answered or broke off has given its room back', async () => {
  const { port } = await start();
  for (let round = 0; round < 5; round++) {
    const left = await open(port);
    left.send(`${headOf(mib)}${'x'.repeat(mib - 1)}`);
    const second = await open(port);
    second.send(`${headOf(mib)}${'x'.repeat(mib - 1)}`);
    expect(statusOf(await Promise.race([left.closed, second.closed]))).toBe(503);
    left.destroy();
    second.destroy();
    await Promise.all([left.closed, second.closed]);
    expect(await say(port, whole(mib))).toContain(`{"length":${mib}}`);
  }
});

test('A21 a body that is being judged has its room until it is answered, whatever the handler comes to', async () => {
  let judged = 0;
  const gate = Promise.withResolvers<undefined>();
  const handler: HttpHandler = async ({ body }) => {
    if (body.length < 600_000) return { status: 200, headers: {}, body: 'ok' };
    judged += 1;
    await gate.promise;
    throw new Error('the handler stumbles');
  };
  const { port } = await start({ handler });
  const held = say(port, whole(700_000));
  await expect.poll(() => judged).toBe(1);
  expect(statusOf(await say(port, whole(700_000)))).toBe(503);
  expect(statusOf(await say(port, whole(10_000)))).toBe(200);
  gate.resolve(undefined);
  expect(statusOf(await held)).toBe(500);
  expect(statusOf(await say(port, whole(700_000)))).toBe(500);
});

test.each([1, 7, 1000, 65_537])('a body in chunks of %d bytes arrives as it was sent', async (size) => {
  const seen: Uint8Array[] = [];
  const handler: HttpHandler = (request) => {
    seen.push(request.body);
    return lengthOf(request);
  };
  const { port } = await start({ handler });
  const sent = Array.from({ length: 300_000 }, (_, n) => 'abcdefghijk'.charAt(n % 11))
    .join('')
    .slice(0, size * 3000);
  const chunks: string[] = [];
  for (let at = 0; at < sent.length; at += size) {
    const chunk = sent.slice(at, at + size);
    chunks.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  }
  const head = 'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
  expect(statusOf(await say(port, `${head}${chunks.join('')}0\r\n\r\n`))).toBe(200);
  expect(Buffer.from(seen[0] ?? []).toString()).toBe(sent);
});

test('A21 what the head is refused for is answered before the body, which is not held nor asked for', async () => {
  const vet: ServeOptions['vet'] = ({ path, peer }) =>
    path === '/open' ? undefined : { status: 403, headers: { 'x-peer': peer.address }, body: 'no' };
  const { port } = await start({ vet });
  const stranger = await open(port);
  stranger.send(headOf(mib).replace('\r\nHost', '\r\nExpect: 100-continue\r\nHost'));
  const answer = await stranger.closed;
  expect(statusOf(answer)).toBe(403);
  expect(answer).toContain('x-peer: 127.0.0.1');
  expect(answer).not.toContain('100 Continue');
  expect(statusOf(await say(port, whole(10).replace('POST /', 'POST /open')))).toBe(200);
});

test('a head that cannot be vetted is a 500, of which the operator learns, and ends nothing else', async () => {
  const errors: unknown[] = [];
  const vet = () => {
    throw new Error('vetting stumbles');
  };
  const { port } = await start({ vet, onError: (error) => errors.push(error) });
  expect(statusOf(await say(port, whole(10)))).toBe(500);
  expect(errors).toHaveLength(1);
  expect(statusOf(await say(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'))).toBe(200);
});
