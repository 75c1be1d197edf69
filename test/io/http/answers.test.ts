// The memory of answers that nobody reads, over real sockets.
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../../src/io/http/index.ts';
import { bodyOf, say, statusOf } from './raw.ts';

const mib = 1024 * 1024;
/** More than the system's own buffers between two sockets. */
const answerBytes = 16 * mib;
const running: RunningServer[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 })));
});

const asking = 'GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

async function start(answersBytes: number): Promise<number> {
  const handler = ({ path }: { readonly path: string }) => ({
    status: 200,
    headers: {},
    body: path === '/large' ? 'x'.repeat(answerBytes) : 'small',
  });
  const server = await serve({ host: '127.0.0.1', port: 0, handler, limits: { answersBytes } });
  running.push(server);
  return server.port;
}

interface Idler {
  /** Reads on, to whatever end. */
  readonly received: () => Promise<number>;
}

/** A client that asks for the large answer, and reads nothing of it for now. */
async function idle(port: number): Promise<Idler> {
  const socket = connect({ port, host: '127.0.0.1' });
  sockets.push(socket);
  let bytes = 0;
  const first = Promise.withResolvers<undefined>();
  socket.on('data', (data) => {
    bytes += data.length;
    socket.pause();
    first.resolve(undefined);
  });
  socket.on('error', () => {});
  socket.write(asking);
  await first.promise;
  return {
    received: () =>
      new Promise((resolve) => {
        socket.removeAllListeners('data').on('data', (data) => {
          bytes += data.length;
        });
        socket.once('close', () => resolve(bytes));
        socket.resume();
      }),
  };
}

test('A21 who asks for much and does not read it makes room for who does, the one that waits longest first', async () => {
  const port = await start(2 * answerBytes);
  const first = await idle(port);
  const second = await idle(port);
  expect((await say(port, asking)).length).toBeGreaterThan(answerBytes);
  expect(await first.received()).toBeLessThan(answerBytes);
  expect(await second.received()).toBeGreaterThan(answerBytes);
});

test.each([
  ['has left', async (port: number) => void (await say(port, asking))],
  [
    'was given up',
    async (port: number) => {
      await idle(port);
      sockets.pop()?.destroy();
      // What the server is told next, it is told after that.
      await say(port, asking.replace('/large', '/small'));
    },
  ],
])('A21 an answer that %s has given its room back', async (_, come) => {
  const port = await start(2 * answerBytes);
  const patient = await idle(port);
  for (let round = 0; round < 3; round++) await come(port);
  await idle(port);
  expect(await patient.received()).toBeGreaterThan(answerBytes);
});

test('an answer for which there can never be room is refused with what to do', async () => {
  const port = await start(mib);
  const refused = await say(port, asking);
  expect(statusOf(refused)).toBe(503);
  expect(bodyOf(refused)['reason']).toBe('http-answer-no-room');
});
