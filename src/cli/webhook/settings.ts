// The settings of `podiam webhook`: those of injection, and how it is served.
import {
  admissionSettings,
  allowedRolesSettings,
  injectionSettings,
  lookupSettings,
  profileSettings,
  settingsOfContainerCredentials,
} from '../../core/injection/index.ts';
import { oneOf, text, toggle, type ValuesOf, wholeNumber } from '../../core/settings/index.ts';

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
  'api-server': text({
    summary:
      'the address of the API server, instead of the kubeconfig’s or the pod’s; over http:// no credential is shown',
    placeholder: 'URL',
    fallback: undefined,
  }),
  namespace: text({ summary: 'where the webhook lives', placeholder: 'NAME', fallback: 'podiam-system' }),
  'service-name': text({
    summary: 'the name of its Service, and of its webhook configuration',
    placeholder: 'NAME',
    fallback: 'podiam-webhook',
  }),
};

const serving = {
  host: text({
    summary: 'the address that is listened on, for admission and metrics; :: is all of both families',
    placeholder: 'ADDRESS',
    fallback: '::',
  }),
  port: port('the port of admission and probes, over HTTPS', 8443),
  'metrics-port': port('the port of /metrics and probes, over HTTP', 9443),
  tls: oneOf({
    summary:
      'where the certificate comes from: made and renewed by the webhook itself and kept in a Secret; a Secret that others renew, watched; or files',
    choices: ['self', 'secret', 'files'],
    fallback: 'self',
  }),
  'tls-secret': text({
    summary: 'under --tls self and secret, that Secret of the webhook’s namespace; SERVICE-NAME-tls unless given',
    placeholder: 'NAME',
    fallback: undefined,
  }),
  'tls-cert': file('under --tls files, the certificate with what is between it and the root (PEM)'),
  'tls-key': file('under --tls files, its key (PEM)'),
  'client-ca': file(
    'who signs the certificates of API servers (PEM): without one of these no admission is answered; probes need none',
  ),
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
  ...profileSettings,
  ...allowedRolesSettings,
  ...admissionSettings,
  ...lookupSettings,
  'watch-container-credentials-config': file('the service accounts that get container credentials (JSON), watched'),
  ...settingsOfContainerCredentials,
};

export const webhookSettings = { ...cluster, ...serving, ...admission, ...injectionSettings };
export type WebhookSettingName = keyof typeof webhookSettings;
export type WebhookValues = ValuesOf<typeof webhookSettings>;
