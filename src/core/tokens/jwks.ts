// A cluster's published keys: the text of a JWK Set (RFC 7517, section 5) read into keys that verify tokens.
import { Refusal, refuse } from '../refusals/index.ts';
import { parseStrictJson } from '../wire/index.ts';
import { isObject, isText } from './json.ts';
import { holdsSecret, readJwk, type VerificationKey } from './jwk.ts';

export interface KeySet {
  readonly keys: readonly VerificationKey[];
  readonly byId: ReadonlyMap<string, VerificationKey>;
  /** Members of the set that verify nothing, each with what is wrong with it: for whoever registers the set. */
  readonly leftOut: readonly { readonly key: string; readonly why: string }[];
}

/** Characters; the largest sets in the field have a few dozen keys of one kilobyte. */
const longestSet = 1_048_576;
const mostKeys = 100;

function readMembers(text: string): readonly unknown[] | Refusal {
  if (text.length > longestSet) return refuse('jwks-too-large', { what: 'characters', limit: longestSet });
  const json = parseStrictJson(text);
  if ('problem' in json) return refuse('jwks-malformed', { problem: json.problem });
  const members: unknown = isObject(json.value) ? json.value['keys'] : undefined;
  if (!isList(members)) return refuse('jwks-malformed', { problem: 'it is no object with a list named keys' });
  if (members.length > mostKeys) return refuse('jwks-too-large', { what: 'keys', limit: mostKeys });
  return members;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const nameOf = (member: unknown, index: number) =>
  isObject(member) && isText(member['kid']) ? member['kid'] : `key ${index + 1}`;

/**
 * The keys of a set, as RFC 7517, section 5 has it: members that are not understood or not fit are left out, never
 * guessed at. Refused as a whole is a set
 *   1. that is too large, or no JWK Set,
 *   2. that holds a private or symmetric key: whoever reads the set could sign tokens, so no key beside it helps,
 *   3. in which two different keys have one `kid`,
 *   4. of which no key is left.
 * Keys need no `x5c`.
 */
export function parseJwks(text: string): KeySet | Refusal {
  const members = readMembers(text);
  if (members instanceof Refusal) return members;
  const keys: VerificationKey[] = [];
  const byId = new Map<string, VerificationKey>();
  const leftOut: { key: string; why: string }[] = [];
  for (const [index, member] of members.entries()) {
    const name = nameOf(member, index);
    if (isObject(member) && holdsSecret(member)) return refuse('jwks-secret', { key: name });
    const key = isObject(member) ? readJwk(member) : 'it is no JSON object';
    if (typeof key === 'string') {
      leftOut.push({ key: name, why: key });
      continue;
    }
    const namesake = key.keyId === undefined ? undefined : byId.get(key.keyId);
    if (namesake && !namesake.key.equals(key.key)) return refuse('jwks-key-id-repeated', { key: name });
    if (namesake) continue;
    keys.push(key);
    if (key.keyId !== undefined) byId.set(key.keyId, key);
  }
  if (keys.length > 0) return { keys, byId, leftOut };
  const reasons = leftOut.map(({ key, why }) => `${key}: ${why}`).join('; ');
  return refuse('jwks-without-key', { reasons: reasons === '' ? 'it is empty' : reasons });
}
