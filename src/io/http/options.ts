// What a listener takes and how long it waits; one table of defaults.
import type { HttpHandler, HttpRequest, HttpResponse } from '../../core/wire/index.ts';
import type { Endpoint } from './listen.ts';

/** PEM. The certificate leaf first, then what is between it and the root. */
export interface TlsMaterial {
  readonly key: string;
  readonly cert: string;
  /** Whose client certificates are trusted; where given, clients are asked for one, and served without it all the same. */
  readonly clientCa?: string;
}

export interface ServeLimits {
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /**
   * Bytes of the bodies of all requests together, from their first byte to their answer. Where there is no room, the
   * largest that has not arrived is told 503.
   */
  readonly bodiesBytes: number;
  /** Bytes of all answers that their clients have not taken yet; where there is no room, the oldest of them is cut. */
  readonly answersBytes: number;
  /** Bytes of a request's head. */
  readonly headerBytes: number;
  /**
   * Connections whose requests are served. At the limit one that has long been silent makes room for another; where
   * there is none, others are told 503, and those far above are closed.
   */
  readonly connections: number;
}

/** Milliseconds. */
export interface ServeTimeouts {
  /** From the connection, or the last answer's next byte, to the head's end; also for the TLS handshake. */
  readonly headers: number;
  /** From there to the body's end. */
  readonly request: number;
  /** Between two requests on one connection. */
  readonly idle: number;
  /** Before the first request, between two, or within a body: from then on a connection may have to make room. */
  readonly silent: number;
  /** Without a byte in either direction while a request is under way: a handler, or a client that does not read. */
  readonly stalled: number;
}

/** A request before its body. */
export type RequestHead = Omit<HttpRequest, 'body'>;

export interface ServeOptions extends Endpoint {
  readonly handler: HttpHandler;
  /** Asked when the head of a request that has a body is there: an answer refuses it, and the body is not held. */
  readonly vet?: (head: RequestHead) => HttpResponse | undefined;
  /** Where a request comes from, for a listener behind proxies; the other end of its socket where it is left out. */
  readonly origin?: ((head: RequestHead) => Pick<HttpRequest['peer'], 'address' | 'encrypted'>) | undefined;
  /** TLS 1.2 and 1.3 where given, else plain HTTP. */
  readonly tls?: TlsMaterial;
  readonly limits?: Partial<ServeLimits>;
  readonly timeouts?: Partial<ServeTimeouts>;
  /** What the operator must learn of; with the request id that the caller was told, where it is about a request. */
  readonly onError?: (error: unknown, requestId?: string) => void;
}

export const defaultLimits: ServeLimits = {
  bodyBytes: 1024 * 1024,
  bodiesBytes: 64 * 1024 * 1024,
  answersBytes: 128 * 1024 * 1024,
  headerBytes: 16 * 1024,
  connections: 4096,
};

export const defaultTimeouts: ServeTimeouts = {
  headers: 10_000,
  request: 30_000,
  idle: 75_000,
  silent: 2000,
  stalled: 60_000,
};

export interface CloseOptions {
  /** Milliseconds for what is under way; then its connections are cut. */
  readonly graceMs: number;
  /**
   * Milliseconds for which connections are still taken, each closed after its answer: load balancers and API servers
   * go on sending to an endpoint for a while after it was withdrawn.
   */
  readonly lameDuckMs?: number;
}

export interface RunningServer {
  /** The port taken. */
  readonly port: number;
  /** Where a client on this machine reaches it, without a last slash. */
  readonly url: string;
  /** Serves new connections with other material, or throws and keeps the old. @throws RefusedError `tls-material-unfit` */
  readonly setTls: (tls: TlsMaterial) => void;
  /** Drains: resolves when the last connection is closed. */
  readonly close: (options: CloseOptions) => Promise<void>;
}
