// What an issuer says a session should carry, in the claims that AWS STS reads (AWS IAM User Guide, "Passing session tags
// using AssumeRoleWithWebIdentity" and "Monitor and control actions taken with assumed roles").
import { type Refusal, refuse } from '../refusals/index.ts';
import { isObject, isText, type JsonObject } from './json.ts';

const tagsClaim = 'https://aws.amazon.com/tags';
const sourceIdentityClaim = 'https://aws.amazon.com/source_identity';

export interface RequestedTags {
  readonly tags: Readonly<Record<string, string>>;
  /** The keys of those that chained sessions keep. */
  readonly transitiveKeys: readonly string[];
}

const misformed = (claim: string, expected: string) => refuse('token-claim-malformed', { claim, expected });

/** A value stands alone, or as the only one of a list. */
function valueOf(value: unknown): string | undefined {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [only] = values;
  return typeof only === 'string' && values.length === 1 ? only : undefined;
}

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

export function readRequestedTags(claims: JsonObject): RequestedTags | Refusal | undefined {
  const claim = claims[tagsClaim];
  if (claim === undefined) return undefined;
  if (!isObject(claim)) return misformed(tagsClaim, 'an object');
  const { principal_tags: tags = {}, transitive_tag_keys: transitiveKeys = [] } = claim;
  if (!isObject(tags)) return misformed(`${tagsClaim}.principal_tags`, 'an object');
  if (!isTexts(transitiveKeys)) return misformed(`${tagsClaim}.transitive_tag_keys`, 'a list of texts');
  const entries = Object.entries(tags).map(([key, value]) => [key, valueOf(value)] as const);
  const texts = entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  if (texts.length !== entries.length) return misformed(`${tagsClaim}.principal_tags`, 'of one text each');
  return { tags: Object.fromEntries(texts), transitiveKeys };
}

export function readSourceIdentity(claims: JsonObject): string | Refusal | undefined {
  const claim = claims[sourceIdentityClaim];
  if (claim === undefined) return undefined;
  return typeof claim === 'string' && /^[\w+=,.@-]{2,64}$/.test(claim)
    ? claim
    : misformed(sourceIdentityClaim, 'a text of 2 to 64 letters, digits and _+=,.@-');
}
