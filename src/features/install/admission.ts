// What API servers ask the webhook about, and what they need not ask since they can tell by themselves.
import {
  namespaceName,
  namespacesOf,
  podRules,
  podsThatDidNotOptOut,
  serviceAccountRules,
  systemNamespace,
} from '../../core/admission-policy/index.ts';
import { mirrorAnnotation } from '../../core/injection/index.ts';
import { mutatePath } from '../../core/wire/index.ts';
import { certificatesIn } from './ca-bundle.ts';
import { certificateObjects, injectorAnnotation } from './certificate.ts';
import { type Installation, inCluster, type KubernetesObject, nameOf } from './object.ts';

/** Expressions in CEL. A field is asked for before it is read: an error would count as a failure of the webhook. */
const podConditions = [
  {
    name: 'no-mirror-of-a-static-pod',
    expression: `!has(object.metadata.annotations) || !('${mirrorAnnotation}' in object.metadata.annotations)`,
  },
  {
    // Ephemeral containers can mount a token that the pod has, and cannot bring one.
    name: 'ephemeral-containers-only-beside-a-token',
    expression: [
      "!has(request.subResource) || request.subResource != 'ephemeralcontainers'",
      '(has(object.spec.volumes) && object.spec.volumes.exists(v, has(v.projected) && has(v.projected.sources)' +
        ' && v.projected.sources.exists(s, has(s.serviceAccountToken) && has(s.serviceAccountToken.audience))))',
    ].join(' || '),
  },
];

function namesRole({ profiles }: Installation) {
  const keys = new Set(profiles.flatMap(({ roleAnnotations }) => roleAnnotations));
  const anyOf = [...keys].map((key) => `k == ${JSON.stringify(key)} || k.startsWith(${JSON.stringify(`${key}.`)})`);
  const expression = `has(object.metadata.annotations) && object.metadata.annotations.exists(k, ${anyOf.join(' || ')})`;
  return { name: 'names-a-role', expression };
}

function common(installation: Installation) {
  const { caBundle, namespace, 'timeout-seconds': timeoutSeconds } = installation.values;
  return {
    admissionReviewVersions: ['v1'],
    clientConfig: {
      service: { namespace, name: nameOf(installation), path: mutatePath, port: 443 },
      ...(caBundle !== undefined && { caBundle: Buffer.from(certificatesIn(caBundle) ?? '').toString('base64') }),
    },
    matchPolicy: 'Equivalent',
    // Refusals are told as events, except of a dry run.
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds,
  };
}

/**
 * Three entries: pods, under the failure policy; pods of kube-system, never held up; and service accounts, never held
 * up either, since whatever is wrong with their roles is found again in every pod.
 */
function entries(installation: Installation) {
  const { 'failure-policy': failurePolicy, namespace } = installation.values;
  const pods = {
    ...common(installation),
    rules: podRules,
    objectSelector: podsThatDidNotOptOut(installation.profiles),
    matchConditions: podConditions,
    // Another webhook may add a side car after us.
    reinvocationPolicy: 'IfNeeded',
  };
  const held = [...new Set([namespace, systemNamespace])];
  return [
    {
      ...pods,
      name: 'pods.webhook.podiam.dev',
      failurePolicy,
      // With its own namespace out, the webhook can always be started again.
      namespaceSelector: namespacesOf([{ key: namespaceName, operator: 'NotIn', values: held }]),
    },
    {
      ...pods,
      name: 'kube-system-pods.webhook.podiam.dev',
      failurePolicy: 'Ignore',
      namespaceSelector: namespacesOf([{ key: namespaceName, operator: 'In', values: [systemNamespace] }]),
    },
    {
      ...common(installation),
      name: 'service-accounts.webhook.podiam.dev',
      rules: serviceAccountRules,
      failurePolicy: 'Ignore',
      namespaceSelector: namespacesOf([{ key: namespaceName, operator: 'NotIn', values: [namespace] }]),
      objectSelector: {},
      matchConditions: [namesRole(installation)],
      reinvocationPolicy: 'Never',
    },
  ];
}

export function admissionObjects(installation: Installation): readonly KubernetesObject[] {
  const metadata = inCluster(installation);
  const annotations = injectorAnnotation(installation);
  return [
    ...certificateObjects(installation),
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: installation.values.tls === 'cert-manager' ? { ...metadata, annotations } : metadata,
      webhooks: entries(installation),
    },
  ];
}
