// The settings of `podiam webhook`: those of injection, and how it is served.
import {
  admissionSettings,
  amazonFlagNames,
  builtInProfiles,
  containerCredentialsDefaults,
  injectionSettings,
} from '../../core/injection/index.ts';
import { oneOf, text, texts, toggle, type ValuesOf, wholeNumber } from '../../core/settings/index.ts';

const profileNames = builtInProfiles.map(({ name }) => name).join(', ');
const file = (summary: string) => text({ summary, placeholder: 'FILE', fallback: undefined });
const port = (summary: string, fallback: number) =>
  wholeNumber({ summary, placeholder: 'N', least: 0, most: 65_535, fallback });

const cluster = {
  'in-cluster': toggle({ summary: 'whether the API server is found as pods find it; else by the kubeconfig' }),
  kubeconfig: text({
    summary:
      'kubeconfig files, in the order of KUBECONFIG; in a pod, and without it, the API server is found as pods find it',
    placeholder: 'FILES',
    fallback: undefined,
  }),
  context: text({ summary: 'the kubeconfig’s context', placeholder: 'NAME', fallback: undefined }),
  namespace: text({ summary: 'where the webhook lives', placeholder: 'NAME', fallback: 'podiam-system' }),
  'service-name': text({
    summary: 'the name of its Service, and of its webhook configuration',
    placeholder: 'NAME',
    fallback: 'podiam-webhook',
  }),
};

const serving = {
  host: text({ summary: 'the address that is listened on', placeholder: 'ADDRESS', fallback: '0.0.0.0' }),
  port: port('the port of admission and probes, over HTTPS', 8443),
  'metrics-port': port('the port of /metrics and probes, over HTTP', 9443),
  tls: oneOf({
    summary:
      'where the certificate comes from: made and renewed by the webhook itself, in the Secret SERVICE-NAME-tls, or from files',
    choices: ['self', 'files'],
    fallback: 'self',
  }),
  'tls-cert': file('under --tls files, the certificate with what is between it and the root (PEM)'),
  'tls-key': file('under --tls files, its key (PEM)'),
  'drain-seconds': wholeNumber({
    summary: 'how long it serves on after it was asked to end, while endpoints and kept connections still lead to it',
    placeholder: 'SECONDS',
    least: 0,
    most: 300,
    fallback: 10,
  }),
  'log-level': oneOf({
    summary: 'what is logged on standard error, one JSON object a line',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    fallback: 'info',
  }),
};

const admission = {
  profile: texts({
    summary: `profile that is on: ${profileNames}; may be repeated, the first whose annotation is there wins; all that have what they need, unless given`,
    placeholder: 'NAME',
  }),
  ...admissionSettings,
  'on-failure': oneOf({
    summary: 'what becomes of a pod about which something cannot be looked up in time',
    choices: ['warn', 'deny'],
    fallback: 'warn',
  }),
  'watch-container-credentials-config': file('the service accounts that get container credentials (JSON), watched'),
  'container-credentials-audience': text({
    summary: 'the audience of their token',
    placeholder: 'AUDIENCE',
    fallback: containerCredentialsDefaults.audience,
  }),
  'container-credentials-token-mount-path': text({
    summary: 'the folder in the container where it is mounted',
    placeholder: 'PATH',
    fallback: containerCredentialsDefaults.mountPath,
  }),
  'container-credentials-token-volume-name': text({
    summary: 'the name of its volume',
    placeholder: 'NAME',
    fallback: containerCredentialsDefaults.volumeName,
  }),
  'container-credentials-token-path': text({
    summary: 'the name of its file',
    placeholder: 'FILE',
    fallback: containerCredentialsDefaults.tokenPath,
  }),
  'container-credentials-full-uri': text({
    summary: 'where the node’s agent hands out credentials',
    placeholder: 'URL',
    fallback: containerCredentialsDefaults.fullUri,
  }),
};

export const webhookSettings = { ...cluster, ...serving, ...admission, ...injectionSettings };
export const webhookAliases = amazonFlagNames;
export type WebhookValues = ValuesOf<typeof webhookSettings>;
