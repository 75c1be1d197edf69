// The open connections of one server: what each is busy with, which of them make room for others, and which are more
// than it takes.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { HttpRequest } from '../../core/wire/index.ts';
import type { TlsMaterial } from './options.ts';

/** `answering` from the whole request until its answer is handed to the socket; `refused` until it is closed. */
type State = 'waiting' | 'receiving' | 'answering' | 'refused';

export interface Connection {
  readonly peer: HttpRequest['peer'];
  readonly socket: Socket;
  /** Above the limit: its requests are refused. */
  readonly surplus: boolean;
  readonly state: State;
}

/** As this file alone may change it. */
interface Tracked extends Connection {
  state: State;
  /** When it entered the state: milliseconds of a clock that does not jump. */
  since: number;
}

interface Handshake {
  readonly socket: Socket;
  readonly since: number;
}

export interface ConnectionLimits {
  /** Connections that are served. */
  readonly connections: number;
  /** Milliseconds for which the peer of a connection may leave it silent before it may have to make room. */
  readonly silent: number;
}

/**
 * Whether the client showed a certificate that is trusted: that verification did not fail is one half, and that there
 * was something to verify the other, whatever a resumed session says of it.
 */
function isCertified(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.authorized && socket.getPeerX509Certificate() !== undefined;
}

/** What tells one TCP connection from another, on the socket itself and on that of its TLS. */
function farEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Sockets of both families tell an IPv4 peer as `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2): records and the API say 192.0.2.1. */
function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '');
}

function firstOf<Value>(values: Iterable<Value>): Value | undefined {
  for (const value of values) return value;
  return undefined;
}

/**
 * Nobody can keep others out by holding connections and saying nothing: at the limit, a new connection takes the place
 * of the one that has held its own longest, first of:
 *   1. those that have not asked anything yet, or not to the end of a request's head;
 *   2. those that wait between two requests, whose clients expect that such connections end;
 *   3. those whose request's body has not arrived.
 * Only where all others are answered, or are young, is a new one surplus. Handshakes under way make room alike.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #encrypted: boolean;
  readonly #asksCertificate: boolean;
  /** By the socket that carries HTTP; under TLS that is another object than the TCP socket. */
  readonly #connections = new Map<Duplex, Tracked>();
  /** In the order in which they came. */
  readonly #silent = new Set<Tracked>();
  /** In the order of their last answers. */
  readonly #idle = new Set<Tracked>();
  /** In the order in which their bodies began. */
  readonly #receiving = new Set<Tracked>();
  /** TCP sockets in their TLS handshake, by their far end; in the order in which they came. */
  readonly #handshakes = new Map<string, Handshake>();
  /** TCP sockets, those in their TLS handshake among them. */
  readonly #sockets = new Set<Socket>();
  #trimming: NodeJS.Timeout | undefined;

  /** @param tls as the listener has it at its start; undefined for plain HTTP */
  constructor(limits: ConnectionLimits, tls: TlsMaterial | undefined) {
    this.#limits = limits;
    this.#encrypted = tls !== undefined;
    this.#asksCertificate = tls?.clientCa !== undefined;
  }

  accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#encrypted) this.#acceptHandshake(socket);
  }

  #acceptHandshake(socket: Socket): void {
    const end = farEnd(socket);
    this.#handshakes.set(end, { socket, since: performance.now() });
    this.#trim();
    socket.once('close', () => {
      if (this.#handshakes.get(end)?.socket === socket) this.#handshakes.delete(end);
    });
  }

  #isOld({ since }: { readonly since: number }): boolean {
    return performance.now() - since >= this.#limits.silent;
  }

  open(socket: Socket): void {
    const certified = this.#asksCertificate ? { certified: isCertified(socket) } : {};
    const peer = { address: addressOf(socket), encrypted: this.#encrypted, ...certified };
    this.#handshakes.delete(farEnd(socket));
    const isFull = this.#connections.size >= this.#limits.connections;
    const surplus = isFull && !this.#makeRoom();
    if (surplus) this.#trim();
    const connection: Tracked = { peer, socket, surplus, state: 'waiting', since: performance.now() };
    this.#connections.set(socket, connection);
    this.#silent.add(connection);
    socket.once('close', () => this.#forget(connection));
  }

  /** Whether a connection could be closed for another. */
  #makeRoom(): boolean {
    for (const waiting of [this.#silent, this.#idle, this.#receiving]) {
      const longest = firstOf(waiting);
      if (longest === undefined || !this.#isOld(longest)) continue;
      this.#forget(longest);
      longest.socket.destroy();
      return true;
    }
    return false;
  }

  /** Ends what is above the limits and old enough; what is not yet old enough, as soon as it is. */
  #trim(): void {
    const { connections: limit, silent } = this.#limits;
    for (const [end, handshake] of this.#handshakes) {
      if (this.#handshakes.size <= limit || !this.#isOld(handshake)) break;
      this.#handshakes.delete(end);
      handshake.socket.destroy();
    }
    while (this.#connections.size > limit && this.#makeRoom());
    const isOver = this.#handshakes.size > limit || this.#connections.size > limit;
    if (!isOver || this.#trimming !== undefined) return;
    this.#trimming = setTimeout(() => {
      this.#trimming = undefined;
      this.#trim();
    }, silent);
    this.#trimming.unref();
  }

  #forget(connection: Tracked): void {
    this.#leave(connection);
    this.#connections.delete(connection.socket);
  }

  #leave(connection: Tracked): void {
    this.#silent.delete(connection);
    this.#idle.delete(connection);
    this.#receiving.delete(connection);
  }

  /** What was refused stays so: an answer ahead of the refusal must not open the connection to what is behind it. */
  enter(socket: Duplex, state: State): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.state === 'refused') return;
    this.#leave(connection);
    connection.state = state;
    connection.since = performance.now();
    if (state === 'waiting') this.#idle.add(connection);
    else if (state === 'receiving') this.#receiving.add(connection);
  }

  find(socket: Duplex): Connection | undefined {
    return this.#connections.get(socket);
  }

  /** Connections opened ahead of any request; Node counts them as busy until their headers' time is over. */
  destroyUnused(): void {
    for (const [socket, { state }] of this.#connections) {
      if (state === 'waiting' && 'bytesRead' in socket && socket.bytesRead === 0) socket.destroy();
    }
  }

  destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}
