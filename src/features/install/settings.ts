// The settings of an installation: one definition for flags and for the chart's values, whose names are these in camel
// case.
import {
  admissionSettings,
  allowedRolesSettings,
  type InjectionSettingValues,
  lookupSettings,
  profileSettings,
  settingsOfContainerCredentials,
} from '../../core/injection/index.ts';
import { oneOf, type Setting, text, texts, toggle, type ValuesOf, wholeNumber } from '../../core/settings/index.ts';

/** The Namespace that is ours to make and to delete, unless another is. */
export const ownNamespace = 'podiam-system';

const createNamespace: Setting<boolean | undefined> = {
  ...toggle({
    summary: `whether the Namespace is among what is printed, held to Pod Security; kubectl delete then deletes it, with all that is in it; unless given, for ${ownNamespace} alone`,
  }),
  fallback: undefined,
};

const whatAndWhere = {
  image: text({
    summary: 'the image of Podiam, with its registry and its tag or digest',
    placeholder: 'IMAGE',
    fallback: undefined,
  }),
  'image-pull-policy': oneOf({
    summary: 'when a node fetches the image',
    choices: ['IfNotPresent', 'Always', 'Never'],
    fallback: 'IfNotPresent',
  }),
  'image-pull-secret': texts({
    summary: 'Secret of the namespace that opens the registry; may be repeated',
    placeholder: 'NAME',
  }),
  namespace: text({
    summary: 'where the webhook lives; when it stands in for another webhook, that one’s',
    placeholder: 'NAME',
    fallback: ownNamespace,
  }),
  'create-namespace': createNamespace,
  'allow-kube-system': toggle({
    summary: 'whether --namespace may be kube-system, whose administrators are then those of every pod’s identity',
  }),
  'service-name': text({
    summary: 'the name of the Service and of all that belongs to it',
    placeholder: 'NAME',
    fallback: 'podiam-webhook',
  }),
};

const admission = {
  ...profileSettings,
  'failure-policy': oneOf({
    summary: 'whether a pod is created without injection when no webhook answers, or not at all; never for kube-system',
    choices: ['Ignore', 'Fail'],
    fallback: 'Ignore',
  }),
  'timeout-seconds': wholeNumber({
    summary: 'how long the API server waits for an answer',
    placeholder: 'SECONDS',
    least: 1,
    most: 30,
    fallback: 5,
  }),
  ...admissionSettings,
  'on-failure': oneOf({
    summary:
      'what becomes of a pod about which something cannot be looked up in time; unless given, deny under --failure-policy Fail, else warn',
    choices: ['warn', 'deny'],
    fallback: undefined,
  }),
  ...lookupSettings,
  ...allowedRolesSettings,
  'container-credentials-config-map': text({
    summary: 'the ConfigMap whose identities.json lists the service accounts that get container credentials',
    placeholder: 'NAME',
    fallback: undefined,
  }),
  ...settingsOfContainerCredentials,
};

const certificate = {
  tls: oneOf({
    summary:
      'where the serving certificate comes from: made and renewed by the webhook; yours, in a Secret that it watches, or that is mounted as files; or cert-manager',
    choices: ['self', 'secret', 'files', 'cert-manager'],
    fallback: 'self',
  }),
  'tls-secret': text({
    summary: 'the Secret with the certificate, its tls.crt and tls.key; SERVICE-NAME-tls unless given',
    placeholder: 'NAME',
    fallback: undefined,
  }),
  'client-ca-config-map': text({
    summary:
      'the ConfigMap whose ca.crt signs the certificates of API servers, without one of which no admission is answered',
    placeholder: 'NAME',
    fallback: undefined,
  }),
};

const workload = {
  replicas: wholeNumber({ summary: 'how many webhooks', placeholder: 'NUMBER', least: 1, most: 100, fallback: 2 }),
  port: wholeNumber({
    summary: 'where the webhook listens in its pod',
    placeholder: 'PORT',
    least: 1024,
    most: 65_535,
    fallback: 8443,
  }),
  'metrics-port': wholeNumber({
    summary: 'where its metrics are read',
    placeholder: 'PORT',
    least: 1024,
    most: 65_535,
    fallback: 9443,
  }),
  'drain-seconds': wholeNumber({
    summary: 'how long a webhook that is asked to end serves on, so that API servers leave it first',
    placeholder: 'SECONDS',
    least: 0,
    most: 300,
    fallback: 15,
  }),
  'log-level': oneOf({
    summary: 'how much is logged',
    choices: ['error', 'warn', 'info', 'debug'],
    fallback: 'info',
  }),
  'priority-class': text({
    summary: 'the pods’ PriorityClass',
    placeholder: 'NAME',
    fallback: undefined,
  }),
  'host-network': toggle({ summary: 'whether the pods use their nodes’ network, where API servers reach no other' }),
  'node-selector': texts({
    summary: 'a label of the nodes that the pods run on; may be repeated',
    placeholder: 'KEY=VALUE',
  }),
  toleration: texts({
    summary: 'a taint of nodes that the pods run on all the same; may be repeated',
    placeholder: 'KEY[=VALUE][:EFFECT]',
  }),
  env: texts({
    summary: 'a further environment variable, such as HTTPS_PROXY for an egress proxy; may be repeated',
    placeholder: 'NAME=VALUE',
  }),
};

const surroundings = {
  'network-policy': toggle({ summary: 'whether a NetworkPolicy closes all ports but the webhook’s two' }),
  'api-server-cidr': texts({
    summary: 'addresses that may ask for admission, under --network-policy; all, unless given; may be repeated',
    placeholder: 'CIDR',
  }),
  'service-monitor': toggle({ summary: 'whether there is a ServiceMonitor for the Prometheus operator' }),
};

export const installSettings = { ...whatAndWhere, ...admission, ...certificate, ...workload, ...surroundings };

/** What was set; of injection, undefined and empty leave the profile's own. */
export interface InstallValues extends ValuesOf<typeof installSettings>, InjectionSettingValues {
  /** PEM: who signed the certificate under `--tls secret` and `files`; undefined where API servers trust it anyway. */
  readonly caBundle: string | undefined;
}
