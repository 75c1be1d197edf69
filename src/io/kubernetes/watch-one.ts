// One object followed by its name, with the right to watch it alone: says that it may have changed, and leaves it to the
// listener to read it.
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { defaultBackoff, Failures } from './backoff.ts';
import type { KubernetesClient } from './client.ts';
import { longestEvent, readWatch } from './watch-stream.ts';

export interface WatchOneOptions {
  readonly client: Pick<KubernetesClient, 'watch'>;
  /** Its path; as `resourcePath` makes it. */
  readonly collection: string;
  readonly name: string;
  /** Called for each change, and when a watch that was cut is back. */
  readonly changed: () => void;
  readonly onTrouble?: (error: unknown) => void;
  readonly watchSeconds?: number;
  /** Milliseconds without a byte after which the watch is given up. */
  readonly idleMs?: number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** Milliseconds without a byte after which a watch is given up: servers send a bookmark about every minute. */
const defaultIdleMs = 90_000;

/** A watch that the server ends within this time (milliseconds) was none. */
const shortestWatchMs = 1000;

/** A watch that held for this many milliseconds wipes out the failures before it. */
const steadyMs = 5000;

/** Watches until what it returns is called. */
export function watchOne(options: WatchOneOptions): () => void {
  const { client, collection, name, changed, onTrouble = () => {}, watchSeconds = 300 } = options;
  const random = options.random ?? (() => Math.random());
  const stop = new AbortController();
  const { signal } = stop;
  let openedAt: number | undefined;
  const hasHeld = () => openedAt !== undefined && performance.now() - openedAt >= steadyMs;

  /** Resolves when the server ends the watch in good order. */
  async function watchOnce(): Promise<void> {
    // From no version, but from what is there now: a version of the object that is older than the API server's memory would
    // be answered 410 each time, until somebody changes the object.
    const selection = { resourceVersion: undefined, fieldSelector: `metadata.name=${name}`, metadataOnly: true };
    const stream = await client.watch(collection, { ...selection, timeoutSeconds: watchSeconds, signal });
    openedAt = performance.now();
    changed();
    const onEvent = ({ type }: { readonly type: string }) => {
      if (type !== 'BOOKMARK') changed();
    };
    await readWatch(stream, { idleMs: options.idleMs ?? defaultIdleMs, longestEvent, onBytes: () => {}, onEvent });
    if (performance.now() - openedAt < shortestWatchMs) {
      throw new RefusedError(refuse('kubernetes-answer-malformed', { problem: 'the watch ended as soon as it began' }));
    }
  }

  async function watchOn(): Promise<void> {
    const failures = new Failures(defaultBackoff, random);
    while (!signal.aborted) {
      openedAt = undefined;
      try {
        await watchOnce();
        failures.clear();
      } catch (error) {
        if (signal.aborted) return;
        if (hasHeld()) failures.clear();
        const { delayMs, isNews } = failures.add(error);
        if (isNews) onTrouble(error);
        await sleep(delayMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  void watchOn();
  return () => stop.abort();
}
