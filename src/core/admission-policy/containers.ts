// Which containers get the token, what each has already, and where in it the token is seen. As CEL.
import { methodKeys, regionalStsKey, regionKeys } from '../injection/index.ts';
import { celLiteral, celString } from './cel.ts';
import { annotationsOf, isGiven, itemsAt, type Variable } from './variable.ts';

/** An update of ephemeral containers concerns those that were not there before. */
export const isUpdate = "request.operation == 'UPDATE'";

function located(field: string, filter = ''): string {
  const path = `'/spec/${field}/' + string(i)`;
  return `${itemsAt('object.spec', field)}.transformList(i, c, ${filter}{'path': dyn(${path}), 'container': dyn(c)})`;
}

const knownBefore = `${itemsAt('oldObject.spec', 'ephemeralContainers')}.exists(b, b.name == c.name)`;

/** One line of comma-separated values: names, or quoted texts with quotes doubled in them (RFC 4180, section 2). */
const listShape = celString(String.raw`^(?:[ \t]*(?:"(?:[^"]|"")*"\s*|[^",]*)(?:,|$))*$`);
const itemShape = celString('"(?:[^"]|"")*"|[^",]+');

const keyOf = (name: string) => `variables.profile.annotationPrefix + '/${name}'`;

/** The line of names under an annotation; nothing where there is none that can be read. */
function lineAt(name: string): string {
  const key = keyOf(name);
  const line = `variables.annotations[${key}].trim().split('\\n')[0]`;
  return `${isGiven('variables.annotations', key)} && ${line}.matches(${listShape}) ? ${line} : ''`;
}

const namesIn = (line: string) =>
  `${line}.findAll(${itemShape}).map(t, t.startsWith('"') ? t.substring(1, t.size() - 1).trim() : t.trim())`;

const choice: readonly Variable[] = [
  { name: 'skipLine', expression: lineAt('skip-containers') },
  { name: 'skip', expression: namesIn('variables.skipLine') },
  { name: 'includeLine', expression: lineAt('include-containers') },
  { name: 'include', expression: namesIn('variables.includeLine') },
];

const isChosen =
  '!(x.container.name in variables.skip)' +
  " && (variables.includeLine == '' || x.container.name in variables.include)";

const rolesOf = (name: string) => `variables.roles.filter(r, r.container == ${name})`;
const target = 'x.container.targetContainerName';

/** That of the container itself, of the one that it debugs, of all: the first counts. */
const rolesInOrder = [
  rolesOf('x.container.name'),
  `(has(${target}) && ${target} != '' ? ${rolesOf(target)} : [])`,
  rolesOf("''"),
].join(' + ');

const hasAny = (names: string, keys: readonly string[]) => `${celLiteral(keys)}.exists(k, k in ${names})`;

/** With keys, region and STS mode of its own a container is left as it is, without even a mount. */
const isSelfSufficient = [methodKeys.sts_web_identity, regionKeys, [regionalStsKey]]
  .map((keys) => hasAny('x.names', keys))
  .join(' && ');

const withoutLastSlash = (path: string) =>
  `(${path}.size() > 1 && ${path}.endsWith('/') ? ${path}.substring(0, ${path}.size() - 1) : ${path})`;

const isWholeMount =
  "m.name == variables.volume && (!has(m.subPath) || m.subPath == '') && (!has(m.subPathExpr) || m.subPathExpr == '')";

const takenPaths =
  `${itemsAt('x.container', 'volumeMounts')}.map(m, ${withoutLastSlash('m.mountPath')})` +
  ` + ${itemsAt('x.container', 'volumeDevices')}.map(d, ${withoutLastSlash('d.devicePath')})`;

const mountPath = 'variables.profile.mountPath';

/** Of the path, `path-2`, `path-3` … the one that something is at, or lies below. */
const occupied = `${mountPath} + p.substring(${mountPath}.size()).split('/')[0]`;

/** Where the volume is mounted whole already; else the first of the path, `path-2`, `path-3` … that is free. */
const folder = `x.mounts.size() > 0 ? x.mounts[0]
    : ([${mountPath}] + x.taken.transformList(i, t, ${mountPath} + '-' + string(i + 2))).filter(f, !(f in x.taken))[0]`;

/** Needs `profile` and `roles`. `chosen` are those that are to have a role, whether or not they lack anything. */
export const chosenVariables: readonly Variable[] = [
  { name: 'annotations', expression: annotationsOf('object') },
  {
    name: 'containers',
    expression: `${isUpdate}
  ? ${located('ephemeralContainers', `!${knownBefore}, `)}
  : ${located('initContainers')} + ${located('containers')}`,
  },
  ...choice,
  {
    name: 'chosen',
    expression: `variables.containers.filter(x, ${isChosen}).map(x, {
    'path': dyn(x.path),
    'container': dyn(x.container),
    'roles': dyn(${rolesInOrder}),
    'names': dyn(${itemsAt('x.container', 'env')}.map(e, e.name))
  }).filter(x, x.roles.size() > 0)`,
  },
];

/** Needs those of the token, too. `targets` is what is to be patched, with all that is needed to. */
export const targetVariables: readonly Variable[] = [
  {
    name: 'targets',
    expression: `variables.chosen.filter(x, !(${isSelfSufficient})).map(x, {
    'path': dyn(x.path),
    'role': dyn(x.roles[0].role),
    'names': dyn(x.names),
    'hasEnv': dyn(has(x.container.env)),
    'hasMounts': dyn(has(x.container.volumeMounts)),
    'mounts': dyn(${itemsAt('x.container', 'volumeMounts')}.filter(m, ${isWholeMount}).map(m, ${withoutLastSlash('m.mountPath')})),
    'taken': dyn((${takenPaths}).filter(p, p.startsWith(${mountPath})).map(p, ${occupied}))
  }).map(x, {
    'path': dyn(x.path),
    'role': dyn(x.role),
    'names': dyn(x.names),
    'hasEnv': dyn(x.hasEnv),
    'hasMounts': dyn(x.hasMounts),
    'isMounted': dyn(x.mounts.size() > 0),
    'folder': dyn(${folder})
  })`,
  },
];

const passedOver = (name: string, line: string) =>
  `(${isGiven('variables.annotations', keyOf(name))} && ${line} == ''
    ? [${keyOf(name)} + ' is no list of names and was passed over'] : [])`;

const staticKey = celString('AWS_ACCESS_KEY_ID');

const [roleKey, tokenKey] = methodKeys.sts_web_identity;
const hasKey = (key: string) => `${celString(key)} in x.names`;
const hasOneKey = `((${hasKey(roleKey)}) != (${hasKey(tokenKey)}))`;
/** What an earlier run put there is not a container's own. */
const hasOtherRole = `(${hasKey(roleKey)} && ${hasKey(tokenKey)}
    && !${itemsAt('x.container', 'env')}.exists(e, e.name == ${celString(roleKey)} && has(e.value) && e.value == x.roles[0].role))`;

/** Of those that keep their own credentials, or halves of them; in the order of the containers. */
const kept = `variables.chosen.filter(x, ${hasOneKey} || ${hasOtherRole})
    .map(x, 'container ' + x.container.name + (${hasOneKey}
      ? ${celString(` sets only one of ${roleKey} and ${tokenKey} itself, and gets neither`)}
      : ' keeps its own role'))`;

/** What is worth a warning though nothing is wrong with the role. Needs `claimed` and `faults`, too. */
export const advice: Variable = {
  name: 'advice',
  expression: `variables.claimed.size() == 0 ? [] :
variables.claimed.transformList(i, p, i > 0, params.metadata.name + ' has a role of ' + variables.profile.profile
  + ' and one of ' + p.profile + ': ' + variables.profile.profile + ' counts')
+ (variables.faults.size() > 0 ? [] :
  ${passedOver('skip-containers', 'variables.skipLine')}
  + ${passedOver('include-containers', 'variables.includeLine')}
  + variables.chosen.filter(x, ${staticKey} in x.names)
    .map(x, 'container ' + x.container.name + ' sets ' + ${staticKey} + ' itself, which shadows the role')
  + ${kept})`,
};
