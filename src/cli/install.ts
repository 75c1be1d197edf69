// `podiam install`: the manifests of the webhook, for `kubectl apply -f -`.
import { injectionSettings } from '../core/injection/index.ts';
import { Refusal, RefusedError } from '../core/refusals/index.ts';
import { oneOf, text, type ValuesOf } from '../core/settings/index.ts';
import { installationObjects, installSettings, printObjects } from '../features/install/index.ts';
import { readText } from '../io/files/index.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';

const settings = {
  ...installSettings,
  'ca-bundle-file': text({
    summary: 'under --tls files, who signed the certificate (PEM); API servers ask their own trust store, unless given',
    placeholder: 'FILE',
    fallback: undefined,
  }),
  output: oneOf({ summary: 'form of what is printed', choices: ['yaml', 'json'], fallback: 'yaml' }),
  ...injectionSettings,
};

type Values = ValuesOf<typeof settings>;

async function run(values: Values, surroundings: Surroundings): Promise<number> {
  const file = values['ca-bundle-file'];
  const caBundle = file === undefined ? undefined : await readText(file);
  const objects = installationObjects({ ...values, caBundle });
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
