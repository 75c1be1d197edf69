// From what an annotation or a mapping says to the role that is injected, or why it is not: bad values are refused in
// sight, where the incumbents inject them for the SDK to fail on.
import { longestRoleArn, parseRoleArn } from '../identity/index.ts';
import { Refusal, refuse } from '../refusals/index.ts';
import { matchesGlob } from './glob.ts';
import type { ProfileSettings } from './settings.ts';

/** Which roles a namespace may use, by the configuration; both sides are globs. */
export interface AllowedRoles {
  readonly namespace: string;
  /** Of whole ARNs; without `arn:`, of the path and name behind `role/`. */
  readonly roles: readonly string[];
}

/** Names the roles that its namespace may use: globs, separated by commas or blanks. */
export const allowedRolesAnnotation = 'podiam.dev/allowed-roles';

export interface RoleRequest {
  readonly value: string;
  /** Where the value stood, for people. */
  readonly source: string;
  readonly namespace: string;
  readonly settings: ProfileSettings;
  /** Undefined where the configuration restricts nothing. */
  readonly allowedRoles: readonly AllowedRoles[] | undefined;
  /** The namespace's own restriction: its annotation's text. */
  readonly namespaceAllows: string | undefined;
}

export const roleIdShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What names of roles are made of on every platform; a pattern does not widen it. */
export const roleSigns = /^[\w+=,.@:/-]+$/;

/** For people. */
export function expectedRole({ rolePatterns, takesRoleIds }: ProfileSettings): string {
  const others = [...(takesRoleIds ? ['a role’s UUID'] : []), ...rolePatterns.map((pattern) => `what fits ${pattern}`)];
  return ['an ARN such as arn:aws:iam::111122223333:role/NAME', ...others].join(', or ');
}

/**
 * The role that a value names:
 *   1. a UUID, where the profile takes such, is itself,
 *   2. what fits a pattern of the profile is itself,
 *   3. an ARN is itself,
 *   4. a name, with its path or without, belongs to the account that is set.
 */
function readRole({ value, source, settings }: RoleRequest): string | Refusal {
  if (settings.takesRoleIds && roleIdShape.test(value)) return value;
  if (
    value.length <= longestRoleArn &&
    roleSigns.test(value) &&
    settings.rolePatterns.some((pattern) => matchesGlob(pattern, value))
  )
    return value;
  if (value.includes('arn:')) {
    return parseRoleArn(value)
      ? value
      : refuse('role-malformed', { role: value, source, expected: expectedRole(settings) });
  }
  if (settings.roleAccount === undefined) return refuse('role-name-without-account', { role: value, source });
  const partition = settings.rolePartition ?? 'aws';
  const composed = `arn:${partition}:iam::${settings.roleAccount}:role/${value.replace(/^\//, '')}`;
  return parseRoleArn(composed)
    ? composed
    : refuse('role-malformed', { role: value, source, expected: 'a role’s name' });
}

type Restriction = (role: string, request: RoleRequest) => Refusal | undefined;

/** A pattern of nothing but stars allows roles, and names none. */
const namesRoles = (pattern: string) => pattern.replaceAll('*', '') !== '';

function isListed(
  role: string,
  { allowedRoles = [], namespace }: RoleRequest,
  isMeant: (pattern: string) => boolean = () => true,
): boolean {
  return allowedRoles.some(
    (row) =>
      matchesGlob(row.namespace, namespace) && row.roles.some((pattern) => isMeant(pattern) && covers(pattern, role)),
  );
}

/** A UUID, or a name that fits a pattern of the profile, could be of any account: only the configured list can name it. */
const ofUntoldOrigin: Restriction = (role, request) => {
  const { allowedAccounts, rolePartition } = request.settings;
  const what = allowedAccounts.length > 0 ? 'account' : 'partition';
  if ((allowedAccounts.length === 0 && rolePartition === undefined) || parseRoleArn(role)) return undefined;
  return isListed(role, request, namesRoles)
    ? undefined
    : refuse('role-origin-untold', { role, source: request.source, what });
};

const outsidePartition: Restriction = (role, { settings, source }) => {
  const partition = settings.rolePartition;
  if (partition === undefined) return undefined;
  const arn = parseRoleArn(role);
  return arn === undefined || arn.partition === partition
    ? undefined
    : refuse('role-partition-foreign', { role, source, partition });
};

const outsideAccounts: Restriction = (role, { settings, source }) => {
  if (settings.allowedAccounts.length === 0) return undefined;
  const arn = parseRoleArn(role);
  return arn === undefined || settings.allowedAccounts.includes(arn.account)
    ? undefined
    : refuse('role-account-foreign', { role, source, account: arn.account });
};

/** A pattern without `arn:` is about path and name: `team-a/*`. */
function covers(pattern: string, role: string): boolean {
  if (pattern.startsWith('arn:')) return matchesGlob(pattern, role);
  const arn = parseRoleArn(role);
  return matchesGlob(pattern, arn ? `${arn.path}${arn.name}`.slice(1) : role);
}

/** A list that is set allows only what it names: a namespace that no row of it covers may use no role. */
const outsideConfiguredList: Restriction = (role, request) => {
  const { allowedRoles, namespace, source } = request;
  if (allowedRoles === undefined || isListed(role, request)) return undefined;
  return refuse('role-not-allowed', { role, source, namespace, list: 'the allowed roles' });
};

/** A list that is there and names nothing allows nothing: whoever emptied it did not mean to allow all. */
const outsideNamespaceList: Restriction = (role, { namespaceAllows, namespace, source }) => {
  if (namespaceAllows === undefined) return undefined;
  const patterns = namespaceAllows.split(/[\s,]/).filter((pattern) => pattern !== '');
  return patterns.some((pattern) => covers(pattern, role))
    ? undefined
    : refuse('role-not-allowed', {
        role,
        source,
        namespace,
        list: `the namespace’s annotation ${allowedRolesAnnotation}`,
      });
};

const restrictions: readonly Restriction[] = [
  ofUntoldOrigin,
  outsidePartition,
  outsideAccounts,
  outsideConfiguredList,
  outsideNamespaceList,
];

/**
 * The role to inject, as ARN or UUID. White space around the value, such as the line break that ends a block of YAML, is
 * not the role's. @returns a refusal where the value is no role, or one that may not be used here
 */
export function resolveRole(written: RoleRequest): string | Refusal {
  const request = { ...written, value: written.value.trim() };
  const role = readRole(request);
  if (role instanceof Refusal) return role;
  for (const restriction of restrictions) {
    const refusal = restriction(role, request);
    if (refusal) return refusal;
  }
  return role;
}
