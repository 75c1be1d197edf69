// The one place where sockets are served: HTTP/1.1 over TCP or TLS, with limits and time-outs, around a plain function.
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { AnswerRoom } from './answer-room.ts';
import { BodyRoom } from './body-room.ts';
import { Connections } from './connections.ts';
import { Exchanges } from './exchange.ts';
import { listen, urlOf } from './listen.ts';
import { refuseUnparsable } from './malformed.ts';
import {
  type CloseOptions,
  defaultLimits,
  defaultTimeouts,
  type RunningServer,
  type ServeLimits,
  type ServeOptions,
  type ServeTimeouts,
  type TlsMaterial,
} from './options.ts';

/**
 * Listens and answers with what `handler` returns. HTTP/2 is not spoken: API servers and SDKs speak 1.1 to webhooks and
 * to STS, so it would only add what can be attacked.
 * @throws RefusedError `port-in-use`, `port-not-permitted`, `host-not-here`, `listen-failed`, `tls-material-unfit`
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const onError = options.onError ?? (() => {});
  const encrypted = options.tls !== undefined;
  const { silent } = timeouts;
  const connections = new Connections({ connections: limits.connections, silent }, options.tls);
  const { handler, vet, origin } = options;
  const { bodyBytes } = limits;
  const bodies = new BodyRoom(limits.bodiesBytes);
  const answers = new AnswerRoom(limits.answersBytes);
  const exchanges = new Exchanges({ handler, vet, origin, bodyBytes, bodies, answers, connections, onError });
  const server = createServer(options.tls, limits, timeouts);
  attach(server, connections, exchanges);
  const port = await listen(server, options);
  // Out of file descriptors, say: a listener that fails to accept goes on listening.
  server.on('error', (error) => onError(error));
  return {
    port,
    url: urlOf({ host: options.host, port }, encrypted),
    setTls: (tls) => setTls(server, tls),
    close: closeOnce(server, connections, exchanges),
  };
}

function createServer(tls: TlsMaterial | undefined, limits: ServeLimits, timeouts: ServeTimeouts): Server {
  const parsing = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: timeouts.headers,
    requestTimeout: Math.max(timeouts.request, timeouts.headers),
    keepAliveTimeout: timeouts.idle,
    connectionsCheckingInterval: Math.min(1000, Math.ceil(timeouts.headers / 4)),
    insecureHTTPParser: false,
    // Ours answers with a refusal of the catalogue.
    requireHostHeader: false,
  };
  const server =
    tls === undefined
      ? createPlainServer(parsing)
      : createTlsServer({
          ...parsing,
          ...secureOptions(tls),
          requestCert: tls.clientCa !== undefined,
          // Probes have none: what may be asked without one is for the handler to say.
          rejectUnauthorized: false,
          ALPNProtocols: ['http/1.1'],
          handshakeTimeout: timeouts.headers,
        });
  server.timeout = timeouts.stalled;
  // Those that are served, as many handshakes, and as many again that are told 503.
  server.maxConnections = 3 * limits.connections;
  return server;
}

function attach(server: Server, connections: Connections, exchanges: Exchanges): void {
  server.on('connection', (socket) => connections.accept(socket));
  const carriesHttp = (socket: Socket) => connections.open(socket);
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', carriesHttp);
  server.on('request', (message, response) => exchanges.begin(message, response));
  server.on('checkContinue', (message, response) => exchanges.begin(message, response, true));
  // Without a listener Node answers 417 by itself; vetting refuses what is asked here.
  server.on('checkExpectation', (message, response) => exchanges.begin(message, response));
  server.on('connect', (_, socket) => refuseUnparsable(socket, refuse('http-method-refused', { method: 'CONNECT' })));
  server.on('clientError', (error, socket) => exchanges.breakOff(error, socket));
}

/** @throws RefusedError `tls-material-unfit` */
function secureOptions({ key, cert, clientCa }: TlsMaterial): SecureContextOptions {
  const options = { key, cert, minVersion: 'TLSv1.2', ...(clientCa !== undefined && { ca: clientCa }) } as const;
  try {
    createSecureContext(options);
  } catch (error) {
    // Only the code: OpenSSL's sentences can quote what they were given.
    const problem = error instanceof Error && 'code' in error ? String(error.code) : 'not PEM';
    throw new RefusedError(refuse('tls-material-unfit', { problem }));
  }
  return options;
}

function setTls(server: Server, tls: TlsMaterial): void {
  const options = secureOptions(tls);
  if (!(server instanceof TlsServer)) {
    throw new RefusedError(refuse('tls-material-unfit', { problem: 'this listener speaks plain HTTP' }));
  }
  server.setSecureContext(options);
}

function closeOnce(server: Server, connections: Connections, exchanges: Exchanges): RunningServer['close'] {
  let closed: Promise<void> | undefined;
  return (options) => (closed ??= drain(options, server, connections, exchanges));
}

async function drain(
  { graceMs, lameDuckMs = 0 }: CloseOptions,
  server: Server,
  connections: Connections,
  exchanges: Exchanges,
): Promise<void> {
  exchanges.draining = true;
  if (lameDuckMs > 0) await wait(lameDuckMs);
  // Node closes the connections that wait for a further request along with the listener.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.destroyUnused();
  const cut = setTimeout(() => connections.destroyAll(), graceMs);
  await closed;
  clearTimeout(cut);
}
