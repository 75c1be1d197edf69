// An engine of the registry under test, and what the suites ask of it.
import { beforeEach, expect } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import type { Quotas } from '../../../src/core/registry/index.ts';
import type { ListQuery, Page, Registry } from '../../../src/io/sql/index.ts';
import { openAccounts } from './records.ts';

export interface Engine {
  readonly name: string;
  /** An empty registry. */
  readonly open: (quotas?: Quotas) => Promise<Registry>;
  readonly close: (registry: Registry) => Promise<void>;
}

export const must = <Value>(outcome: Value | Refusal): Value => {
  if (outcome instanceof Refusal) throw new Error(outcome.explain());
  return outcome;
};

/** Every item of a list, page by page. */
export async function everyItem<Item>(
  list: (query: ListQuery) => Promise<Page<Item> | Refusal>,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page: Page<Item> = must(await list({ limit, ...(after !== undefined && { after }) }));
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

/** A fresh registry for every test of the block, with two accounts. */
export function useRegistry({ open, close }: Engine): () => Registry {
  let registry: Registry;
  beforeEach(async () => {
    registry = await open();
    await openAccounts(registry);
    return () => close(registry);
  });
  return () => registry;
}
