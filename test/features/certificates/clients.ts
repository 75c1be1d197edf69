// Clients as API servers are: they trust the caBundle of the moment, some keep their connections and some do not.
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

function get(port: number, ca: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', servername: 'localhost', port, ca, agent }, (incoming) => {
      text(incoming).then(resolve, reject);
    });
    outgoing.on('error', reject).end();
  });
}

export interface Load {
  readonly done: () => number;
  readonly failures: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Calls without a pause from so many clients, half of them on new connections each time. */
export function callWithoutPause(clients: number, target: (turn: number) => { port: number; ca: string }): Load {
  const stopping = new AbortController();
  let done = 0;
  const failures: string[] = [];
  const client = async (index: number) => {
    const agent = new Agent({ keepAlive: index % 2 === 0, maxSockets: 1, maxCachedSessions: 0 });
    for (let turn = index; !stopping.signal.aborted; turn += 1) {
      const { port, ca } = target(turn);
      await get(port, ca, agent).then(
        (body) => (body === 'served' ? (done += 1) : failures.push(body)),
        (error: unknown) => failures.push(String(error)),
      );
    }
    agent.destroy();
  };
  const all = Array.from({ length: clients }, (_, index) => client(index));
  return {
    done: () => done,
    failures: () => failures,
    stop: async () => {
      stopping.abort();
      await Promise.all(all);
    },
  };
}

/** One call on a new connection. */
export function callOnce(port: number, ca: string): Promise<string> {
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });
  return get(port, ca, agent).finally(() => agent.destroy());
}
