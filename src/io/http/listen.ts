// Taking a port, with what goes wrong said as a person would want to read it.
import type { Server } from 'node:net';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';

export interface Endpoint {
  /** An address of this machine, or a name that resolves to one. */
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** A Unix socket of that path instead, which only its owner may open. */
  readonly socket?: string;
}

const refusals: Readonly<Record<string, 'port-in-use' | 'port-not-permitted' | 'host-not-here'>> = {
  EADDRINUSE: 'port-in-use',
  EACCES: 'port-not-permitted',
  EADDRNOTAVAIL: 'host-not-here',
  ENOTFOUND: 'host-not-here',
  EAI_AGAIN: 'host-not-here',
};

/** Resolves with the port taken. @throws RefusedError `port-in-use`, `port-not-permitted`, `host-not-here`, `listen-failed` */
export async function listen(server: Server, endpoint: Endpoint): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // Without a host, Node.js takes all addresses of both families, or IPv4's where this machine has no IPv6.
      const { host, port, socket } = endpoint;
      const address = socket === undefined ? (host === '::' ? { port } : { host, port }) : { path: socket };
      const taken = () => {
        server.removeListener('error', reject);
        resolve();
      };
      // The file is made within this call, with what the mask leaves of all rights.
      const mask = socket === undefined ? undefined : process.umask(0o177);
      server.listen(address, taken);
      if (mask !== undefined) process.umask(mask);
    });
  } catch (error) {
    throw new RefusedError(refusalOf(error, endpoint), { cause: error });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : endpoint.port;
}

function refusalOf(error: unknown, endpoint: Endpoint) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = refusals[code];
  if (known !== undefined) return refuse(known, { host: endpoint.host, port: endpoint.port });
  return refuse('listen-failed', { host: endpoint.host, port: endpoint.port, problem: problemOf(error, code) });
}

function problemOf(error: unknown, code: string): string {
  if (code === 'ERR_SOCKET_BAD_PORT') return 'a port is a whole number from 0 to 65535';
  return systemProblem(error);
}

/** Where a client on this machine reaches the listener. */
export function urlOf({ host, port }: Endpoint, encrypted: boolean): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const authority = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `${encrypted ? 'https' : 'http'}://${authority}:${port}`;
}
