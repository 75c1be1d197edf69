// The central mapping of service accounts to roles: what Amazon's webhook reads from the ConfigMap
// `pod-identity-webhook`, key `config`, and kOps writes there. Namespaces may be patterns.
import { Refusal, refuse } from '../refusals/index.ts';
import { parseStrictJson } from '../wire/index.ts';
import { isObject, type JsonObject } from './fields.ts';
import { isPattern, matchesGlob } from './glob.ts';

export interface MappedRole {
  /** The key it stood under. */
  readonly key: string;
  readonly namespace: string;
  /** Undefined where only single containers have one. */
  readonly role: string | undefined;
  readonly containerRoles: ReadonlyMap<string, string>;
  readonly audience: string | undefined;
  readonly regionalSts: boolean | undefined;
  /** Seconds; 0 for the setting. */
  readonly tokenExpiration: number;
}

interface MappedPattern {
  readonly namespace: string;
  readonly entry: MappedRole | Refusal;
}

export interface RoleMapping {
  /** By namespace and name; a refusal where the entry cannot be read. */
  readonly literal: ReadonlyMap<string, MappedRole | Refusal>;
  /** By the service account's name; longer namespace patterns first. */
  readonly patterns: ReadonlyMap<string, readonly MappedPattern[]>;
  /** By the key: entries whose key is not NAMESPACE/NAME, and that are nobody's. */
  readonly misnamed: ReadonlyMap<string, Refusal>;
  /** Of all entries that cannot be read. */
  readonly faults: readonly Refusal[];
}

export const emptyMapping: RoleMapping = { literal: new Map(), patterns: new Map(), misnamed: new Map(), faults: [] };

function malformed(problem: string): Refusal {
  return refuse('role-mapping-malformed', { problem });
}

function malformedEntry(problem: string): Refusal {
  return refuse('role-mapping-entry-malformed', { problem });
}

/** Members by their names in lower case: Go's decoder, for which such files were written, does not count case. */
function membersOf(value: JsonObject): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]));
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

/** What an entry may have, each in its own shape; null counts as absent, as it does in Go. */
const shapes: readonly {
  readonly member: string;
  readonly holds: (value: unknown) => boolean;
  readonly expected: string;
}[] = [
  { member: 'RoleARN', holds: (value) => typeof value === 'string', expected: 'a text' },
  { member: 'Audience', holds: (value) => typeof value === 'string', expected: 'a text' },
  { member: 'UseRegionalSTS', holds: (value) => typeof value === 'boolean', expected: 'true or false' },
  {
    member: 'TokenExpiration',
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
    expected: 'a whole number of seconds',
  },
  { member: 'ContainerRoles', holds: isTexts, expected: 'an object from containers’ names to roles' },
];

function misshapen(key: string, members: ReadonlyMap<string, unknown>): Refusal | undefined {
  for (const { member, holds, expected } of shapes) {
    const value = members.get(member.toLowerCase()) ?? undefined;
    if (value !== undefined && !holds(value)) return malformedEntry(`${member} of ${key} is not ${expected}`);
  }
  return undefined;
}

function givenMember(members: ReadonlyMap<string, unknown>, member: string): string | undefined {
  const value = members.get(member);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What stands under a key, which is of this namespace. */
function readEntry(key: string, namespace: string, value: unknown): MappedRole | Refusal {
  if (!isObject(value)) return malformedEntry(`the value of ${key} is no object`);
  const members = membersOf(value);
  const refusal = misshapen(key, members);
  if (refusal) return refusal;
  const regionalSts = members.get('useregionalsts');
  const tokenExpiration = members.get('tokenexpiration');
  const containerRoles = members.get('containerroles');
  return {
    key,
    namespace,
    role: givenMember(members, 'rolearn'),
    containerRoles: new Map(isTexts(containerRoles) ? Object.entries(containerRoles) : []),
    audience: givenMember(members, 'audience'),
    regionalSts: typeof regionalSts === 'boolean' ? regionalSts : undefined,
    tokenExpiration: typeof tokenExpiration === 'number' ? tokenExpiration : 0,
  };
}

function addTo<Item>(lists: Map<string, Item[]>, name: string, item: Item): void {
  const list = lists.get(name);
  if (list) list.push(item);
  else lists.set(name, [item]);
}

/**
 * Reads the mapping's JSON text; blank text maps nothing. An entry that cannot be read is a fault of its own, and the
 * others count: one slip must not take everybody's role.
 * @returns `role-mapping-malformed` with what is wrong, where none of it can be read
 */
export function parseRoleMapping(text: string): RoleMapping | Refusal {
  if (text.trim() === '') return emptyMapping;
  const json = parseStrictJson(text);
  if ('problem' in json) return malformed(json.problem);
  if (!isObject(json.value)) return malformed('it is no JSON object');
  const literal = new Map<string, MappedRole | Refusal>();
  const patterns = new Map<string, MappedPattern[]>();
  const misnamed = new Map<string, Refusal>();
  const faults: Refusal[] = [];
  for (const [key, value] of Object.entries(json.value)) {
    const [namespace, name, ...rest] = key.split('/');
    if (!namespace || !name || rest.length > 0) {
      misnamed.set(key, malformedEntry(`the key ${key} is not NAMESPACE/NAME`));
      continue;
    }
    const entry = readEntry(key, namespace, value);
    if (entry instanceof Refusal) faults.push(entry);
    if (isPattern(namespace)) addTo(patterns, name, { namespace, entry });
    else literal.set(key, entry);
  }
  for (const sameName of patterns.values()) sameName.sort((a, b) => b.namespace.length - a.namespace.length);
  return { literal, patterns, misnamed, faults: [...faults, ...misnamed.values()] };
}

/**
 * What is mapped to a service account, or why what is meant for it cannot be read:
 *   1. the entry of its namespace and name (neither can hold a slash, so that joining them is unambiguous),
 *   2. the entry whose namespace pattern matches: the longer pattern before the shorter, else the one written first.
 */
export function findMappedRole(
  mapping: RoleMapping,
  namespace: string,
  name: string,
): MappedRole | Refusal | undefined {
  return (
    mapping.literal.get(`${namespace}/${name}`) ??
    mapping.patterns.get(name)?.find((pattern) => matchesGlob(pattern.namespace, namespace))?.entry
  );
}
