// One watch, read to its end (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes):
// a JSON object a line, and silence for too long taken for what it is, a connection that nobody closed.
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { isObject, parsedJson } from './json.ts';
import { LineSplitter } from './lines.ts';
import { type WatchedObject, watchedObject } from './resource.ts';
import { statusError } from './status.ts';
import type { Incoming } from './transport.ts';

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly subject: WatchedObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface WatchReading {
  /** Milliseconds without a byte after which the stream is given up; bookmarks come about every minute. */
  readonly idleMs: number;
  /** Bytes of an event at most. */
  readonly longestEvent: number;
  readonly onBytes: () => void;
  readonly onEvent: (event: WatchEvent) => void;
}

/**
 * Bytes of an event. etcd takes 1.5 MiB for an object unless it is told otherwise, whose texts as JSON are up to six times
 * as long: `<` becomes `\u003c`.
 */
export const longestEvent = 16 * 1024 * 1024;

/** An event that is none: what it should have said is lost, and only a list can tell it. */
export class LostWatchError extends RefusedError {}

/**
 * Nothing was heard for longer than a server keeps silent: the connection leads nowhere any more. Nothing that was said
 * is lost: a server that is asked again from the same version says it again.
 */
export class SilentWatchError extends RefusedError {}

/**
 * Resolves when the server ends the stream as it should.
 * @throws LostWatchError where an event cannot be understood; SilentWatchError; StatusError that the stream carries;
 * RefusedError `kubernetes-unreachable`
 */
export async function readWatch({ call, message }: Incoming, reading: WatchReading): Promise<void> {
  const { idleMs, longestEvent, onBytes, onEvent } = reading;
  if (call.hasLost(message)) throw call.brokenOff();
  const lines = new LineSplitter(longestEvent);
  const facts = { what: 'anything on a watch', milliseconds: idleMs };
  const idle = setTimeout(() => call.fail(new SilentWatchError(refuse('kubernetes-too-slow', facts))), idleMs);
  const take = (chunk: Buffer) => {
    idle.refresh();
    onBytes();
    const fits = lines.push(chunk, (line) => onEvent(eventOf(line)));
    if (!fits) throw garbled(`an event has more than ${longestEvent} bytes`);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      message.on('data', (chunk: Buffer) => {
        try {
          take(chunk);
        } catch (error) {
          message.removeAllListeners('data');
          reject(error instanceof Error ? error : garbled('unknown'));
        }
      });
      message.on('end', () => {
        if (message.complete && lines.pending === 0) resolve();
      });
      message.on('close', () => reject(call.brokenOff()));
    });
  } finally {
    clearTimeout(idle);
    message.destroy();
  }
}

function garbled(problem: string): LostWatchError {
  return new LostWatchError(refuse('kubernetes-answer-malformed', { problem }));
}

function eventOf(line: string): WatchEvent {
  const event = parsedJson(line);
  if (!isObject(event)) throw garbled('an event of a watch is no JSON object');
  const { type, object } = event;
  if (type === 'ERROR') throw statusError(object, { code: 500 });
  const subject = isObject(object) ? subjectOf(type, object) : undefined;
  if (subject === undefined) throw garbled('an event of a watch has no type or object that is known');
  return subject;
}

function subjectOf(type: unknown, object: Readonly<Record<string, unknown>>): WatchEvent | undefined {
  if (type === 'BOOKMARK') {
    const { metadata } = object;
    const version = isObject(metadata) ? metadata['resourceVersion'] : undefined;
    return typeof version === 'string' && version !== '' ? { type, resourceVersion: version } : undefined;
  }
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') return undefined;
  const subject = watchedObject(object);
  return subject && { type, subject };
}
