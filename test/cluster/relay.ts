// Relays connections: between ports inside, as a Service does, and through a socket file into a sandbox, whose network
// nobody outside can reach.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { sharedFolder } from './sandbox.ts';

function hand(socket: Socket, target: NetConnectOpts): void {
  const onward = createConnection(target);
  socket.pipe(onward).pipe(socket);
  socket.on('error', () => onward.destroy());
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
  onward.on('close', () => socket.destroy());
}

export interface Relay {
  readonly port: number;
  /** Ends the connections that are open: clients keep them, and would go on where they lead. */
  readonly drop: () => void;
  readonly close: () => Promise<void>;
}

function listening(
  server: Server,
  options: { readonly host?: string; readonly port?: number; readonly path?: string },
) {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => resolve());
  });
}

/**
 * Takes connections and hands each to the target that is next.
 * @param targets asked for every connection; with none it is closed at once, as by a Service without endpoints
 */
export async function relay(
  from: { readonly host?: string; readonly port?: number; readonly path?: string },
  targets: () => readonly NetConnectOpts[],
): Promise<Relay> {
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const all = targets();
    const target = all[turn % Math.max(all.length, 1)];
    turn += 1;
    if (target === undefined) {
      socket.resetAndDestroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    hand(socket, target);
  });
  await listening(server, from);
  const address = server.address();
  const drop = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    drop,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}

const socketName = 'api-server';

/** Inside: what comes through the socket file goes to the API server. */
export function carryIn(sandbox: string, host: string, port: number): Promise<Relay> {
  return relay({ path: join(sharedFolder(sandbox), socketName) }, () => [{ host, port }]);
}

/** Outside: a port of loopback that leads through the socket file, and whose number the folder of both tells. */
export async function carryOut(sandbox: string): Promise<void> {
  const path = join(sharedFolder(sandbox), socketName);
  const { port } = await relay({ host: '127.0.0.1', port: 0 }, () => [{ path }]);
  await writeFile(join(sharedFolder(sandbox), 'port'), String(port));
}

/** Inside: the port outside, once it is there. */
export async function portOutside(sandbox: string): Promise<number> {
  const path = join(sharedFolder(sandbox), 'port');
  while (!existsSync(path)) await new Promise((resolve) => void setTimeout(resolve, 50));
  return Number(await readFile(path, 'utf8'));
}
