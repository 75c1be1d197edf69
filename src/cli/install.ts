// `podiam install`: the manifests of the webhook, or of the policies that do without one, for `kubectl apply -f -`.
import { admissionPolicies, policyOwnSettings, policySettings } from '../core/admission-policy/index.ts';
import { injectionSettings } from '../core/injection/index.ts';
import { Refusal, RefusedError, refuse } from '../core/refusals/index.ts';
import { oneOf, type Settings, text, type ValuesOf } from '../core/settings/index.ts';
import { installationObjects, installSettings, printObjects } from '../features/install/index.ts';
import { readText } from '../io/files/index.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';

/** What the command asks whatever the mode. */
const ofBoth = {
  mode: oneOf({
    summary: 'who admits pods: the webhook, or the API server itself by policies, as podiam policy prints them',
    choices: ['webhook', 'policy'],
    fallback: 'webhook',
  }),
  output: oneOf({ summary: 'form of what is printed', choices: ['yaml', 'json'], fallback: 'yaml' }),
};

const ofWebhook = {
  ...installSettings,
  'ca-bundle-file': text({
    summary:
      'under --tls secret and files, who signed the certificate (PEM); API servers ask their own trust store, unless given',
    placeholder: 'FILE',
    fallback: undefined,
  }),
  ...injectionSettings,
};

const settings = { mode: ofBoth.mode, ...policyOwnSettings, ...ofWebhook, output: ofBoth.output };

type Values = ValuesOf<typeof settings>;

/** Refuses what was given and would be passed over, since it is of the other mode. */
function passedOver(values: Values, taken: Settings, other: string): Refusal | undefined {
  const byName = new Map<string, unknown>(Object.entries(values));
  const row = Object.entries<Settings[string]>(settings).find(
    ([name, { fallback }]) =>
      !Object.hasOwn(taken, name) && JSON.stringify(byName.get(name)) !== JSON.stringify(fallback),
  );
  return row && refuse('setting-without-use', { setting: row[0], other });
}

/** What a policy cannot do at all is told first: another mode is not all that it takes. */
function policiesOf(values: Values) {
  const policies = admissionPolicies({ ...values, 'on-failure': values['on-failure'] ?? 'warn' });
  if (policies instanceof Refusal) return policies;
  return passedOver(values, { ...ofBoth, ...policySettings }, 'mode webhook') ?? policies;
}

async function webhookOf(values: Values) {
  const refusal = passedOver(values, { ...ofBoth, ...ofWebhook }, 'mode policy');
  if (refusal) return refusal;
  const file = values['ca-bundle-file'];
  const caBundle = file === undefined ? undefined : await readText(file);
  return installationObjects({ ...values, caBundle });
}

async function run(values: Values, surroundings: Surroundings): Promise<number> {
  const objects = values.mode === 'policy' ? policiesOf(values) : await webhookOf(values);
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
