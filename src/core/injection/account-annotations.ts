// Which annotations of a service account are read, and how much of them: whoever may create service accounts writes them,
// and every replica of the webhook keeps them for as long as the account is there.
import { longestRoleArn } from '../identity/index.ts';
import type { Texts } from './fields.ts';
import type { Profile } from './profile.ts';

/** What stands behind a profile's prefix and a slash, besides the role. */
export const accountKeys = {
  audience: 'audience',
  regionalSts: 'sts-regional-endpoints',
  tokenExpiration: 'token-expiration',
} as const;

/** Characters of a container's name: a label of DNS (RFC 1123). */
const longestContainerName = 63;
/** Characters of another value than a role. */
const longestOther = 512;
/** Characters of all keys and values of one account that name roles: one for each of some forty containers. */
const longestRoles = 4096;
/** Characters of what is too long that are kept for people to see. */
const shownOfValue = 128;

/** What no role has: a value that was cut is refused as one, and not taken for another that it begins with. */
const cutSign = '…';

/** In memory of its own where it is cut: a part of a text keeps the whole alive. */
function cut(value: string, longest: number): string {
  return value.length > longest ? Buffer.from(`${value.slice(0, shownOfValue)}${cutSign}`).toString() : value;
}

/** Whether a key is that of a role: as it is for all containers, with a dot and a container's name for that one. */
function isOfRole(key: string, role: string): boolean {
  if (key.length > role.length + 1 + longestContainerName || !key.startsWith(role)) return false;
  return key.length === role.length || key[role.length] === '.';
}

/**
 * What to keep of service accounts' annotations: those that a profile reads, a value that is too long cut, so that a role
 * is refused. In place of roles that are too much altogether there is one, which is refused, too.
 * @returns what keeps them; undefined for an account of which nothing counts
 */
export function accountAnnotations(
  profiles: readonly Pick<Profile, 'annotationPrefix' | 'roleAnnotations'>[],
): (annotations: Texts) => Texts | undefined {
  const roles = profiles.flatMap(({ roleAnnotations }) => roleAnnotations);
  const others = new Set(
    profiles.flatMap(({ annotationPrefix }) => Object.values(accountKeys).map((key) => `${annotationPrefix}/${key}`)),
  );
  return (annotations) => {
    const named: [string, string][] = [];
    const kept: [string, string][] = [];
    let length = 0;
    for (const key of Object.keys(annotations)) {
      const value = annotations[key];
      if (typeof value !== 'string') continue;
      if (others.has(key)) kept.push([key, cut(value, longestOther)]);
      if (length > longestRoles || !roles.some((role) => isOfRole(key, role))) continue;
      named.push([key, cut(value, longestRoleArn)]);
      length += key.length + Math.min(value.length, longestRoleArn);
    }
    const fitting = length > longestRoles ? refusedRole(annotations, roles) : named;
    return fitting.length + kept.length === 0 ? undefined : Object.fromEntries([...fitting, ...kept]);
  };
}

/** Under the key that counts before all others that are there. */
function refusedRole(annotations: Texts, roles: readonly string[]): [string, string][] {
  const keys = Object.keys(annotations);
  const first = roles.find((role) => keys.some((key) => isOfRole(key, role)));
  return first === undefined ? [] : [[first, `arn:${cutSign} (more than ${longestRoles} characters of roles)`]];
}
