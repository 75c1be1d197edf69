// Stored policies, compiled once per text. The text itself is the key: what it says cannot be stale.
import { keepLast } from '../memory/index.ts';
import type { Refusal } from '../refusals/index.ts';
import type { Policy } from './compile.ts';
import type { PolicyKind } from './document.ts';
import { readStoredPolicy } from './parse.ts';

export type PolicyReader = (text: string, kind: PolicyKind) => Policy | Refusal;

/**
 * `readStoredPolicy` with a memory of its last results, refusals included.
 * @param limit how many documents of each kind are kept
 */
export function policyCache(limit: number): PolicyReader {
  const memories = { trust: keepLast<Policy | Refusal>(limit), permission: keepLast<Policy | Refusal>(limit) };
  return (text, kind) => memories[kind](text, () => readStoredPolicy(text, kind));
}
