// The webhook's pods: replicas apart from each other, with no more of the node than they need.
import { certificateFolder, commandLine, environment } from './command-line.ts';
import { configMapVolumes, configurationDigest } from './configuration.ts';
import { type Installation, inNamespace, type KubernetesObject, labelsOf, nameOf, secretNameOf } from './object.ts';
import { scheduling } from './scheduling.ts';

/** As in the image. */
const user = 65_532;
const readableByOwner = 0o440;
/** Seconds that the process has beyond its drain, to answer what it took. */
const graceAfterDrain = 15;
/** Seconds; the kubelet renews it after four fifths. */
const tokenSeconds = 3600;

const resources = {
  requests: { cpu: '100m', memory: '128Mi' },
  limits: { cpu: '1', memory: '256Mi' },
};

interface Mounted {
  readonly volume: { readonly name: string; readonly [member: string]: unknown };
  readonly mountPath: string;
}

/** What automounting would bring, but in this one container and in sight. */
function apiAccess(): Mounted {
  return {
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    volume: {
      name: 'api-access',
      projected: {
        defaultMode: readableByOwner,
        sources: [
          { serviceAccountToken: { path: 'token', expirationSeconds: tokenSeconds } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          // With the version that API servers would add: a list that differs from what is kept makes appliers quarrel.
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      },
    },
  };
}

/** Where it is served from files; the webhook reads any other Secret by itself. */
function certificate(installation: Installation): readonly Mounted[] {
  const { tls } = installation.values;
  if (tls === 'self' || tls === 'secret') return [];
  const secret = { secretName: secretNameOf(installation), defaultMode: readableByOwner };
  return [{ mountPath: certificateFolder, volume: { name: 'certificate', secret } }];
}

/**
 * Alive is asked for on the port of metrics, which opens at once: a process that waits for its certificate or its API
 * server is not helped by a new one. Ready is asked for where API servers will ask, over TLS.
 */
const metricsPort = { port: 'metrics', scheme: 'HTTP' };
const webhookPort = { port: 'webhook', scheme: 'HTTPS' };

function probe(httpGet: object, periodSeconds: number, failureThreshold: number) {
  return { httpGet, periodSeconds, failureThreshold, timeoutSeconds: 3 };
}

function container(installation: Installation, mounts: readonly Mounted[]) {
  const { image, values } = installation;
  const env = environment(installation);
  return {
    name: 'webhook',
    image,
    imagePullPolicy: values['image-pull-policy'],
    args: commandLine(installation),
    ...(env.length > 0 && { env }),
    ports: [
      { name: 'webhook', containerPort: values.port },
      { name: 'metrics', containerPort: values['metrics-port'] },
    ],
    startupProbe: probe({ path: '/healthz', ...metricsPort }, 1, 60),
    livenessProbe: probe({ path: '/healthz', ...metricsPort }, 10, 6),
    readinessProbe: probe({ path: '/readyz', ...webhookPort }, 2, 2),
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: mounts.map(({ mountPath, volume: { name } }) => ({ name, mountPath, readOnly: true })),
  };
}

/** Apart if it can be; a cluster of one node gets its replicas all the same. */
function spread(installation: Installation) {
  return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labelsOf(installation) },
    matchLabelKeys: ['pod-template-hash'],
  }));
}

function podSpec(installation: Installation) {
  const { values } = installation;
  const mounts = [apiAccess(), ...certificate(installation), ...configMapVolumes(installation)];
  const priorityClassName = values['priority-class'];
  const pullSecrets = values['image-pull-secret'].map((name) => ({ name }));
  return {
    serviceAccountName: nameOf(installation),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(values['host-network'] && { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets }),
    ...scheduling(values.toleration, values['node-selector']),
    terminationGracePeriodSeconds: values['drain-seconds'] + graceAfterDrain,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: spread(installation),
    containers: [container(installation, mounts)],
    volumes: mounts.map(({ volume }) => volume),
  };
}

/** A new pod is ready before an old one goes, except on the nodes' network, where both want the same port. */
function rollout({ values }: Installation) {
  return values['host-network'] ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 };
}

export function workloadObjects(installation: Installation): readonly KubernetesObject[] {
  const labels = labelsOf(installation);
  const annotations = configurationDigest(installation);
  const metadata = { labels, ...(Object.keys(annotations).length > 0 && { annotations }) };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: inNamespace(installation),
      spec: {
        replicas: installation.values.replicas,
        selector: { matchLabels: labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: rollout(installation) },
        template: { metadata, spec: podSpec(installation) },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: inNamespace(installation),
      spec: {
        maxUnavailable: 1,
        // A pod that does not answer anyway must not hold up the drain of its node.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: labels },
      },
    },
  ];
}
