// How lists are asked for: in pages, each saying where the next one begins.
import type { SessionRecord } from '../../core/registry/index.ts';

export interface ListQuery {
  /** 1 to 1000. */
  readonly limit: number;
  /** `next` of the page before, of the same list and the same filter. Not sealed: what strangers send back is the caller's to seal. */
  readonly after?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** For `after`; undefined on the last page. */
  readonly next: string | undefined;
}

/** What happened, by time: the earliest first, or the newest. */
interface TimeQuery extends ListQuery {
  readonly newestFirst?: boolean;
  /** Milliseconds since the epoch: from this one on, and up to but without that one. */
  readonly from?: number;
  readonly until?: number;
}

/** Members that are absent filter nothing. */
export interface SessionFilter extends TimeQuery {
  readonly roleId?: string;
  readonly issuer?: string;
  readonly subject?: string;
  readonly kind?: NonNullable<SessionRecord['kind']>;
}

/** Members that are absent filter nothing. */
export interface AuditFilter extends TimeQuery {
  /** The role's ARN. */
  readonly role?: string;
  readonly outcome?: 'allowed' | 'refused';
  readonly action?: string;
  readonly requestId?: string;
  readonly accessKeyId?: string;
}

const mostPerPage = 1000;

export function limitOf(query: ListQuery): number {
  const limit = Math.trunc(query.limit);
  return limit >= 1 ? Math.min(limit, mostPerPage) : 1;
}

/** A page from one row more than was asked for: that row tells that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  query: ListQuery,
  { itemOf, positionOf }: { itemOf: (row: Row) => Item; positionOf: (row: Row) => string },
): Page<Item> {
  const limit = limitOf(query);
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map(itemOf),
    next: rows.length > limit && last !== undefined ? positionOf(last) : undefined,
  };
}
