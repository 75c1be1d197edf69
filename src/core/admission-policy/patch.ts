// The JSON Patch that a policy computes: `add` alone, behind what is there, as `core/injection` writes it. What all pods
// have in common is in the expression; what differs by profile it reads from the profile's row.
import { longestSessionName, methodKeys, regionalStsKey, regionKeys, shortestSessionName } from '../injection/index.ts';
import { celString } from './cel.ts';
import { chosenVariables, isUpdate, targetVariables } from './containers.ts';
import { tokenVariables } from './token.ts';
import type { Variable } from './variable.ts';

const profile = 'variables.profile';

interface VariableRule {
  readonly name: string;
  /** A container that sets one of these itself does not get it. */
  readonly unless: readonly string[];
  /** Whether the plan has it; an expression. */
  readonly when: string;
  /** What stands beside the name; an expression over `t`, one of the targets. */
  readonly value: string;
}

const text = (expression: string) => `'value': dyn(${expression})`;

const file = `(t.folder == '/' ? '/' : t.folder + '/') + ${profile}.tokenPath`;

/** Windows resolves the path on its own drive. */
const tokenFile = `(variables.isWindows ? 'C:' + (${file}).replace('/', '\\\\') : ${file})`;

const nameLength = 'object.metadata.name.size()';

/** In the order in which they are appended. */
const rules: readonly VariableRule[] = [
  { name: regionalStsKey, unless: [regionalStsKey], when: 'variables.regionalSts', value: text("'regional'") },
  ...['AWS_DEFAULT_REGION', 'AWS_REGION'].map((name) => ({
    name,
    unless: regionKeys,
    when: `'region' in ${profile}`,
    value: text(`${profile}.region`),
  })),
  { name: 'AWS_ROLE_ARN', unless: methodKeys.sts_web_identity, when: 'true', value: text('t.role') },
  {
    name: 'AWS_WEB_IDENTITY_TOKEN_FILE',
    unless: methodKeys.sts_web_identity,
    when: 'true',
    value: text(tokenFile),
  },
  {
    name: 'AWS_ENDPOINT_URL_STS',
    unless: ['AWS_ENDPOINT_URL_STS', ...methodKeys.sts_web_identity],
    when: `'stsEndpoint' in ${profile}`,
    value: text(`${profile}.stsEndpoint`),
  },
  {
    name: 'AWS_ROLE_SESSION_NAME',
    unless: ['AWS_ROLE_SESSION_NAME', ...methodKeys.sts_web_identity],
    when: `${profile}.sessionNameFromPod && (!has(object.metadata.name) || object.metadata.name == ''
      || (${nameLength} >= ${shortestSessionName} && ${nameLength} <= ${longestSessionName}))`,
    value: "'valueFrom': dyn({'fieldRef': {'fieldPath': 'metadata.name'}})",
  },
  {
    name: 'AWS_EC2_METADATA_DISABLED',
    unless: ['AWS_EC2_METADATA_DISABLED'],
    when: `${profile}.disableInstanceMetadata`,
    value: text("'true'"),
  },
];

const add = (path: string, value: string) => `JSONPatch{op: 'add', path: ${path}, value: ${value}}`;

function variableOperations({ name, unless, when, value }: VariableRule): string {
  const isMissing = unless.map((key) => `!(${celString(key)} in t.names)`).join(' && ');
  return `variables.targets.filter(t, ${when} && ${isMissing})
  .map(t, ${add("t.path + '/env/-'", `{'name': dyn(${celString(name)}), ${value}}`)})`;
}

/** A container without a list of its own gets an empty one first, since something is appended to it for certain. */
const lists = [
  `variables.targets.filter(t, !t.hasEnv).map(t, ${add("t.path + '/env'", '[]')})`,
  `variables.targets.filter(t, !t.hasMounts).map(t, ${add("t.path + '/volumeMounts'", '[]')})`,
];

const mount = `variables.targets.filter(t, !t.isMounted).map(t, ${add(
  "t.path + '/volumeMounts/-'",
  "{'name': dyn(variables.volume), 'readOnly': dyn(true), 'mountPath': dyn(t.folder)}",
)})`;

const volume = `{'name': dyn(variables.volume), 'projected': dyn({'sources': [{'serviceAccountToken': {
    'audience': dyn(variables.audience), 'expirationSeconds': dyn(variables.expiration), 'path': dyn(${profile}.tokenPath)}}]})}`;

const volumeOperation = `(variables.hasVolume ? []
  : has(object.spec.volumes) ? [${add("'/spec/volumes/0'", volume)}] : [${add("'/spec/volumes'", `[${volume}]`)}])`;

const nothingToDo = [
  'variables.claimed.size() == 0',
  'variables.faults.size() > 0',
  'variables.targets.size() == 0',
  // Ephemeral containers may mount what the pod has, but nothing can be added beside them.
  `(${isUpdate} && !variables.hasVolume)`,
].join(' || ');

const isWindows = ['kubernetes.io/os', 'beta.kubernetes.io/os']
  .map((label) => celString(label))
  .map(
    (label) =>
      `(has(object.spec.nodeSelector) && ${label} in object.spec.nodeSelector && object.spec.nodeSelector[${label}] == 'windows')`,
  )
  .join('\n  || ');

/** Needs what is claimed, and what is wrong with it. */
export const patchVariables: readonly Variable[] = [
  { name: 'isWindows', expression: `${isWindows}\n  || (has(object.spec.os) && object.spec.os.name == 'windows')` },
  ...chosenVariables,
  ...tokenVariables,
  ...targetVariables,
];

/** Where something is wrong, or nothing is missing, it is empty. */
export const patchExpression = `${nothingToDo} ? [] :
${[volumeOperation, ...lists, ...rules.map(variableOperations), mount].join('\n+ ')}`;
