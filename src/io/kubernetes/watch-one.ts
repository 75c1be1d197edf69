// One object followed by its name, with the rights to get and watch it alone: says that it may have changed, and leaves
// it to the listener to read it.
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultBackoff, delayAfter } from './backoff.ts';
import type { KubernetesClient } from './client.ts';
import { isObject, textAt } from './json.ts';
import { readWatch } from './watch-stream.ts';

export interface WatchOneOptions {
  readonly client: Pick<KubernetesClient, 'get' | 'watch'>;
  /** Of the collection; as `resourcePath` makes it. */
  readonly collection: string;
  /** Of the object; as `resourcePath` makes it. */
  readonly path: string;
  readonly name: string;
  /** Called for each change, and when a watch that was cut is back. */
  readonly changed: () => void;
  readonly onTrouble?: (error: unknown) => void;
  readonly watchSeconds?: number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

const longestEvent = 4 * 1024 * 1024;

/** Watches until what it returns is called. */
export function watchOne(options: WatchOneOptions): () => void {
  const { client, collection, path, name, changed, onTrouble = () => {}, watchSeconds = 300 } = options;
  const random = options.random ?? (() => Math.random());
  const stop = new AbortController();
  const { signal } = stop;

  async function watchOnce(): Promise<void> {
    const { metadata } = await client.get(path, { metadataOnly: true, signal });
    const resourceVersion = (isObject(metadata) ? textAt(metadata, 'resourceVersion') : undefined) ?? '';
    changed();
    const fieldSelector = `metadata.name=${name}`;
    const call = { resourceVersion, fieldSelector, timeoutSeconds: watchSeconds, metadataOnly: true, signal };
    const stream = await client.watch(collection, call);
    const idleMs = (watchSeconds + 30) * 1000;
    const onEvent = ({ type }: { readonly type: string }) => {
      if (type !== 'BOOKMARK') changed();
    };
    await readWatch(stream, { idleMs, longestEvent, onBytes: () => {}, onEvent });
  }

  async function watchOn(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await watchOnce();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        onTrouble(error);
        await sleep(delayAfter(failures, error, defaultBackoff, random()), undefined, { signal }).catch(() => {});
      }
    }
  }

  void watchOn();
  return () => stop.abort();
}
