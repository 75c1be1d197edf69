// Clients that send bytes as they are given, over TLS or in the middle of its handshake.
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';

export interface RawTls {
  readonly send: (text: string) => void;
  /** Ends our half of the connection. */
  readonly end: () => void;
  readonly destroy: () => void;
  /** All that was received, once the server has closed the connection. */
  readonly closed: Promise<string>;
}

function raw(socket: Duplex): RawTls {
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text) => (received += String(text)));
  // A reset is one of the ways in which servers close.
  socket.on('error', () => {});
  return {
    send: (text) => void socket.write(text, 'latin1'),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
    closed: new Promise((resolve) => socket.once('close', () => resolve(received))),
  };
}

/** Resolves once the handshake is done, or the server has closed. */
export async function openTls(port: number): Promise<RawTls> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const opened = raw(socket);
  await Promise.race([new Promise((resolve) => socket.once('secureConnect', resolve)), opened.closed]);
  return opened;
}

/** A TCP connection whose handshake is for the caller to begin. */
export async function openTcp(port: number): Promise<RawTls> {
  const socket = connectTcp(port, '127.0.0.1');
  const opened = raw(socket);
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), opened.closed]);
  return opened;
}

/** Many, some at a time: a listener's queue is short. */
export async function openMany(count: number, open: () => Promise<RawTls>): Promise<RawTls[]> {
  const opened: RawTls[] = [];
  while (opened.length < count) {
    opened.push(...(await Promise.all(Array.from({ length: Math.min(50, count - opened.length) }, open))));
  }
  return opened;
}
