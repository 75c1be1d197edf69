// Lists in pages: the cursor is the registry's position, sealed for the very list that it was given for.
import { openMarker, sealMarker } from '../../core/credentials/index.ts';
import { Refusal } from '../../core/refusals/index.ts';
import type { ListQuery, Page } from '../../io/sql/index.ts';
import type { BoundCall, Reply } from './route.ts';

interface PageForm {
  readonly per_page: number;
  readonly cursor?: string | undefined;
  readonly [filter: string]: unknown;
}

interface ListRequest<Item> {
  /** The member that holds the items. */
  readonly plural: string;
  readonly query: PageForm;
  readonly find: (query: ListQuery) => Promise<Page<Item> | Refusal>;
  readonly json: (item: Item) => unknown;
}

/** Whose list it is, and all that narrows it: a position in one list is none in another. */
function listOf({ accountId = '', request }: BoundCall, query: PageForm): string {
  const filters = Object.entries(query).filter(
    ([name, value]) => name !== 'per_page' && name !== 'cursor' && value !== undefined,
  );
  return JSON.stringify([accountId, request.path, filters]);
}

export async function listed<Item>(
  call: BoundCall,
  { plural, query, find, json }: ListRequest<Item>,
): Promise<Reply | Refusal> {
  const { keyring, randomBytes } = call.ports;
  const place = { list: listOf(call, query), keyring: keyring() };
  const after = query.cursor === undefined ? undefined : openMarker(query.cursor, place);
  if (after instanceof Refusal) return after;
  const page = await find({ limit: query.per_page, ...(after !== undefined && { after }) });
  if (page instanceof Refusal) return page;
  const next = page.next === undefined ? '' : sealMarker(page.next, place, randomBytes(12));
  return { body: { [plural]: page.items.map(json), meta: { links: { next } } } };
}

/** The times of a query in milliseconds, and whether the newest come first. */
export function timesOf(query: {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly order: 'newest' | 'oldest';
}) {
  return {
    newestFirst: query.order === 'newest',
    ...(query.from !== undefined && { from: Date.parse(query.from) }),
    ...(query.until !== undefined && { until: Date.parse(query.until) }),
  };
}

/** The members that are there. */
export function given<Values extends Readonly<Record<string, unknown>>>(
  values: Values,
): { readonly [Name in keyof Values]?: Exclude<Values[Name], undefined> };
export function given(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
