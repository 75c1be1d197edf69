// What is wrong with claimed roles, as CEL: the rules of `core/injection`, in its order and in the catalogue's words.
import { longestRoleArn, longestRoleName, roleArnShape } from '../identity/index.ts';
import { allowedRolesAnnotation, type InjectionConfig, roleIdShape, roleSigns } from '../injection/index.ts';
import { catalogue, type RefusalCode, type RefusalFacts } from '../refusals/index.ts';
import { celLiteral, celString } from './cel.ts';
import type { Variable } from './variable.ts';

const longestFact = 300;

/** A stranger's text as a fact in a sentence: no page-long echo, and in one line, or no message of ours is shown. */
function shown(text: string): string {
  const oneLine = `${text}.replace('\\n', ' ').replace('\\r', ' ')`;
  return `(${text}.size() > ${longestFact} ? ${oneLine}.substring(0, ${longestFact}) + ${celString('…')} : ${oneLine})`;
}

/** What a refusal says, its facts filled in when the expression is computed. @param facts expressions */
function told<Code extends RefusalCode>(
  code: Code,
  facts: { readonly [Name in keyof RefusalFacts<Code>]: string },
): string {
  const { sentence, remedy } = catalogue[code];
  const expressions: ReadonlyMap<string, string> = new Map(Object.entries(facts));
  const pieces = `${sentence} ${remedy}`.split(/\{(\w+)\}/);
  return pieces
    .map((piece, index) => (index % 2 === 0 ? celString(piece) : (expressions.get(piece) ?? celString(''))))
    .filter((expression) => expression !== celString(''))
    .join(' + ');
}

/** Lookahead, backreferences and the like are none of RE2's, and none of these. */
const arnPattern = celString(roleArnShape.source);
const idPattern = celString(`(?i)${roleIdShape.source}`);

const isArn = (text: string) =>
  `(${text}.size() <= ${longestRoleArn} && ${text}.matches(${arnPattern})` +
  ` && ${text}.substring(${text}.lastIndexOf('/') + 1).size() <= ${longestRoleName})`;

/** Of `covers`: all that a role or a namespace may consist of, and the star. With anything else, nothing is covered. */
const globShape = celString('^[\\w+=,.@:/*-]*$');

function matchesGlob(pattern: string, text: string): string {
  const regex = `'^' + ${pattern}.replace('.', '[.]').replace('+', '[+]').replace('*', '.*') + '$'`;
  return `(${pattern}.matches(${globShape}) && ${text}.matches(${regex}))`;
}

/** A pattern without `arn:` is about path and name. */
const covers = (pattern: string) =>
  `[${pattern}.startsWith('arn:') || !r.isArn ? r.role : r.role.substring(r.role.indexOf(':role/') + 6)]
      .exists(text, ${matchesGlob(pattern, 'text')})`;

/** A role that is no ARN: a UUID where the profile takes such, or what fits a pattern of the profile. */
const isItself = `(c.profile.takesRoleIds && c.value.matches(${idPattern}))
      || (c.value.size() <= ${longestRoleArn} && c.value.matches(${celString(roleSigns.source)}) && c.profile.rolePatterns.exists(p, ${matchesGlob('p', 'c.value')}))`;

/** A name belongs to the account that is set. */
const composed = `'arn:' + ('rolePartition' in c.profile ? c.profile.rolePartition : 'aws') + ':iam::' + c.profile.roleAccount
      + ':role/' + (c.value.startsWith('/') ? c.value.substring(1) : c.value)`;

/** What each claim means, whether or not it may be. */
const roles = `variables.claims.map(c, {
    'claim': dyn(c),
    'isItself': dyn(${isItself})
  }).map(x, {
    'claim': dyn(x.claim),
    'isItself': dyn(x.isItself),
    'role': dyn([x.claim].map(c, x.isItself || c.value.contains('arn:') || !('roleAccount' in c.profile) ? c.value
      : ${composed})[0])
  }).map(x, {
    'profile': dyn(x.claim.profile),
    'container': dyn('container' in x.claim ? x.claim.container : ''),
    'value': dyn(x.claim.value),
    'source': dyn(x.claim.source),
    'role': dyn(x.role),
    'isItself': dyn(x.isItself),
    'isArn': dyn(${isArn('x.role')}),
    'shownValue': dyn(${shown('x.claim.value')}),
    'shownRole': dyn(${shown('x.role')})
  })`;

interface Fault {
  /** An expression over `r`, one of the roles. */
  readonly isSo: string;
  readonly told: string;
}

const role = 'r.shownRole';
const value = 'r.shownValue';
const source = 'r.source';
const namespace = 'request.namespace';

const malformed: readonly Fault[] = [
  {
    isSo: "!r.isItself && r.value.contains('arn:') && !r.isArn",
    told: told('role-malformed', {
      role: value,
      source,
      expected: 'r.profile.expectedRole',
    }),
  },
  {
    isSo: "!r.isItself && !r.value.contains('arn:') && !('roleAccount' in r.profile)",
    told: told('role-name-without-account', { role: value, source }),
  },
  {
    isSo: '!r.isItself && !r.isArn',
    told: told('role-malformed', { role: value, source, expected: celString('a role’s name') }),
  },
];

const foreign: readonly Fault[] = [
  {
    isSo: `r.isArn && 'rolePartition' in r.profile && !r.role.startsWith('arn:' + r.profile.rolePartition + ':')`,
    told: told('role-partition-foreign', { role, source, partition: 'r.profile.rolePartition' }),
  },
  {
    isSo: `r.isArn && r.profile.allowedAccounts.size() > 0 && !(r.role.split(':')[4] in r.profile.allowedAccounts)`,
    told: told('role-account-foreign', { role, source, account: "r.role.split(':')[4]" }),
  },
];

/** Whether the configured list has the role. @param isMeant which of its patterns count, an expression over `p` */
function isListed({ allowedRoles = [] }: InjectionConfig, isMeant = 'true'): string {
  const rows = celLiteral(allowedRoles.map((row) => ({ namespace: row.namespace, roles: row.roles })));
  return `${rows}.exists(row, ${matchesGlob('row.namespace', namespace)}
    && row.roles.exists(p, ${isMeant} && ${covers('p')}))`;
}

/** A pattern of nothing but stars names no role. */
const namesRoles = "p.replace('*', '') != ''";

function ofUntoldOrigin(config: InjectionConfig): Fault {
  const isNamed = config.allowedRoles === undefined ? 'false' : isListed(config, namesRoles);
  return {
    isSo: `!r.isArn && (r.profile.allowedAccounts.size() > 0 || 'rolePartition' in r.profile) && !${isNamed}`,
    told: told('role-origin-untold', {
      role,
      source,
      what: "(r.profile.allowedAccounts.size() > 0 ? 'account' : 'partition')",
    }),
  };
}

function outsideConfiguredList(config: InjectionConfig): readonly Fault[] {
  if (config.allowedRoles === undefined) return [];
  return [
    {
      isSo: `!${isListed(config)}`,
      told: told('role-not-allowed', { role, source, namespace, list: "'the allowed roles'" }),
    },
  ];
}

const restriction = celString(allowedRolesAnnotation);

const namespaceRestriction: Variable = {
  name: 'restriction',
  expression: `has(namespaceObject.metadata.annotations) && ${restriction} in namespaceObject.metadata.annotations
    ? namespaceObject.metadata.annotations[${restriction}] : '*'`,
};

const outsideNamespaceList: Fault = {
  isSo: `variables.restriction != '*' && !variables.restriction.findAll('[^\\\\s,]+').exists(p, ${covers('p')})`,
  told: told('role-not-allowed', {
    role,
    source,
    namespace,
    list: celString(`the namespace’s annotation ${allowedRolesAnnotation}`),
  }),
};

export interface Restrictions {
  /** Whether the namespace's own annotation restricts its roles. */
  readonly byNamespace: boolean;
}

/**
 * `roles`: what each of `claims` means. `faults`: what is wrong with them, in sentences; the first rule that is broken
 * tells of each.
 */
export function roleVariables(config: InjectionConfig, { byNamespace }: Restrictions): readonly Variable[] {
  const rules = [
    ...malformed,
    ofUntoldOrigin(config),
    ...foreign,
    ...outsideConfiguredList(config),
    ...(byNamespace ? [outsideNamespaceList] : []),
  ];
  return [
    { name: 'roles', expression: roles },
    ...(byNamespace ? [namespaceRestriction] : []),
    {
      name: 'faults',
      expression: `variables.roles.map(r,
  ${rules.map(({ isSo, told }) => `${isSo}\n  ? ${told}\n  : `).join('')}''
).filter(fault, fault != '')`,
    },
  ];
}
