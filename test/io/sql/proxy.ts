// A TCP proxy between the registry and its database, which can fall silent, cut, or swallow the answer to a COMMIT.
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './postgres-server.ts';

export interface Proxy {
  readonly port: number;
  /** From now on bytes go nowhere, and nobody is told. */
  silence(): void;
  /** Cuts every connection, silent ones too; new ones work again. */
  heal(): void;
  /** The next time that a client sends these bytes they still reach the server, but its answer is lost with the connection. */
  loseAnswerTo(bytes: string): void;
  /** Answers that were lost so far. */
  lost(): number;
  close(): Promise<void>;
}

export async function startProxy(target: number): Promise<Proxy> {
  const port = await freePort();
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;
  let lossy: string | undefined;
  let lost = 0;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    let isDoomed = false;
    client.on('data', (bytes) => {
      if (isSilent) return;
      if (lossy !== undefined && bytes.includes(lossy)) {
        lossy = undefined;
        isDoomed = true;
        lost += 1;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (isSilent) return;
      if (isDoomed) client.destroy();
      else client.write(bytes);
    });
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        if (isSilent) return;
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of [...pairs].flat()) socket.destroy();
    pairs.clear();
  };
  return {
    port,
    silence: () => {
      isSilent = true;
    },
    heal: () => {
      isSilent = false;
      cut();
    },
    loseAnswerTo: (bytes) => {
      lossy = bytes;
    },
    lost: () => lost,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
