// One keep-alive agent to one API server. When the authority or our certificate changes, new connections are made with the
// new one, while those in use end in their own time: a watch is not cut because a certificate was renewed.
import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { ApiServer, TlsIdentity } from './connection.ts';

type Agent = PlainAgent | TlsAgent;

export interface Agents {
  /** @throws RefusedError `kubernetes-credential-unfit`: only where no earlier identity was fit */
  readonly forIdentity: (tls: TlsIdentity) => Agent;
  /** Closes all connections, those in use too. */
  readonly close: () => void;
}

export interface AgentOptions {
  /** At most. */
  readonly connections: number;
  /**
   * Milliseconds for which a connection is kept unused: one that leads nowhere any more, without having been closed, is
   * found out only by a question that waits for its answer in vain. What is in use, such as a watch, is not cut by it.
   */
  readonly idleMs: number;
  /** Which addresses the host has, instead of the system's word; asked for each new connection. */
  readonly lookup?: LookupFunction | undefined;
}

export function createAgents(server: ApiServer, { connections, idleMs, lookup }: AgentOptions): Agents {
  const pool = {
    ...(lookup && { lookup }),
    keepAlive: true,
    maxSockets: connections,
    scheduling: 'lifo',
    noDelay: true,
    timeout: idleMs,
  } as const;
  let current: { readonly tls: TlsIdentity; readonly agent: Agent } | undefined;
  let retired: Agent[] = [];

  const build = (tls: TlsIdentity): Agent => {
    if (!server.secure) return new PlainAgent(pool);
    const { ca, cert, key, servername, verifies } = tls;
    const secureContext = createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
    const name = servername === undefined ? {} : { servername };
    return new TlsAgent({ ...pool, ...name, secureContext, rejectUnauthorized: verifies, ALPNProtocols: ['http/1.1'] });
  };

  const forIdentity = (tls: TlsIdentity): Agent => {
    if (current?.tls === tls) return current.agent;
    const agent = built(() => build(tls));
    if (agent !== undefined) {
      if (current !== undefined) retired = [...retired.filter(isInUse), retire(current.agent)];
      current = { tls, agent };
      return agent;
    }
    // Certificate and key were read while they were being replaced: the next reading has both.
    if (current !== undefined) return current.agent;
    const facts = { file: 'this connection', field: 'certificate and key', problem: 'do not make a TLS identity' };
    throw new RefusedError(refuse('kubernetes-credential-unfit', facts));
  };

  const close = () => {
    for (const agent of retired) agent.destroy();
    current?.agent.destroy();
  };
  return { forIdentity, close };
}

function built(build: () => Agent): Agent | undefined {
  try {
    return build();
  } catch {
    return undefined;
  }
}

const isInUse = (agent: Agent) => Object.keys(agent.sockets).length > 0;

function retire(agent: Agent): Agent {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  return agent;
}
