// What the cache does not know yet, asked of the API server itself: a pod can be created the moment after its service
// account. One question per object at a time, whoever asks, and no longer than each has patience.
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { delayAfter } from './backoff.ts';
import type { KubernetesClient } from './client.ts';
import { keyOf, type WatchedObject, watchedObject } from './resource.ts';
import type { Lookup } from './resource-cache.ts';
import { StatusError } from './status.ts';
import type { ResourceWatch } from './watch-options.ts';

export interface LiveLookupOptions<Value> {
  readonly client: Pick<KubernetesClient, 'get'>;
  /** Asked first, and once more after the API server: what the watch brought meanwhile counts. */
  readonly cache: Pick<ResourceWatch<Value>, 'get'>;
  /** Of one object; as `resourcePath` makes it. */
  readonly pathOf: (namespace: string, name: string) => string;
  readonly keep: (object: WatchedObject) => Value | undefined;
  readonly metadataOnly?: boolean;
  /** Milliseconds for a question to the API server, however little patience those who wait for it have. */
  readonly timeoutMs?: number;
  /** Milliseconds for which an answer is remembered: an absence, and an object that the watch has not brought yet. */
  readonly rememberMs?: number;
  /** Milliseconds for which a failure is: about half to all of it, or as long as the server asks, up to five seconds. */
  readonly pauseMs?: number;
  readonly mostInFlight?: number;
  /** Milliseconds; only differences count. */
  readonly now?: () => number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/**
 * @param patienceMs milliseconds after which the caller wants an answer no more
 * @throws RefusedError `kubernetes-too-slow`, `kubernetes-lookups-exhausted`, and as the client
 */
export type FindLive<Value> = (namespace: string, name: string, patienceMs: number) => Promise<Lookup<Value>>;

interface Remembered<Value> {
  readonly outcome: Lookup<Value> | Error;
  readonly until: number;
}

const mostRemembered = 10_000;
const absent = { known: false } as const;

export function createFindLive<Value>(options: LiveLookupOptions<Value>): FindLive<Value> {
  const { client, cache, pathOf, keep, metadataOnly = true, timeoutMs = 10_000, rememberMs = 1000 } = options;
  const { pauseMs = 500, mostInFlight = 256, now = () => performance.now(), random = () => Math.random() } = options;
  const backoff = { firstMs: pauseMs, mostMs: pauseMs, mostAskedMs: 5000, mostForbiddenMs: pauseMs };
  const remembered = new Map<string, Remembered<Value>>();
  const running = new Map<string, Promise<Lookup<Value>>>();

  const remember = (key: string, outcome: Lookup<Value> | Error) => {
    const forMs = outcome instanceof Error ? delayAfter(1, outcome, backoff, random()) : rememberMs;
    remembered.delete(key);
    remembered.set(key, { outcome, until: now() + forMs });
    const [oldest] = remembered.size > mostRemembered ? remembered.keys() : [];
    if (oldest !== undefined) remembered.delete(oldest);
  };

  const read = async (namespace: string, name: string): Promise<Lookup<Value>> => {
    try {
      const object = watchedObject(await client.get(pathOf(namespace, name), { metadataOnly, timeoutMs }));
      const isAsked = object !== undefined && object.name === name && object.namespace === namespace;
      if (isAsked) return { known: true, value: keep(object) };
      throw new RefusedError(refuse('kubernetes-answer-malformed', { problem: 'it is not the object asked for' }));
    } catch (error) {
      // Only the API server's own words: another server's 404 says nothing of the object.
      if (error instanceof StatusError && error.code === 404 && error.reason === 'NotFound') return absent;
      throw error;
    }
  };

  const ask = async (key: string, namespace: string, name: string): Promise<Lookup<Value>> => {
    try {
      const found = await read(namespace, name);
      remember(key, found);
      const brought = cache.get(namespace, name);
      return brought.known ? brought : found;
    } catch (error) {
      remember(key, error instanceof Error ? error : new Error('unknown'));
      throw error;
    } finally {
      running.delete(key);
    }
  };

  return async (namespace, name, patienceMs) => {
    const cached = cache.get(namespace, name);
    if (cached.known) return cached;
    const key = keyOf(namespace, name);
    const earlier = remembered.get(key);
    if (earlier !== undefined && now() < earlier.until) {
      if (earlier.outcome instanceof Error) throw earlier.outcome;
      return earlier.outcome;
    }
    let asked = running.get(key);
    if (asked === undefined) {
      if (running.size >= mostInFlight) {
        throw new RefusedError(refuse('kubernetes-lookups-exhausted', { limit: mostInFlight }));
      }
      asked = ask(key, namespace, name);
      running.set(key, asked);
      asked.catch(() => {});
    }
    return within(patienceMs, asked, `about ${key}`);
  };
}

/** As long as an API server waits for a webhook at most. A timer that is set to more than it can hold ends at once. */
const longestPatienceMs = 30_000;

/** The question itself goes on: its answer may serve the next who asks. */
async function within<Value>(givenMs: number, asked: Promise<Value>, what: string): Promise<Value> {
  const patienceMs = Math.min(givenMs, longestPatienceMs);
  const { promise, reject } = Promise.withResolvers<never>();
  const tooSlow = () => reject(new RefusedError(refuse('kubernetes-too-slow', { what, milliseconds: patienceMs })));
  const timer = setTimeout(tooSlow, patienceMs);
  try {
    return await Promise.race([asked, promise]);
  } finally {
    clearTimeout(timer);
  }
}
