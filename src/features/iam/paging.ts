// Lists in pages, as the IAM API counts them: MaxItems, IsTruncated, and a marker that nobody else can make.
import { openMarker, sealMarker } from '../../core/credentials/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { Field, QueryParameters } from '../../core/wire/index.ts';
import type { ListQuery, Page } from '../../io/sql/index.ts';
import type { Paging } from './call.ts';
import type { IamApiPorts } from './ports.ts';

/**
 * The default of MaxItems, and as many as there are in any page (AWS IAM API Reference: "IAM might return fewer than the
 * MaxItems number of results"): documents are long, and what an answer takes must not grow with what was stored.
 */
const itemsPerPage = 100;
const nonceBytes = 12;
const pageParameters = new Set(['Marker', 'MaxItems']);

/** The account and all that the list is filtered by: a marker is good for the very call that it was given for. */
function listName(accountId: string, parameters: QueryParameters): string {
  const filters = [...parameters].filter(([name]) => !pageParameters.has(name));
  return JSON.stringify(['iam', accountId, ...filters.sort(([one], [other]) => (one < other ? -1 : 1))]);
}

/** What the call's Marker and MaxItems, known to be well shaped, ask for. */
export function readPaging(
  { keyring, randomBytes }: Pick<IamApiPorts, 'keyring' | 'randomBytes'>,
  accountId: string,
  parameters: QueryParameters,
): Paging | Refusal {
  const place = { list: listName(accountId, parameters), keyring: keyring() };
  const marker = parameters.get('Marker');
  const after = marker === undefined ? undefined : openMarker(marker, place);
  // In this protocol's words: elsewhere it is a cursor.
  if (after instanceof Refusal) return refuse('iam-marker-invalid', {});
  const limit = Math.min(Number(parameters.get('MaxItems') ?? itemsPerPage), itemsPerPage);
  const fields = (next: string | undefined): readonly Field[] => [
    ['IsTruncated', next !== undefined],
    ['Marker', next === undefined ? undefined : sealMarker(next, place, randomBytes(nonceBytes))],
  ];
  return { query: { limit, ...(after !== undefined && { after }) }, fields };
}

/** A page of what is at hand as a whole. */
export function pageOfAll<Item>(items: readonly Item[], { limit, after = '0' }: ListQuery): Page<Item> {
  const start = Number(after);
  const end = start + limit;
  return { items: items.slice(start, end), next: end < items.length ? String(end) : undefined };
}

/** A list by itself, as the registry has it. */
type List<Item> = (query: ListQuery) => Promise<Page<Item> | Refusal>;

const positionShape = /^(\d):(.*)$/s;

/** Several lists as if they were one, each after the one before it: positions say which list they are of. */
export async function pageInTurn<Item>(
  lists: readonly List<Item>[],
  { limit, after = '' }: ListQuery,
): Promise<Page<Item> | Refusal> {
  const [, first = '0', inFirst = ''] = positionShape.exec(after) ?? [];
  const items: Item[] = [];
  let start = inFirst;
  for (const [index, list] of [...lists.entries()].slice(Number(first))) {
    if (items.length === limit) return { items, next: `${index}:` };
    const page = await list({ limit: limit - items.length, ...(start !== '' && { after: start }) });
    if (page instanceof Refusal) return page;
    items.push(...page.items);
    if (page.next !== undefined) return { items, next: `${index}:${page.next}` };
    start = '';
  }
  return { items, next: undefined };
}
