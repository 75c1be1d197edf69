// Which requests a policy is about: pods that are created or get ephemeral containers, and service accounts that are
// written; and which of them are left alone without a look at any service account. The webhook is asked about the same.
import { type InjectionConfig, mirrorAnnotation, type ProfileSettings } from '../injection/index.ts';
import { celLiteral, celString } from './cel.ts';

export interface LabelExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** The label under which the API server tells every namespace's own name. */
export const namespaceName = 'kubernetes.io/metadata.name';
/** Where drivers of the cluster itself run, some with roles of their own: never held up. */
export const systemNamespace = 'kube-system';

/** A namespace's administrator opts it out: Podiam's own label, and that of Vultr's webhook. */
const notOptedOut: readonly LabelExpression[] = [
  { key: 'podiam.dev/webhook', operator: 'NotIn', values: ['disabled'] },
  { key: 'irsa-webhook', operator: 'NotIn', values: ['disabled'] },
];

/** All namespaces, all but that of the system, or that alone. */
export type Namespaces = 'all' | 'ordinary' | 'system';

const namespaceExpressions: Readonly<Record<Namespaces, readonly LabelExpression[]>> = {
  all: [],
  ordinary: [{ key: namespaceName, operator: 'NotIn', values: [systemNamespace] }],
  system: [{ key: namespaceName, operator: 'In', values: [systemNamespace] }],
};

/** Namespaces that these expressions pick, and that did not opt out. */
export function namespacesOf(expressions: readonly LabelExpression[]) {
  return { matchExpressions: [...expressions, ...notOptedOut] };
}

export function podsThatDidNotOptOut(profiles: readonly Pick<ProfileSettings, 'optOutLabel'>[]) {
  const labels = new Set(profiles.map(({ optOutLabel }) => optOutLabel));
  return { matchExpressions: [...labels].map((key): LabelExpression => ({ key, operator: 'DoesNotExist' })) };
}

const ofCore = { apiGroups: [''], apiVersions: ['v1'], scope: 'Namespaced' };

export const podRules = [
  { ...ofCore, operations: ['CREATE'], resources: ['pods'] },
  { ...ofCore, operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
];

export const serviceAccountRules = [{ ...ofCore, operations: ['CREATE', 'UPDATE'], resources: ['serviceaccounts'] }];

export function podConstraints({ profiles }: InjectionConfig, namespaces: Namespaces) {
  return {
    matchPolicy: 'Equivalent',
    namespaceSelector: namespacesOf(namespaceExpressions[namespaces]),
    objectSelector: podsThatDidNotOptOut(profiles),
    resourceRules: podRules,
  };
}

export const serviceAccountConstraints = {
  matchPolicy: 'Equivalent',
  namespaceSelector: namespacesOf(namespaceExpressions.all),
  objectSelector: {},
  resourceRules: serviceAccountRules,
};

function namesRole(account: string, { profiles }: InjectionConfig): string {
  const keys = [...new Set(profiles.flatMap(({ roleAnnotations }) => roleAnnotations))];
  return `has(${account}.metadata.annotations)
  && ${account}.metadata.annotations.exists(k, ${celLiteral(keys)}.exists(a, k == a || k.startsWith(a + '.')))`;
}

/**
 * Asked once for each service account of the namespace, so that it is one expression that ends early: of several the API
 * server computes all.
 */
export function podConditions(config: InjectionConfig) {
  const named =
    "has(object.spec.serviceAccountName) && object.spec.serviceAccountName != '' ? object.spec.serviceAccountName : 'default'";
  const mirror = `has(object.metadata.annotations) && ${celString(mirrorAnnotation)} in object.metadata.annotations`;
  const expression = `params.metadata.name == (${named})
  && !(${mirror})
  && ${namesRole('params', config)}`;
  return [{ name: 'of-a-service-account-that-names-a-role', expression }];
}

export function serviceAccountConditions(config: InjectionConfig) {
  return [{ name: 'names-a-role', expression: namesRole('object', config) }];
}
