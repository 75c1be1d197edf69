// The body of a message, whole or not at all: what arrives cut off is never handed on, and what is too large is never held.
import type { IncomingMessage } from 'node:http';
import type { BodyShare } from './body-room.ts';

/** `broken-off`: the peer went away, or its body was shorter than it had said. `no-room`: see `BodyRoom`. */
export type Collected = Uint8Array | 'too-large' | 'broken-off' | 'no-room';

const empty = new Uint8Array(0);

/** What the head says of the body's length; undefined where only its end will tell (chunked, or to the connection's end). */
export function declaredLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** Whether a request has a body (RFC 9112, section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** A body that takes no more than this is given all of its memory at its second piece. */
const smallBytes = 64 * 1024;

/**
 * The pieces of one body, put together as they come: kept as they are, pieces of one byte would cost hundreds of times
 * what they hold.
 */
class Pieces {
  length = 0;
  #memory: Uint8Array = empty;
  /** What `#memory` is all of, and nobody else sees; undefined while there is only the first piece. */
  #own: ArrayBuffer | undefined;
  readonly #most: number;

  /** @param most bytes of the whole body, where that is known, or that it may have at most */
  constructor(most: number) {
    this.#most = most;
  }

  /** Bytes of memory that the pieces take with so many bytes more. The first piece is kept as it is. */
  memoryWith(more: number): number {
    const needed = this.length + more;
    if (this.length === 0 || needed <= this.#memory.length) return Math.max(needed, this.#memory.length);
    return Math.max(needed, Math.min(this.#most, Math.max(smallBytes, 2 * needed)));
  }

  add(piece: Buffer): void {
    if (this.length === 0) {
      this.#memory = piece;
    } else {
      const bytes = this.memoryWith(piece.length);
      if (bytes > this.#memory.length) this.#grow(bytes);
      this.#memory.set(piece, this.length);
    }
    this.length += piece.length;
  }

  whole(): Uint8Array {
    return this.#memory.subarray(0, this.length);
  }

  /** What was held is free at once: left to the garbage collector, cut bodies would soon be more than is held. */
  drop(): void {
    this.#own?.transfer(0);
    this.#own = undefined;
    this.#memory = empty;
  }

  #grow(bytes: number): void {
    const before = this.#memory;
    const isFirst = this.#own === undefined;
    this.#own = this.#own?.transfer(bytes) ?? new ArrayBuffer(bytes);
    this.#memory = Buffer.from(this.#own);
    if (isFirst) this.#memory.set(before);
  }
}

interface Collecting {
  /** Bytes at most. */
  readonly limit: number;
  /** The length that the head says, where it speaks of this body. */
  readonly declared: number | undefined;
  /** Where bodies share their memory: what this one holds of it; its owner gives it back. */
  readonly share?: BodyShare;
}

/**
 * Collects up to `limit` bytes and calls `done` once. After `too-large` and `no-room` the rest is still read from the
 * socket, and thrown away, until whoever called closes it.
 */
export function collectBody(
  message: IncomingMessage,
  { limit, declared, share }: Collecting,
  done: (body: Collected) => void,
): void {
  const pieces = new Pieces(declared ?? limit);
  let settled = false;
  const settle = (body: Collected) => {
    if (settled) return;
    settled = true;
    if (!(body instanceof Uint8Array)) pieces.drop();
    done(body);
  };
  share?.onCut(() => settle('no-room'));
  message.on('data', (piece: Buffer) => {
    if (settled) return;
    if (pieces.length + piece.length > limit) settle('too-large');
    else if (share && !share.take(pieces.memoryWith(piece.length))) settle('no-room');
    else pieces.add(piece);
  });
  // On a client's abort `end` can come with a truncated body, so it proves nothing by itself.
  message.on('end', () => {
    const whole = message.complete && (declared === undefined || declared === pieces.length);
    settle(whole ? pieces.whole() : 'broken-off');
  });
  message.on('close', () => settle('broken-off'));
  if (declared !== undefined && declared > limit) settle('too-large');
}
