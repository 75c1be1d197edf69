// A cache of one resource that keeps itself right: list, watch from there, and after whatever goes wrong take up the watch
// again or list anew. Nothing that the API server does or leaves undone ends it or empties it.
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { Failures } from './backoff.ts';
import { listAll } from './list-all.ts';
import type { WatchedObject } from './resource.ts';
import { ResourceCache } from './resource-cache.ts';
import { StatusError } from './status.ts';
import { type ResourceWatch, type SettledOptions, settleOptions, type WatchOptions } from './watch-options.ts';
import { LostWatchError, readWatch, SilentWatchError, type WatchEvent } from './watch-stream.ts';

/** A server that does not get over its trouble in so many tries may have forgotten the version that we watch from. */
const mostTriesFromOneVersion = 5;

/** A watch that the server ends within this time and without an event was none. */
const shortestWatchMs = 1000;

class Reflector<Value> {
  readonly cache: ResourceCache<Value>;
  readonly synced = Promise.withResolvers<void>();
  readonly closing = new AbortController();
  restarts = 0;
  contactAt: number | undefined;
  readonly #options: SettledOptions<Value>;
  /** Where the watch goes on; undefined where a list is needed. */
  #version: string | undefined;
  readonly #failures: Failures;
  #triesFromVersion = 0;
  /** When the watch that is open was begun. */
  #openedAt: number | undefined;

  constructor(options: SettledOptions<Value>) {
    this.#options = options;
    this.#failures = new Failures(options.backoff, options.random);
    this.cache = new ResourceCache((change) => this.#unharmed(() => options.onChange(change)));
  }

  async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        await this.#follow(this.#version);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error instanceof Error ? error : new Error('unknown'));
      }
    }
    this.cache.abandonList();
  }

  async #list(): Promise<string> {
    const { client, path, fieldSelector, labelSelector, metadataOnly, pageSize, pageBytes, mostObjects } =
      this.#options;
    const version = await listAll({
      client,
      path,
      selection: { fieldSelector, labelSelector, metadataOnly },
      pageSize,
      pageBytes,
      mostObjects,
      deadlineMs: this.#options.listDeadlineMs,
      now: this.#options.clock.now,
      signal: this.closing.signal,
      onStart: () => this.cache.beginList(),
      onPage: (objects) => {
        this.#hear();
        for (const object of objects) this.#take(object);
      },
    });
    this.cache.endList();
    this.#triesFromVersion = 0;
    this.synced.resolve();
    return version;
  }

  /** Resolves when the server ends the watch in good order. */
  async #follow(from: string): Promise<void> {
    const { client, path, fieldSelector, labelSelector, metadataOnly, watchSeconds, idleMs } = this.#options;
    const { clock, random, longestEvent } = this.#options;
    // Replicas that started together do not come back together.
    const timeoutSeconds = Math.ceil(watchSeconds * (1 + random() / 4));
    const selection = { fieldSelector, labelSelector, metadataOnly };
    const { signal } = this.closing;
    const incoming = await client.watch(path, { ...selection, resourceVersion: from, timeoutSeconds, signal });
    const openedAt = clock.now();
    this.#openedAt = openedAt;
    this.#hear();
    await readWatch(incoming, {
      idleMs,
      longestEvent,
      onBytes: () => this.#hear(),
      onEvent: (event) => this.#apply(event),
    });
    if (this.#version === from && clock.now() - openedAt < shortestWatchMs) {
      throw new RefusedError(refuse('kubernetes-answer-malformed', { problem: 'the watch ended as soon as it began' }));
    }
    this.#openedAt = undefined;
    this.#failures.clear();
  }

  #apply(event: WatchEvent): void {
    this.#triesFromVersion = 0;
    if (event.type === 'BOOKMARK') {
      this.#version = event.resourceVersion;
      return;
    }
    const { subject, type } = event;
    if (type === 'DELETED') this.cache.delete(subject.namespace, subject.name);
    else this.#take(subject);
    if (subject.resourceVersion !== '') this.#version = subject.resourceVersion;
  }

  #take(object: WatchedObject): void {
    const value = this.#unharmed(() => this.#options.keep(object));
    this.cache.set(object.namespace, object.name, value);
  }

  /** One object that the caller's code stumbles over must not keep all others from being known. */
  #unharmed<Result>(call: () => Result): Result | undefined {
    try {
      return call();
    } catch (error) {
      this.#tell(error instanceof Error ? error : new Error('unknown'), 0);
      return undefined;
    }
  }

  #tell(error: Error, delayMs: number): void {
    try {
      this.#options.onTrouble({ error, failures: this.#failures.inARow, delayMs });
    } catch {
      // A log that fails must not end what it tells of.
    }
  }

  #hear(): void {
    this.contactAt = this.#options.clock.now();
  }

  async #recover(error: Error): Promise<void> {
    const { clock, steadyMs } = this.#options;
    const heldFor = this.#openedAt === undefined ? 0 : clock.now() - this.#openedAt;
    this.#openedAt = undefined;
    if (heldFor >= steadyMs) this.#failures.clear();
    const { delayMs, isNews } = this.#failures.add(error);
    this.restarts += 1;
    this.cache.abandonList();
    this.#triesFromVersion += triesSpentBy(error);
    if (losesTrack(error) || this.#triesFromVersion >= mostTriesFromOneVersion) this.#version = undefined;
    if (isNews) this.#tell(error, delayMs);
    try {
      await clock.sleep(delayMs, this.closing.signal);
    } catch {
      // Closed meanwhile, which ends the loop.
    }
  }
}

/**
 * A silence takes long to be found out, and a server that keeps it up twice from one version may have lost that version.
 * One that is only busy has lost nothing.
 */
function triesSpentBy(error: Error): number {
  if (error instanceof SilentWatchError) return mostTriesFromOneVersion / 2;
  return error instanceof StatusError && error.code === 429 ? 0 : 1;
}

/** After these the version is of no use: the server has forgotten it, or what came after it was not heard. */
function losesTrack(error: Error): boolean {
  return error instanceof LostWatchError || (error instanceof StatusError && (error.isExpired || error.code === 400));
}

/** Begins at once, and goes on until it is closed. */
export function watchResources<Value>(options: WatchOptions<Value>): ResourceWatch<Value> {
  const settled = settleOptions(options);
  const reflector = new Reflector(settled);
  const running = reflector.run();
  const { cache } = reflector;
  return {
    get: (namespace, name) => cache.get(namespace, name),
    synced: reflector.synced.promise,
    stats: () => ({
      objects: cache.size,
      kept: cache.keptSize,
      ageMs: reflector.contactAt === undefined ? undefined : settled.clock.now() - reflector.contactAt,
      restarts: reflector.restarts,
    }),
    close: async () => {
      reflector.closing.abort();
      await running;
    },
  };
}
