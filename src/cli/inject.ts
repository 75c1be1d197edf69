// `podiam inject`: what admission would do to these manifests, in a pipe or from files, without a cluster.
import { allowedRolesSettings, chooseProfiles, injectionSettings, profileSettings } from '../core/injection/index.ts';
import { Refusal, RefusedError } from '../core/refusals/index.ts';
import { oneOf, text, texts, toggle, type ValuesOf } from '../core/settings/index.ts';
import { injectManifests } from '../features/inject/index.ts';
import { type NamedText, readManifests } from '../io/files/index.ts';
import { withAmazonNames } from './amazon/translate.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';
import type { Translation } from './translation.ts';

const settings = {
  file: texts({
    summary: 'manifests: a file, a folder, or - for standard input; may be repeated',
    placeholder: 'FILE',
  }),
  ...profileSettings,
  ...allowedRolesSettings,
  output: oneOf({
    summary: 'form of what is printed; each document keeps its own, unless given',
    choices: ['same', 'yaml', 'json'],
    fallback: 'same',
  }),
  explain: toggle({ summary: 'say on standard error why each was changed or left alone' }),
  check: toggle({ summary: 'print no manifests but, on standard error, what would change; exit 1 if anything would' }),
  'on-refusal': oneOf({
    summary: 'what becomes of a workload whose role may not be used: left alone with a warning, or the end of it all',
    choices: ['warn', 'deny'],
    fallback: 'warn',
  }),
  'default-namespace': text({
    summary: 'namespace of manifests that name none',
    placeholder: 'NAME',
    fallback: 'default',
  }),
  ...injectionSettings,
};

type Values = ValuesOf<typeof settings>;

async function readInputs(files: readonly string[], surroundings: Surroundings): Promise<NamedText[]> {
  const inputs: NamedText[] = [];
  for (const file of files.length === 0 ? ['-'] : files) {
    if (file === '-') inputs.push({ name: 'standard input', text: await surroundings.readStandardInput() });
    else inputs.push(...(await readManifests(file)));
  }
  return inputs;
}

/** No failure: what a post-renderer is given may well be empty. But a person will want to know. */
function nothingRead(inputs: readonly NamedText[]): string {
  const names = inputs.map(({ name }) => name).join(', ');
  return `podiam inject: there is no manifest in ${names}, so that nothing was changed.\n`;
}

async function run(values: Values, surroundings: Surroundings, { withoutEffect = [] }: Translation): Promise<number> {
  const profiles = chooseProfiles(values, values);
  if (profiles instanceof Refusal) throw new RefusedError(profiles);
  const inputs = await readInputs(values.file, surroundings);
  const injected = injectManifests(
    inputs,
    { profiles, allowedRoles: values['allowed-roles'] },
    {
      defaultNamespace: values['default-namespace'],
      output: values.output === 'same' ? undefined : values.output,
      onRefusal: values['on-refusal'],
    },
  );
  if (injected instanceof Refusal) throw new RefusedError(injected);
  if (withoutEffect.length > 0) surroundings.writeError(`note: without effect here: ${withoutEffect.join(' ')}\n`);
  for (const warning of injected.warnings) surroundings.writeError(`warning: ${warning}\n`);
  const lines = values.explain ? injected.explanations : values.check ? injected.changes : [];
  for (const line of lines) surroundings.writeError(`${line}\n`);
  if (injected.documents === 0) surroundings.writeError(nothingRead(inputs));
  if (values.check) return injected.changes.length > 0 ? exitCodes.failed : exitCodes.done;
  surroundings.write(injected.output);
  return exitCodes.done;
}

export const inject = defineCommand({
  name: 'inject',
  summary: 'Prints manifests as admission would change them. Reads standard input unless -f names files.',
  settings,
  translate: withAmazonNames,
  run,
});
