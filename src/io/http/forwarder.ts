// Carries a judged request to the one API behind the gateway, byte for byte, and brings its answer back.
import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { HttpRequest, HttpResponse } from '../../core/wire/index.ts';
import { collectBody, declaredLength } from './body.ts';
import { type HeaderChanges, headersForClient, headersForUpstream } from './headers.ts';

export interface Upstream {
  readonly host: string;
  readonly port: number;
  /** HTTPS where given; the certificate is always verified. PEM. */
  readonly tls?: {
    readonly ca?: string;
    /** The name that its certificate must carry, where it is not `host`. */
    readonly servername?: string;
    /** The gateway's own certificate, for an upstream that takes no other client. */
    readonly cert?: string;
    readonly key?: string;
  };
}

export interface ForwarderOptions {
  /** From configuration, never from a request. */
  readonly upstream: Upstream;
  /** Milliseconds from sending the request to the answer's last byte, the wait for a connection included. */
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
  /** Connections to the upstream at most. */
  readonly connections?: number;
}

export interface Forwarder {
  /** A `Refusal` is `http-upstream-unavailable`, `http-upstream-too-slow` or `http-upstream-answer-too-large`. */
  readonly forward: (request: HttpRequest, changes?: HeaderChanges) => Promise<HttpResponse | Refusal>;
  /** Closes all connections, those with an answer under way too. */
  readonly close: () => void;
}

/** Methods that may be sent twice (RFC 9110, section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Methods that expect no body; with any other, an empty one is stated (RFC 9110, section 8.6). */
const bodiless = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);

const noChanges: HeaderChanges = { set: {}, drop: () => false };

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { upstream, timeoutMs = 30_000, maxResponseBytes = 10 * 1024 * 1024, connections = 256 } = options;
  const pool = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const agent = upstream.tls === undefined ? new PlainAgent(pool) : new TlsAgent({ ...pool, ...upstream.tls });
  const open = upstream.tls === undefined ? plainRequest : tlsRequest;
  const host = hostHeader(upstream);
  const limits = { timeoutMs, maxResponseBytes };

  const send = (request: HttpRequest, changes: HeaderChanges) => {
    const headers = ['Host', host, ...headersForUpstream(request.rawHeaders, changes)];
    if (request.body.length > 0 || !bodiless.has(request.method)) {
      headers.push('Content-Length', String(request.body.length));
    }
    const { method, target: path } = request;
    // The target goes as it came and as it was judged: URL and fetch would resolve `..` and turn `\` into `/`.
    return open({ agent, host: upstream.host, port: upstream.port, method, path, headers });
  };

  const forward: Forwarder['forward'] = async (request, changes = noChanges) => {
    const first = await exchange(() => send(request, changes), request, limits);
    if (first !== 'stale') return first;
    const second = await exchange(() => send(request, changes), request, limits);
    return second === 'stale' ? refuse('http-upstream-unavailable', {}, 'connections close before an answer') : second;
  };
  return { forward, close: () => agent.destroy() };
}

function hostHeader({ host, port, tls }: Upstream): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === (tls === undefined ? 80 : 443) ? name : `${name}:${port}`;
}

/** `stale`: a kept connection had been closed by the upstream, and the request may be sent again. */
function exchange(
  send: () => ClientRequest,
  request: HttpRequest,
  limits: { readonly timeoutMs: number; readonly maxResponseBytes: number },
): Promise<HttpResponse | Refusal | 'stale'> {
  return new Promise((resolve) => {
    const outgoing = send();
    const settle = (result: HttpResponse | Refusal | 'stale') => {
      clearTimeout(deadline);
      resolve(result);
      // Whole answers leave their connection to the next request; of all others nothing more is read.
      if (result === 'stale' || !('body' in result)) outgoing.destroy();
    };
    const deadline = setTimeout(
      () => settle(refuse('http-upstream-too-slow', { milliseconds: limits.timeoutMs })),
      limits.timeoutMs,
    );
    let responded = false;
    outgoing.on('response', (incoming) => {
      responded = true;
      receive(incoming, request, limits.maxResponseBytes, settle);
    });
    // An answer that is none, such as a change of protocol that nobody asked for, ends without an error.
    outgoing.on('close', () => responded || settle(refuse('http-upstream-unavailable', {}, 'no answer')));
    outgoing.on('error', (error) => settle(lost(outgoing, request, error)));
    outgoing.end(request.body);
  });
}

function receive(
  incoming: IncomingMessage,
  { method }: HttpRequest,
  limit: number,
  settle: (result: HttpResponse | Refusal) => void,
): void {
  const status = incoming.statusCode ?? 502;
  // Their Content-Length speaks of a body that is not sent.
  const headOnly = method === 'HEAD' || status === 304;
  collectBody(incoming, { limit, declared: headOnly ? undefined : declaredLength(incoming) }, (body) => {
    if (body instanceof Uint8Array) {
      settle({ status, headers: headersForClient(incoming.rawHeaders, headOnly), body });
    } else if (body === 'too-large') settle(refuse('http-upstream-answer-too-large', { limit }));
    else settle(refuse('http-upstream-unavailable', {}, 'the answer was broken off'));
  });
}

function lost(outgoing: ClientRequest, { method }: HttpRequest, error: Error): Refusal | 'stale' {
  const code = 'code' in error ? String(error.code) : error.name;
  const closedBefore = outgoing.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
  if (closedBefore && idempotent.has(method)) return 'stale';
  return refuse('http-upstream-unavailable', {}, code);
}
