// Key sets read once per text: making key objects costs far more than the look-up. The text itself is the key, so that
// what is kept cannot be stale, and never belongs to another issuer that published something else.
import { keepLast } from '../memory/index.ts';
import type { Refusal } from '../refusals/index.ts';
import { type KeySet, parseJwks } from './jwks.ts';

/**
 * `parseJwks` with a memory of its last results, refusals included.
 * @param limit how many sets are kept; those used last stay
 */
export function keySetCache(limit: number): (text: string) => KeySet | Refusal {
  const kept = keepLast<KeySet | Refusal>(limit);
  return (text) => kept(text, () => parseJwks(text));
}
