// An API server for tests and benches: real HTTP and TLS, objects with versions, lists in pages, watches with bookmarks,
// bearer tokens and client certificates; and it misbehaves as it is told.
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { type SeenRequest, statusObject } from './api-messages.ts';
import { ApiStorage, placeAt, type StoredObject } from './api-storage.ts';
import { answerVerb } from './api-verbs.ts';
import { listPage, openWatch, type WatchStream } from './api-watch.ts';

export type { SeenRequest } from './api-messages.ts';
export type { StoredObject } from './api-storage.ts';
export type { WatchStream } from './api-watch.ts';

/** What happens instead of an answer. */
export type Fault =
  /** An error, with a Status object. */
  | { readonly status: number; readonly reason?: string; readonly retryAfter?: number }
  /** A redirect. */
  | { readonly location: string }
  /** These bytes, with status 200. */
  | { readonly body: string }
  /** Nothing, for as long as the client waits. */
  | 'hang'
  /** The connection is reset before an answer. */
  | 'reset'
  /** The answer is reset in its middle. */
  | 'half'
  /** An answer whose bytes never end. */
  | 'flood'
  /** A list whose pages never end. */
  | 'endless-pages';

interface ActiveFault {
  readonly fault: Fault;
  readonly when: (request: SeenRequest) => boolean;
  left: number;
}

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface ApiServerOptions {
  readonly tls?: TlsFiles;
  /** Bearer tokens that are taken; without it nobody is asked. */
  readonly tokens?: readonly string[];
  /** SHA-256 fingerprints of client certificates that are taken. */
  readonly clientCertificates?: readonly string[];
  /** Milliseconds between bookmarks. */
  readonly bookmarkMs?: number;
  /** Objects of a page at most, whatever limit is asked for. */
  readonly mostPerPage?: number;
}

const isList = ({ query }: SeenRequest) => query.get('watch') !== 'true';

export class ApiServer {
  readonly storage = new ApiStorage();
  /** The last 10,000. */
  readonly requests: SeenRequest[] = [];
  readonly streams = new Set<WatchStream>();
  readonly sockets = new Set<Socket>();
  tokens: Set<string> | undefined;
  /** Milliseconds before each answer. */
  latencyMs = 0;
  port = 0;
  readonly #options: ApiServerOptions;
  readonly #server: Server | TlsServer;
  #faults: ActiveFault[] = [];

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.tokens = options.tokens && new Set(options.tokens);
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      response.on('error', () => {});
      this.#answer(request, response).catch(() => response.destroy());
    };
    const { tls, clientCertificates } = options;
    this.#server = tls
      ? createTlsServer({ ...tls, requestCert: clientCertificates !== undefined, rejectUnauthorized: false }, handle)
      : createPlainServer(handle);
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.#server.on('tlsClientError', () => {});
  }

  /** As kubeconfigs have it. */
  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Takes a port, after `stop` the same one again. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** As if killed: the port is closed, all connections are reset. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    this.#server.closeAllConnections();
    await closed;
  }

  dropConnections(): void {
    for (const socket of this.sockets) {
      if (socket instanceof TLSSocket) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  /** Serves another certificate to connections from here on. */
  setTls(tls: TlsFiles): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(tls);
  }

  /** Misbehaves with all requests, or those that `when` picks; until `recover`, or for so many times. */
  fail(
    fault: Fault,
    { when = () => true, times = Infinity }: Partial<{ when: ActiveFault['when']; times: number }> = {},
  ) {
    this.#faults.push({ fault, when, left: times });
  }

  recover(): void {
    this.#faults = [];
  }

  /** Puts an object in place; watches see it. @param resource such as `v1/serviceaccounts` */
  put(resource: string, object: StoredObject): StoredObject {
    return this.storage.put(resource, object);
  }

  putServiceAccount(namespace: string, name: string, annotations?: Readonly<Record<string, string>>): StoredObject {
    const metadata = { namespace, name, ...(annotations !== undefined && { annotations }) };
    return this.put('v1/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await read(request);
    if (this.requests.push(seen) > 10_000) this.requests.shift();
    if (this.latencyMs > 0) await sleep(this.latencyMs);
    const fault = this.#faultFor(seen);
    if (fault !== undefined) {
      this.#misbehave(fault, request, response);
      return;
    }
    if (!this.#isKnown(seen, request.socket)) {
      answerJson(response, 401, statusObject(401, 'Unauthorized'));
      return;
    }
    this.#serve(seen, response);
  }

  #serve(seen: SeenRequest, response: ServerResponse): void {
    const place = placeAt(seen.path);
    if (place === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
    } else if (seen.method === 'GET' && place.name === undefined && !isList(seen)) {
      const { bookmarkMs = 60_000 } = this.#options;
      openWatch({ seen, place, response, storage: this.storage, streams: this.streams, bookmarkMs });
    } else if (seen.method === 'GET' && place.name === undefined) {
      const { mostPerPage = Infinity } = this.#options;
      const { status, body } = listPage(seen, place, this.storage, mostPerPage);
      answerJson(response, status, body);
    } else {
      const { status, body } = answerVerb(seen, place, this.storage);
      answerJson(response, status, body);
    }
  }

  #isKnown({ authorization }: SeenRequest, socket: Socket): boolean {
    const { clientCertificates } = this.#options;
    if (this.tokens === undefined && clientCertificates === undefined) return true;
    const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined;
    const fingerprint: string | undefined = certificate?.fingerprint256;
    if (fingerprint !== undefined && clientCertificates?.includes(fingerprint)) return true;
    return authorization?.startsWith('Bearer ') === true && this.tokens?.has(authorization.slice(7)) === true;
  }

  #faultFor(seen: SeenRequest): Fault | undefined {
    const active = this.#faults.find(({ left, when }) => left > 0 && when(seen));
    if (active === undefined) return undefined;
    active.left -= 1;
    return active.fault;
  }

  #misbehave(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
    if (fault === 'hang') return;
    if (fault === 'reset') {
      if (request.socket instanceof TLSSocket) request.socket.destroy();
      else request.socket.resetAndDestroy();
    } else if (fault === 'half') {
      response.writeHead(200, { 'content-length': 1000 }).write('{"kind":"ServiceAccountList","items":[{"metadata":{');
      setImmediate(() => request.socket.destroy());
    } else if (fault === 'flood') {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"items":[');
      flood(response);
    } else if (fault === 'endless-pages') {
      answerJson(response, 200, endlessPage());
    } else if ('location' in fault) {
      response.writeHead(302, { location: fault.location }).end();
    } else if ('body' in fault) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(fault.body);
    } else {
      const retry = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      answerJson(response, fault.status, statusObject(fault.status, fault.reason ?? 'InternalError'), retry);
    }
  }
}

export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = new ApiServer(options);
  await server.start();
  return server;
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => request.once('end', resolve));
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api');
  const { authorization } = request.headers;
  const { method = '', headers } = request;
  return {
    method,
    path: pathname,
    query: searchParams,
    authorization,
    headers,
    body: Buffer.concat(chunks).toString(),
  };
}

function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers }).end(text);
}

function flood(response: ServerResponse): void {
  const piece = `${'{"metadata":{"name":"x"}},'.repeat(1000)}\n`;
  const pour = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', pour);
  pour();
}

let endless = 0;

function endlessPage() {
  const items = Array.from({ length: 100 }, () => ({ metadata: { namespace: 'endless', name: `n${endless++}` } }));
  return { kind: 'List', metadata: { resourceVersion: '1', continue: `c${endless}` }, items };
}
