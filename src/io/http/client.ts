// One request to a server of ours, over a Unix socket or a URL: for commands that talk to what already runs.

import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { systemProblem } from '../failures/index.ts';

export type Place =
  | { readonly socket: string }
  /** @param ca the file with who signs its certificate (PEM), where that is not publicly known */
  | { readonly url: string; readonly ca?: string | undefined };

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Told {
  readonly status: number;
  readonly body: string;
}

const timeoutMs = 60_000;
const mostBytes = 64 * 1024 * 1024;

function optionsOf(place: Place, { method, target, headers = {} }: Asked) {
  const common = { method, headers, path: target, timeout: timeoutMs, agent: false as const };
  if ('socket' in place) return { ...common, socketPath: place.socket, host: 'localhost' };
  const { hostname, port, protocol } = new URL(place.url);
  const ca = place.ca === undefined ? {} : { ca: readFileSync(place.ca) };
  return { ...common, ...ca, protocol, hostname: hostname.replace(/^\[|\]$/g, ''), ...(port !== '' && { port }) };
}

/** Rejects with an error whose message says, for people, why there is no answer. */
export function ask(place: Place, asked: Asked): Promise<Told> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => reject(new Error(systemProblem(error), { cause: error }));
    const send = 'url' in place && place.url.startsWith('https:') ? tlsRequest : plainRequest;
    const outgoing = send(optionsOf(place, asked), (message) => {
      const chunks: Buffer[] = [];
      let length = 0;
      message.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > mostBytes) message.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      message.on('end', () =>
        resolve({ status: message.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
      message.on('error', failed);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('it did not answer in time')));
    outgoing.on('error', failed);
    outgoing.end(asked.body);
  });
}
