// The settings of admission beside those of injection: what becomes of a refusal, and what else is watched. The webhook
// reads them, and an installation passes them on.
import { oneOf, toggle } from '../settings/index.ts';

/** The central mapping's ConfigMap in the webhook's namespace; the name that Amazon's webhook gave it. */
export const mappingConfigMap = 'pod-identity-webhook';

export const admissionSettings = {
  'on-refusal': oneOf({
    summary: 'what becomes of a pod whose role may not be used: created without it and with a warning, or kept out',
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
