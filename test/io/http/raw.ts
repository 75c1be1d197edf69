// A client that sends bytes as they are given: what well-behaved clients cannot send.
import { connect } from 'node:net';

export interface Raw {
  readonly send: (text: string) => void;
  /** Ends our half of the connection. */
  readonly end: () => void;
  readonly destroy: () => void;
  /** All that was received, once the server has closed the connection. */
  readonly closed: Promise<string>;
  /** All that was received, as soon as it holds `text`. */
  readonly until: (text: string) => Promise<string>;
}

export async function open(port: number): Promise<Raw> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const watchers: (() => void)[] = [];
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    received += String(text);
    for (const watch of watchers) watch();
  });
  socket.on('end', () => socket.end());
  // A reset is one of the ways in which servers close.
  socket.on('error', () => {});
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    send: (text) => socket.write(text, 'latin1'),
    end: () => socket.end(),
    destroy: () => socket.destroy(),
    closed: new Promise((resolve) => socket.once('close', () => resolve(received))),
    until: (text) =>
      new Promise((resolve) => {
        const watch = () => received.includes(text) && resolve(received);
        watchers.push(watch);
        watch();
      }),
  };
}

/** Sends `text` and waits for what the server says before it closes. */
export async function say(port: number, text: string): Promise<string> {
  const raw = await open(port);
  raw.send(text);
  return raw.closed;
}

export const statusOf = (answer: string) => Number(answer.split(' ')[1]);

export function bodyOf(answer: string): Record<string, unknown> {
  const value: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
