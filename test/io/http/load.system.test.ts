import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpHandler } from '../../../src/core/wire/index.ts';
import { type RunningServer, type ServeOptions, serve } from '../../../src/io/http/index.ts';
import { bodyOf, open, say, statusOf } from './raw.ts';

const running: RunningServer[] = [];
const ok: HttpHandler = () => ({ status: 200, headers: {}, body: 'ok' });

async function start(options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const server = await serve({ host: '127.0.0.1', port: 0, handler: ok, ...options });
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 })));
});

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';
const last = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

/** A handler that waits until it is let go, and tells when it was asked. */
function gate() {
  let letGo = () => {};
  const open = new Promise<void>((resolve) => (letGo = resolve));
  let tell = () => {};
  const asked = new Promise<void>((resolve) => (tell = resolve));
  const handler: HttpHandler = async () => {
    tell();
    await open;
    return { status: 200, headers: {}, body: 'late' };
  };
  return { handler, asked, letGo: () => letGo() };
}

describe('F29 draining', () => {
  test('finishes what is under way, tells its client to close, and takes no more', async () => {
    const { handler, asked, letGo } = gate();
    const server = await start({ handler });
    const raw = await open(server.port);
    raw.send(get);
    await asked;
    const closed = server.close({ graceMs: 30_000 });
    await expect(refusedToConnect(server.port)).resolves.toBe('ECONNREFUSED');
    letGo();
    const received = await raw.closed;
    expect(received).toContain('late');
    expect(received).toContain('Connection: close');
    await closed;
  });

  test('closes at once what waits for a further request, or was opened ahead of one', async () => {
    const server = await start();
    const kept = await open(server.port);
    kept.send(get);
    await kept.until('ok');
    const ahead = await open(server.port);
    // Accepted, and not only in the kernel's queue.
    await say(server.port, last);
    await server.close({ graceMs: 30_000 });
    expect(await kept.closed).toContain('ok');
    expect(await ahead.closed).toBe('');
  });

  test('cuts what outlasts the grace', async () => {
    const { handler, asked } = gate();
    const server = await start({ handler });
    const raw = await open(server.port);
    raw.send(get);
    await asked;
    await server.close({ graceMs: 50 });
    expect(await raw.closed).toBe('');
  });

  test('F8 as a lame duck still serves those who have not heard of it, once each', async () => {
    const server = await start();
    const closed = server.close({ graceMs: 1000, lameDuckMs: 300 });
    const received = await say(server.port, get);
    expect(received).toContain('ok');
    expect(received).toContain('Connection: close');
    await closed;
    await expect(refusedToConnect(server.port)).resolves.toBe('ECONNREFUSED');
  });

  test('under load loses no request', async () => {
    const server = await start({
      handler: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { status: 200, headers: {}, body: 'ok' };
      },
    });
    const agent = new Agent({ keepAlive: true });
    const client = async () => {
      for (let sent = 0; sent < 15; sent++) await expect(ask(server.port, agent)).resolves.toBe('ok');
    };
    const clients = Promise.all(Array.from({ length: 20 }, client));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = server.close({ graceMs: 5000, lameDuckMs: 5000 });
    await clients;
    agent.destroy();
    await closed;
  });
});

describe('F28', () => {
  test('connections above the limit are told 503, those far above are closed, and the rest are served', async () => {
    const { port } = await start({ limits: { connections: 2 }, timeouts: { silent: 60_000 } });
    const served = [await open(port), await open(port)];
    for (const raw of served) {
      raw.send(get);
      await raw.until('ok');
    }
    const surplus = await say(port, get);
    expect(statusOf(surplus)).toBe(503);
    expect(bodyOf(surplus)['reason']).toBe('http-overloaded');
    expect(surplus).toContain('retry-after: 1');
    for (let waiting = 0; waiting < 4; waiting++) await open(port);
    const far = await open(port);
    expect(await far.closed).toBe('');
    for (const raw of served) {
      raw.send(last);
      expect((await raw.closed).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    }
  });

  test('whoever has long been silent makes room, first who never asked, and who has just come does not', async () => {
    const { port } = await start({ limits: { connections: 2 }, timeouts: { silent: 500 } });
    const kept = await open(port);
    kept.send(get);
    await kept.until('ok');
    const silent = await open(port);
    silent.send('GET / HTTP/1.1\r\nHo');
    expect(statusOf(await say(port, get))).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await say(port, last)).toContain('ok');
    expect(await silent.closed).toBe('');
    kept.send(last);
    expect((await kept.closed).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  test('running out of file descriptors does not end the listener', async () => {
    const program = `
      import { serve } from './src/io/http/index.ts';
      const server = await serve({ host: '127.0.0.1', port: 0, handler: () => ({ status: 200, headers: {}, body: 'ok' }) });
      console.log(server.port);`;
    const child = spawn('sh', ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, program]);
    try {
      const port = await new Promise<number>((resolve) => child.stdout.once('data', (line) => resolve(Number(line))));
      const sockets = Array.from({ length: 120 }, () => connect(port, '127.0.0.1').on('error', () => {}));
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const socket of sockets) socket.destroy();
      await expect.poll(() => say(port, last)).toContain('ok');
    } finally {
      child.kill('SIGKILL');
    }
  });
});

function ask(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', agent }, (incoming) => {
      text(incoming).then(resolve, reject);
    });
    outgoing.on('error', reject).end();
  });
}

function refusedToConnect(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve('connected'));
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}
