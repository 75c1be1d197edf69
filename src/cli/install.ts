// `podiam install`: the manifests of the webhook, or of the policies that do without one, for `kubectl apply -f -`.
import { admissionPolicies, policyOwnSettings } from '../core/admission-policy/index.ts';
import { injectionSettings } from '../core/injection/index.ts';
import { Refusal, RefusedError, refuse } from '../core/refusals/index.ts';
import { oneOf, text, type ValuesOf } from '../core/settings/index.ts';
import { installationObjects, installSettings, printObjects } from '../features/install/index.ts';
import { readText } from '../io/files/index.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';

const settings = {
  mode: oneOf({
    summary: 'who admits pods: the webhook, or the API server itself by policies, as podiam policy prints them',
    choices: ['webhook', 'policy'],
    fallback: 'webhook',
  }),
  ...policyOwnSettings,
  ...installSettings,
  'ca-bundle-file': text({
    summary:
      'under --tls secret and files, who signed the certificate (PEM); API servers ask their own trust store, unless given',
    placeholder: 'FILE',
    fallback: undefined,
  }),
  output: oneOf({ summary: 'form of what is printed', choices: ['yaml', 'json'], fallback: 'yaml' }),
  ...injectionSettings,
};

type Values = ValuesOf<typeof settings>;

async function objectsOf(values: Values) {
  if (values.mode === 'policy') return admissionPolicies(values);
  if (values['service-account-label'] !== undefined) {
    return refuse('setting-without-use', { setting: 'service-account-label', other: 'mode policy' });
  }
  const file = values['ca-bundle-file'];
  const caBundle = file === undefined ? undefined : await readText(file);
  return installationObjects({ ...values, caBundle });
}

async function run(values: Values, surroundings: Surroundings): Promise<number> {
  const objects = await objectsOf(values);
  if (objects instanceof Refusal) throw new RefusedError(objects);
  surroundings.write(printObjects(objects, values.output));
  return exitCodes.done;
}

export const install = defineCommand({
  name: 'install',
  summary: 'Prints the manifests of the webhook: podiam install --image IMAGE | kubectl apply -f -',
  settings,
  run,
});
