// A whole list in pages (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks),
// each handed on as it comes, so that no more than one page is held.
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { KubernetesClient, ListOptions, ListPage } from './client.ts';
import { type WatchedObject, watchedObject } from './resource.ts';
import { StatusError } from './status.ts';

export interface ListAll {
  readonly client: Pick<KubernetesClient, 'list'>;
  readonly path: string;
  readonly selection: Pick<ListOptions, 'fieldSelector' | 'labelSelector' | 'metadataOnly'>;
  /** Objects of a page at most. */
  readonly pageSize: number;
  /** Bytes of a page that has more than one object. */
  readonly pageBytes: number;
  readonly mostObjects: number;
  /** Milliseconds for all pages together. */
  readonly deadlineMs: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Before the first page, and again where the list has to be begun anew. */
  readonly onStart: () => void;
  readonly onPage: (objects: readonly WatchedObject[]) => void;
}

/** Pages without objects in a row: servers that filter may send some, one that sends only those never ends. */
const mostEmptyPages = 20;

/** A continue token lives for minutes; where that was too short, the next try has fewer, larger pages. */
const triesWithLargerPages = 4;
const growth = 4;

/** After so many pages that fit, one of twice as many objects is tried again. */
const pagesUntilLarger = 4;

/**
 * How many objects to ask for: where a page is too large, half as many from the same place, so that nobody can make a
 * list that cannot be read by making large objects. One object alone is as large as the client takes.
 */
class PageSize {
  readonly #most: number;
  #size: number;
  #fitting = 0;

  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether there is a smaller one. */
  shrink(): boolean {
    if (this.#size <= 1) return false;
    this.#size = Math.floor(this.#size / 2);
    this.#fitting = 0;
    return true;
  }

  fits(): void {
    this.#fitting += 1;
    if (this.#size === this.#most || this.#fitting < pagesUntilLarger) return;
    this.#size = Math.min(this.#most, this.#size * 2);
    this.#fitting = 0;
  }
}

const isTooLarge = (error: unknown) =>
  error instanceof RefusedError && error.refusal.code === 'kubernetes-answer-too-large';

/** A page that fits. */
async function pageFrom(from: string | undefined, pages: PageSize, list: ListAll): Promise<ListPage> {
  const { client, path, selection, signal, pageBytes } = list;
  for (;;) {
    const maxResponseBytes = pages.size > 1 ? pageBytes : undefined;
    try {
      const page = await client.list(path, {
        ...selection,
        limit: pages.size,
        continue: from,
        signal,
        maxResponseBytes,
      });
      pages.fits();
      return page;
    } catch (error) {
      if (!isTooLarge(error) || !pages.shrink()) throw error;
    }
  }
}

/** The version of the list, from which a watch goes on. @throws as the client, RefusedError `kubernetes-answer-…` */
export async function listAll(list: ListAll): Promise<string> {
  let pageSize = list.pageSize;
  for (let tries = 1; ; tries++) {
    try {
      return await listPages(list, pageSize);
    } catch (error) {
      const hasExpired = error instanceof StatusError && error.isExpired;
      if (!hasExpired || tries === triesWithLargerPages) throw error;
      pageSize *= growth;
    }
  }
}

async function listPages(list: ListAll, pageSize: number): Promise<string> {
  const { path, now, deadlineMs, onStart, onPage } = list;
  const pages = new PageSize(pageSize);
  const startedAt = now();
  const counts = { objects: 0, emptyPages: 0 };
  onStart();
  for (let from: string | undefined; ; ) {
    const page = await pageFrom(from, pages, list);
    const objects = page.items.map((item) => watchedObject(item));
    if (!objects.every((object) => object !== undefined)) throw malformed('an item of the list has no name');
    counts.objects += objects.length;
    counts.emptyPages = objects.length === 0 ? counts.emptyPages + 1 : 0;
    refuseEndless(counts, list);
    onPage(objects);
    if (page.continue === undefined) {
      if (page.resourceVersion === '') throw malformed('the list has no resourceVersion');
      return page.resourceVersion;
    }
    if (now() - startedAt > deadlineMs) {
      throw new RefusedError(refuse('kubernetes-too-slow', { what: `all of ${path}`, milliseconds: deadlineMs }));
    }
    from = page.continue;
  }
}

function refuseEndless(counts: { readonly objects: number; readonly emptyPages: number }, list: ListAll): void {
  if (counts.objects > list.mostObjects) {
    throw new RefusedError(refuse('kubernetes-answer-too-large', { limit: list.mostObjects, what: 'objects' }));
  }
  if (counts.emptyPages > mostEmptyPages) throw malformed('the list goes on without objects');
}

function malformed(problem: string): RefusedError {
  return new RefusedError(refuse('kubernetes-answer-malformed', { problem }));
}
