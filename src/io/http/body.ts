// The body of a message, whole or not at all: what arrives cut off is never handed on, and what is too large is never held.
import type { IncomingMessage } from 'node:http';

/** `broken-off`: the peer went away, or its body was shorter than it had said. */
export type Collected = Uint8Array | 'too-large' | 'broken-off';

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

/**
 * Collects up to `limit` bytes and calls `done` once. After `too-large` the rest is still read from the socket, and
 * thrown away, until whoever called closes it.
 * @param declared the length that the head says, where it speaks of this body
 */
export function collectBody(
  message: IncomingMessage,
  limit: number,
  declared: number | undefined,
  done: (body: Collected) => void,
): void {
  let chunks: Buffer[] = [];
  let received = 0;
  let settled = false;
  const settle = (body: Collected) => {
    if (settled) return;
    settled = true;
    chunks = [];
    done(body);
  };
  message.on('data', (chunk: Buffer) => {
    if (settled) return;
    received += chunk.length;
    if (received > limit) settle('too-large');
    else chunks.push(chunk);
  });
  // On a client's abort `end` can come with a truncated body, so it proves nothing by itself.
  message.on('end', () => {
    const whole = message.complete && (declared === undefined || declared === received);
    settle(whole ? joined(chunks, received) : 'broken-off');
  });
  message.on('close', () => settle('broken-off'));
  if (declared !== undefined && declared > limit) settle('too-large');
}

function joined(chunks: readonly Buffer[], length: number): Uint8Array {
  const [first] = chunks;
  if (first === undefined) return empty;
  return chunks.length === 1 ? first : Buffer.concat(chunks, length);
}
