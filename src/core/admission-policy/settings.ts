// From settings to policies: the settings of `podiam policy`, what of them a policy cannot follow, and the objects that
// come of the rest.
import {
  admissionSettings,
  allowedRolesSettings,
  chooseProfiles,
  injectionSettings,
  profileSettings,
} from '../injection/index.ts';
import { Refusal, refuse } from '../refusals/index.ts';
import { oneOf, text, type ValuesOf } from '../settings/index.ts';
import { type AskingSetting, policyLimits } from './limits.ts';
import { type PolicyObject, type PolicyOptions, policyObjects } from './objects.ts';

/** Of policies alone. */
export const policyOwnSettings = {
  'api-version': oneOf({
    summary:
      'version of the MutatingAdmissionPolicy: v1 since Kubernetes 1.36; v1beta1 on 1.34 and 1.35, behind a feature gate',
    choices: ['v1', 'v1beta1'],
    fallback: 'v1',
  }),
  'service-account-label': text({
    summary:
      'only service accounts with this label take part, which keeps admission quick where a namespace has hundreds of them; all, unless given',
    placeholder: 'KEY=VALUE',
    fallback: undefined,
  }),
};

export const policySettings = {
  ...profileSettings,
  ...allowedRolesSettings,
  ...policyOwnSettings,
  'failure-policy': oneOf({
    summary:
      'whether a pod for which an expression fails is created without injection, or not at all; never for kube-system',
    choices: ['Ignore', 'Fail'],
    fallback: 'Ignore',
  }),
  ...admissionSettings,
  'watch-container-credentials-config': text({
    summary: 'the service accounts that get container credentials (JSON), which the webhook alone can give',
    placeholder: 'FILE',
    fallback: undefined,
  }),
  ...injectionSettings,
};

type Values = ValuesOf<typeof policySettings>;

/** Who gets container credentials is said by either of these: the webhook's own setting, or its installation's. */
type FileSettings = 'watch-container-credentials-config' | 'container-credentials-config-map';

export type PolicyValues = Omit<Values, FileSettings> & { readonly [Name in FileSettings]?: string | undefined };

const isAsked: Readonly<Record<AskingSetting, (values: PolicyValues) => boolean>> = {
  'watch-config-map': (values) => values['watch-config-map'],
  'watch-container-credentials-config': (values) => values['watch-container-credentials-config'] !== undefined,
  'container-credentials-config-map': (values) => values['container-credentials-config-map'] !== undefined,
  'on-failure': (values) => values['on-failure'] === 'deny',
};

function beyondPolicy(values: PolicyValues): Refusal | undefined {
  for (const { settings, why } of policyLimits) {
    const setting = settings.find((name) => isAsked[name](values));
    if (setting !== undefined) return refuse('setting-beyond-policy', { setting, why });
  }
  return undefined;
}

/** A label's key and value (Kubernetes, "Labels and Selectors"). */
const labelShape =
  /^((?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)=([A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;

function readLabel(label: string | undefined): PolicyOptions['serviceAccountLabel'] | Refusal {
  if (label === undefined) return undefined;
  const [, key, value = ''] = labelShape.exec(label) ?? [];
  if (key !== undefined) return { key, value };
  const setting = 'service-account-label';
  const expected = 'a label, such as podiam.dev/role=yes';
  return refuse('setting-unfit', { setting, value: label, expected, summary: policyOwnSettings[setting].summary });
}

/**
 * The policies and their bindings.
 * @returns `setting-beyond-policy`, `setting-unfit`, or what is wrong with a profile's settings
 */
export function admissionPolicies(values: PolicyValues): readonly PolicyObject[] | Refusal {
  const beyond = beyondPolicy(values);
  if (beyond) return beyond;
  const serviceAccountLabel = readLabel(values['service-account-label']);
  if (serviceAccountLabel instanceof Refusal) return serviceAccountLabel;
  const profiles = chooseProfiles(values, values);
  if (profiles instanceof Refusal) return profiles;
  return policyObjects(
    { profiles, allowedRoles: values['allowed-roles'] },
    {
      apiVersion: values['api-version'],
      failurePolicy: values['failure-policy'],
      onRefusal: values['on-refusal'],
      watchNamespaces: values['watch-namespaces'],
      serviceAccountLabel,
    },
  );
}
