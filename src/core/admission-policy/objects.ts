// The policies and their bindings as Kubernetes objects. A service account is the parameter of what concerns its pods:
// the API server goes through those of the pod's namespace, and the policy holds for the pod's own.
import type { InjectionConfig } from '../injection/index.ts';
import { celString } from './cel.ts';
import { advice, chosenVariables } from './containers.ts';
import { roleVariables } from './faults.ts';
import { patchExpression, patchVariables } from './patch.ts';
import {
  type Namespaces,
  podConditions,
  podConstraints,
  serviceAccountConditions,
  serviceAccountConstraints,
} from './reach.ts';
import { podClaims, profileRows, serviceAccountClaims } from './roles.ts';
import type { Variable } from './variable.ts';

const group = 'admissionregistration.k8s.io';

export type MutatingPolicyVersion = 'v1' | 'v1beta1';

export interface PolicyOptions {
  /** Of the MutatingAdmissionPolicy; the ValidatingAdmissionPolicy is v1 since Kubernetes 1.30. */
  readonly apiVersion: MutatingPolicyVersion;
  /** What becomes of a pod for which an expression fails. */
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly onRefusal: 'warn' | 'deny';
  /** Whether a namespace's own annotation restricts its roles. */
  readonly watchNamespaces: boolean;
  /** Only service accounts with this label take part; undefined for all. */
  readonly serviceAccountLabel: { readonly key: string; readonly value: string } | undefined;
}

export interface PolicyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

const labels = { 'app.kubernetes.io/name': 'podiam', 'app.kubernetes.io/component': 'policy' };

const metadataOf = (name: string) => ({ name: `${name}.policy.podiam.dev`, labels });

const serviceAccounts = { paramKind: { apiVersion: 'v1', kind: 'ServiceAccount' } };

/** A pod in a namespace where none takes part is none of ours. */
function ofItsNamespace({ serviceAccountLabel }: PolicyOptions) {
  const selector =
    serviceAccountLabel === undefined ? {} : { matchLabels: { [serviceAccountLabel.key]: serviceAccountLabel.value } };
  return { paramRef: { selector, parameterNotFoundAction: 'Allow' } };
}

interface Scope {
  readonly name: string;
  readonly namespaces: Namespaces;
  readonly failurePolicy: PolicyOptions['failurePolicy'];
}

/** Under Fail an error keeps a pod out, but none of the system's. */
function scopes({ failurePolicy }: PolicyOptions): readonly Scope[] {
  return failurePolicy === 'Ignore'
    ? [{ name: 'pods', namespaces: 'all', failurePolicy }]
    : [
        { name: 'pods', namespaces: 'ordinary', failurePolicy },
        { name: 'kube-system-pods', namespaces: 'system', failurePolicy: 'Ignore' },
      ];
}

function claimVariables(config: InjectionConfig, options: PolicyOptions) {
  return [profileRows(config), ...podClaims, ...roleVariables(config, { byNamespace: options.watchNamespaces })];
}

function mutation(config: InjectionConfig, options: PolicyOptions, scope: Scope): readonly PolicyObject[] {
  const apiVersion = `${group}/${options.apiVersion}`;
  const metadata = metadataOf(scope.name);
  return [
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata,
      spec: {
        ...serviceAccounts,
        failurePolicy: scope.failurePolicy,
        matchConstraints: podConstraints(config, scope.namespaces),
        matchConditions: podConditions(config),
        variables: [...claimVariables(config, options), ...patchVariables],
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patchExpression } }],
        // Another policy or a webhook may add a side car after us.
        reinvocationPolicy: 'IfNeeded',
      },
    },
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, ...ofItsNamespace(options) },
    },
  ];
}

interface Validation {
  readonly name: string;
  readonly policy: Readonly<Record<string, unknown>>;
  readonly binding: Readonly<Record<string, unknown>>;
  readonly actions: readonly string[];
  /** The lists of sentences, each of which must be empty. */
  readonly tells: readonly { readonly list: string; readonly before: string }[];
}

function validationObjects({ actions, binding, name, policy, tells }: Validation): readonly PolicyObject[] {
  const metadata = metadataOf(name);
  const apiVersion = `${group}/v1`;
  const validations = tells.map(({ before, list }) => ({
    expression: `variables.${list}.size() == 0`,
    messageExpression: `${celString(before)} + variables.${list}.join(' ')`,
    // Told where a stranger's text makes the message one that the API server does not show.
    message: 'the service account’s annotations or the pod’s say what cannot be used',
    reason: 'Forbidden',
  }));
  // An expression that fails has injected nothing, and is told of where that is decided.
  const spec = { ...policy, failurePolicy: 'Ignore', validations };
  return [
    { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata, spec },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: actions, ...binding },
    },
  ];
}

const warned = ['Warn', 'Audit'];
const denied = ['Deny'];
const refused = { list: 'faults', before: 'not injected: ' };
const advised = { list: 'advice', before: '' };

/** Of a policy all validations have the same consequence: under deny, what is only warned of is a policy of its own. */
function podValidations(config: InjectionConfig, options: PolicyOptions): readonly Validation[] {
  const constrained = (variables: readonly Variable[]) => ({
    ...serviceAccounts,
    matchConstraints: podConstraints(config, 'all'),
    matchConditions: podConditions(config),
    variables: [...claimVariables(config, options), ...variables],
  });
  const binding = ofItsNamespace(options);
  const adviceVariables = [...chosenVariables, advice];
  if (options.onRefusal === 'warn') {
    const policy = constrained(adviceVariables);
    return [{ name: 'roles-of-pods', policy, binding, actions: warned, tells: [refused, advised] }];
  }
  return [
    { name: 'roles-of-pods', policy: constrained([]), binding, actions: denied, tells: [refused] },
    {
      name: 'advice-on-pods',
      policy: constrained(adviceVariables),
      binding,
      actions: warned,
      tells: [advised],
    },
  ];
}

function serviceAccountValidation(config: InjectionConfig, options: PolicyOptions): Validation {
  const isDenied = options.onRefusal === 'deny';
  const roles = roleVariables(config, { byNamespace: options.watchNamespaces });
  return {
    name: 'roles-of-service-accounts',
    policy: {
      matchConstraints: serviceAccountConstraints,
      matchConditions: serviceAccountConditions(config),
      // Who updates a service account for another reason is not kept out by what was wrong with it before.
      variables: [profileRows(config), ...serviceAccountClaims(isDenied), ...roles],
    },
    binding: {},
    actions: isDenied ? denied : warned,
    tells: [{ list: 'faults', before: '' }],
  };
}

/** All objects, in an order in which they can be applied. */
export function policyObjects(config: InjectionConfig, options: PolicyOptions): readonly PolicyObject[] {
  return [
    ...scopes(options).flatMap((scope) => mutation(config, options, scope)),
    ...[...podValidations(config, options), serviceAccountValidation(config, options)].flatMap(validationObjects),
  ];
}
