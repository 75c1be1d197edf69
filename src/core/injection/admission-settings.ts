// The settings of admission beside those of injection: what becomes of a refusal, and what else is watched. The webhook
// reads them, and an installation passes them on.
import { oneOf, text, toggle, wholeNumber } from '../settings/index.ts';
import { containerCredentialsDefaults } from './container-credentials.ts';

/** The central mapping's ConfigMap in the webhook's namespace; the name that Amazon's webhook gave it. */
export const mappingConfigMap = 'pod-identity-webhook';

export const admissionSettings = {
  'on-refusal': oneOf({
    summary: 'what becomes of a pod whose role may not be used: created without it and with a warning, or kept out',
    choices: ['warn', 'deny'],
    fallback: 'warn',
  }),
  'on-failure': oneOf({
    summary: 'what becomes of a pod about which something cannot be looked up in time',
    choices: ['warn', 'deny'],
    fallback: 'warn',
  }),
  'watch-config-map': toggle({
    summary: `whether the ConfigMap ${mappingConfigMap} of the webhook’s namespace names roles of service accounts`,
  }),
  'watch-namespaces': toggle({
    summary: 'whether the annotation podiam.dev/allowed-roles of a namespace restricts its roles',
  }),
};

/** Of a webhook alone: policies look nothing up. */
export const lookupSettings = {
  'lookup-milliseconds': wholeNumber({
    summary:
      'how long a service account that is not known yet is waited for; 0: as long as the API server waits for the answer',
    placeholder: 'N',
    least: 0,
    most: 60_000,
    fallback: 0,
  }),
};

/** Of the pods that get container credentials instead of a role. */
export const settingsOfContainerCredentials = {
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
