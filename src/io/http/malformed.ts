// What Node's parser refuses by itself, and how the client learns of it.
import type { Duplex } from 'node:stream';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import { bareAnswer } from './answer.ts';

/** For how long a refused connection may stay open for the client to read why. */
const lingerMs = 1000;

/** By the error codes of Node's parser and its time-outs; every other one is bad syntax. */
const refusals: Readonly<Record<string, () => Refusal>> = {
  HPE_HEADER_OVERFLOW: () => refuse('http-headers-too-large', {}),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: () => refuse('http-headers-too-large', {}),
  ERR_HTTP_REQUEST_TIMEOUT: () => refuse('http-request-too-slow', {}),
  HPE_PAUSED_H2_UPGRADE: () => refuse('http-malformed', { problem: 'it opens HTTP/2' }),
  HPE_INVALID_EOF_STATE: () => refuse('http-malformed', { problem: 'it ends in the middle' }),
};

export function refusalOfParser(error: Error): Refusal {
  const known = 'code' in error ? refusals[String(error.code)] : undefined;
  if (known !== undefined) return known();
  // The parser's reasons are sentences of its own and quote nothing of what was sent.
  const problem = 'reason' in error && typeof error.reason === 'string' ? error.reason : 'it cannot be parsed';
  return refuse('http-malformed', { problem });
}

/** Tells the refusal on a connection that has no answer under way, and closes it. */
export function refuseUnparsable(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable || socket.writableEnded) {
    if (!socket.writableEnded) socket.destroy();
    return;
  }
  const linger = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(linger));
  socket.on('error', () => socket.destroy());
  socket.end(bareAnswer(refusal));
  socket.resume();
}
