// What a watch of a resource is told, with one table of defaults, and what it shows.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backoff, defaultBackoff } from './backoff.ts';
import type { KubernetesClient } from './client.ts';
import type { WatchedObject } from './resource.ts';
import type { Lookup, ResourceChange } from './resource-cache.ts';
import { longestEvent } from './watch-stream.ts';

export interface Clock {
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  /** Resolves early, or rejects, when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * What went wrong and was or will be made good, or what `keep` and `onChange` threw, for the log. A right that is missing
 * is told of once, and not with each try that finds it missing still.
 */
export interface WatchTrouble {
  readonly error: Error;
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Milliseconds until the next try. */
  readonly delayMs: number;
}

export interface WatchLimits {
  /** Objects of one page of a list, as long as they are no more than `pageBytes`: of larger ones there are fewer. */
  readonly pageSize: number;
  /** Bytes of a page that has more than one object. */
  readonly pageBytes: number;
  /** What a watch is asked to last; the server ends it then, and it is taken up where it stood. */
  readonly watchSeconds: number;
  /** Milliseconds without a byte after which a watch is given up; servers send a bookmark about every minute. */
  readonly idleMs: number;
  /** A watch that held for this many milliseconds wipes out the failures before it. */
  readonly steadyMs: number;
  /** Bytes. */
  readonly longestEvent: number;
  readonly mostObjects: number;
  /** Milliseconds for one whole list. */
  readonly listDeadlineMs: number;
}

export interface WatchOptions<Value> extends Partial<WatchLimits> {
  readonly client: Pick<KubernetesClient, 'list' | 'watch'>;
  /** Of the collection, such as `/api/v1/serviceaccounts`. */
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** True unless `keep` looks at more than metadata. */
  readonly metadataOnly?: boolean;
  /** What to keep of an object; undefined for one of no interest, which is then known by name alone. Should not hold on to the object. */
  readonly keep: (object: WatchedObject) => Value | undefined;
  /** Told what changed of what was kept. */
  readonly onChange?: (change: ResourceChange<Value>) => void;
  readonly onTrouble?: (trouble: WatchTrouble) => void;
  readonly backoff?: Partial<Backoff>;
  readonly clock?: Clock;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

export interface WatchStats {
  /** Known to be there. */
  readonly objects: number;
  /** Of which something was kept. */
  readonly kept: number;
  /** Milliseconds since the server last said anything, at most about a minute on a healthy watch; undefined before. */
  readonly ageMs: number | undefined;
  /** Failures since the start, after each of which it went on by itself. */
  readonly restarts: number;
}

export interface ResourceWatch<Value> {
  /** What is known now, also while the API server is away. Namespace empty for objects of the cluster. */
  readonly get: (namespace: string, name: string) => Lookup<Value>;
  /** Resolves after the first whole list; stays pending when closed before. */
  readonly synced: Promise<void>;
  readonly stats: () => WatchStats;
  /** Resolves when nothing of it runs any more; what is cached can still be asked. */
  readonly close: () => Promise<void>;
}

export type SettledOptions<Value> = Omit<
  Required<WatchOptions<Value>>,
  'fieldSelector' | 'labelSelector' | 'backoff'
> & {
  readonly fieldSelector: string | undefined;
  readonly labelSelector: string | undefined;
  readonly backoff: Backoff;
};

const defaults = {
  metadataOnly: true,
  pageSize: 500,
  pageBytes: 4 * 1024 * 1024,
  watchSeconds: 240,
  idleMs: 90_000,
  steadyMs: 5000,
  longestEvent,
  mostObjects: 500_000,
  listDeadlineMs: 300_000,
  onChange: () => {},
  onTrouble: () => {},
  clock: { now: () => performance.now(), sleep: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }) },
  random: () => Math.random(),
};

export function settleOptions<Value>(options: WatchOptions<Value>): SettledOptions<Value> {
  const { fieldSelector, labelSelector, backoff } = options;
  return { ...defaults, ...options, fieldSelector, labelSelector, backoff: { ...defaultBackoff, ...backoff } };
}
