// `podiam policy`: admission with no server, as objects for `kubectl apply -f -`.
import { admissionPolicies, policySettings } from '../core/admission-policy/index.ts';
import { Refusal, RefusedError } from '../core/refusals/index.ts';
import { oneOf, type ValuesOf } from '../core/settings/index.ts';
import { printObjects } from '../features/install/index.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';

const settings = {
  ...policySettings,
  output: oneOf({ summary: 'form of what is printed', choices: ['yaml', 'json'], fallback: 'yaml' }),
};

async function run(values: ValuesOf<typeof settings>, surroundings: Surroundings): Promise<number> {
  const objects = admissionPolicies(values);
  if (objects instanceof Refusal) throw new RefusedError(objects);
  surroundings.write(printObjects(objects, values.output));
  return exitCodes.done;
}

export const policy = defineCommand({
  name: 'policy',
  summary: 'Prints admission policies that the API server itself follows: podiam policy | kubectl apply -f -',
  settings,
  run,
});
