// What the subjects of the bench have in common: they listen, and say what to ask them.
import type { createServer as createPlainServer } from 'node:http';
import type { createServer as createTlsServer } from 'node:https';
import { Refusal } from '../src/core/refusals/index.ts';
import type { Listening } from './protocol.ts';

export type Started = Omit<Listening, 'kind'>;

export function must<Value>(outcome: Value | Refusal): Value {
  if (outcome instanceof Refusal) throw new Error(outcome.explain());
  return outcome;
}

/** The port of loopback at which a server of Node.js listens from here on. */
export function listen(server: ReturnType<typeof createPlainServer | typeof createTlsServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}
