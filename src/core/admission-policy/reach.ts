// Which requests a policy is about: pods that are created or get ephemeral containers, and service accounts that are
// written; and which of them are left alone without a look at any service account.
import type { InjectionConfig } from '../injection/index.ts';
import { celLiteral, celString } from './cel.ts';

interface LabelExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'DoesNotExist';
  readonly values?: readonly string[];
}

const namespaceName = 'kubernetes.io/metadata.name';
/** Where drivers of the cluster itself run, some with roles of their own: never held up. */
const systemNamespace = 'kube-system';

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

const namespaceSelector = (namespaces: Namespaces) => ({
  matchExpressions: [...namespaceExpressions[namespaces], ...notOptedOut],
});

const ofCore = { apiGroups: [''], apiVersions: ['v1'], scope: 'Namespaced' };

export function podConstraints({ profiles }: InjectionConfig, namespaces: Namespaces) {
  const optOutLabels = new Set(profiles.map(({ optOutLabel }) => optOutLabel));
  return {
    matchPolicy: 'Equivalent',
    namespaceSelector: namespaceSelector(namespaces),
    objectSelector: {
      matchExpressions: [...optOutLabels].map((key): LabelExpression => ({ key, operator: 'DoesNotExist' })),
    },
    resourceRules: [
      { ...ofCore, operations: ['CREATE'], resources: ['pods'] },
      { ...ofCore, operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
    ],
  };
}

export const serviceAccountConstraints = {
  matchPolicy: 'Equivalent',
  namespaceSelector: namespaceSelector('all'),
  objectSelector: {},
  resourceRules: [{ ...ofCore, operations: ['CREATE', 'UPDATE'], resources: ['serviceaccounts'] }],
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
  const mirror = `has(object.metadata.annotations) && ${celString('kubernetes.io/config.mirror')} in object.metadata.annotations`;
  const expression = `params.metadata.name == (${named})
  && !(${mirror})
  && ${namesRole('params', config)}`;
  return [{ name: 'of-a-service-account-that-names-a-role', expression }];
}

export function serviceAccountConditions(config: InjectionConfig) {
  return [{ name: 'names-a-role', expression: namesRole('object', config) }];
}
