// The open connections of one server: what each is busy with, and which are more than it takes.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpRequest } from '../../core/wire/index.ts';

export interface Connection {
  readonly peer: HttpRequest['peer'];
  /** Above the limit: its requests are refused. */
  readonly surplus: boolean;
  /** `answering` from the whole request until its answer is handed to the socket; `refused` until it is closed. */
  state: 'waiting' | 'receiving' | 'answering' | 'refused';
}

export class Connections {
  readonly #limit: number;
  readonly #encrypted: boolean;
  /** By the socket that carries HTTP; under TLS that is another object than the TCP socket. */
  readonly #connections = new Map<Duplex, Connection>();
  /** TCP sockets, those in their TLS handshake among them. */
  readonly #sockets = new Set<Socket>();

  constructor(limit: number, encrypted: boolean) {
    this.#limit = limit;
    this.#encrypted = encrypted;
  }

  accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  open(socket: Socket): void {
    const peer = { address: socket.remoteAddress ?? '', encrypted: this.#encrypted };
    this.#connections.set(socket, { peer, surplus: this.#connections.size >= this.#limit, state: 'waiting' });
    socket.once('close', () => this.#connections.delete(socket));
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
