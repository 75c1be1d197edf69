// The webhook's identity and its rights: each rule with the reason for it, and none without a feature that is on.
import { mappingConfigMap } from '../../core/injection/index.ts';
import { type Installation, inCluster, inNamespace, type KubernetesObject, nameOf, secretNameOf } from './object.ts';

export interface AccessRule {
  /** Whether it holds in the webhook's own namespace alone. */
  readonly scope: 'cluster' | 'namespace';
  readonly apiGroup: string;
  readonly resource: string;
  /** The only object that it is about; undefined for all. */
  readonly only?: (installation: Installation) => string;
  readonly verbs: readonly string[];
  readonly reason: string;
  readonly isNeeded: (installation: Installation) => boolean;
}

const always = () => true;
const makesCertificate = ({ values }: Installation) => values.tls === 'self';
const readsCertificate = ({ values }: Installation) => values.tls === 'secret';

export const accessRules: readonly AccessRule[] = [
  {
    scope: 'cluster',
    apiGroup: '',
    resource: 'serviceaccounts',
    verbs: ['get', 'list', 'watch'],
    reason: 'their annotations name the roles; the watch keeps them at hand, and a miss is read once',
    isNeeded: always,
  },
  {
    scope: 'cluster',
    apiGroup: '',
    resource: 'namespaces',
    verbs: ['get', 'list', 'watch'],
    reason: 'their annotation podiam.dev/allowed-roles restricts what their pods may use',
    isNeeded: ({ values }) => values['watch-namespaces'],
  },
  {
    scope: 'cluster',
    apiGroup: 'events.k8s.io',
    resource: 'events',
    verbs: ['create'],
    reason: 'a refusal is told on the service account whose role may not be used',
    isNeeded: always,
  },
  {
    scope: 'cluster',
    apiGroup: 'admissionregistration.k8s.io',
    resource: 'mutatingwebhookconfigurations',
    only: nameOf,
    verbs: ['get', 'update', 'watch'],
    reason: 'the caBundle of its own configuration is kept right',
    isNeeded: makesCertificate,
  },
  {
    scope: 'namespace',
    apiGroup: '',
    resource: 'secrets',
    only: secretNameOf,
    verbs: ['get', 'update', 'watch'],
    reason: 'its own certificate is kept there, for all replicas',
    isNeeded: makesCertificate,
  },
  {
    scope: 'namespace',
    apiGroup: '',
    resource: 'secrets',
    verbs: ['create'],
    reason: 'that Secret is made again when someone deletes it; creating cannot be restricted to a name',
    isNeeded: makesCertificate,
  },
  {
    scope: 'namespace',
    apiGroup: '',
    resource: 'secrets',
    only: secretNameOf,
    verbs: ['get', 'watch'],
    reason: 'the certificate that others renew is read there, and served anew when it changes',
    isNeeded: readsCertificate,
  },
  {
    scope: 'namespace',
    apiGroup: '',
    resource: 'configmaps',
    only: () => mappingConfigMap,
    verbs: ['list', 'watch'],
    reason: 'it names roles of service accounts centrally',
    isNeeded: ({ values }) => values['watch-config-map'],
  },
];

function policyRules(installation: Installation, scope: AccessRule['scope']): readonly unknown[] {
  return accessRules
    .filter((rule) => rule.scope === scope && rule.isNeeded(installation))
    .map(({ apiGroup, only, resource, verbs }) => ({
      apiGroups: [apiGroup],
      resources: [resource],
      ...(only && { resourceNames: [only(installation)] }),
      verbs,
    }));
}

/** A role with the rules of a scope and its binding; nothing where there are none. */
function grant(installation: Installation, scope: AccessRule['scope']): readonly KubernetesObject[] {
  const rules = policyRules(installation, scope);
  if (rules.length === 0) return [];
  const kind = scope === 'cluster' ? 'ClusterRole' : 'Role';
  const metadata = scope === 'cluster' ? inCluster(installation) : inNamespace(installation);
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const { namespace } = installation.values;
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: nameOf(installation) },
      subjects: [{ kind: 'ServiceAccount', name: nameOf(installation), namespace }],
    },
  ];
}

/** Created empty, so that all replicas begin with the same one, and that it goes with the rest. */
function ownSecret(installation: Installation): readonly KubernetesObject[] {
  return makesCertificate(installation)
    ? [
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: inNamespace(installation, secretNameOf(installation)),
          type: 'Opaque',
        },
      ]
    : [];
}

export function accessObjects(installation: Installation): readonly KubernetesObject[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: inNamespace(installation),
      automountServiceAccountToken: false,
    },
    ...ownSecret(installation),
    ...grant(installation, 'cluster'),
    ...grant(installation, 'namespace'),
  ];
}
