// From a command's settings to its command line: flags and their help come from the same definitions that the values
// are read by.
import { Command, CommanderError, Option } from 'commander';
import { Refusal, RefusedError, refuse } from '../core/refusals/index.ts';
import {
  environmentName,
  type Resolved,
  resolveSettings,
  type Setting,
  type Settings,
  text,
  toggle,
  type ValuesOf,
} from '../core/settings/index.ts';
import { readConfiguration } from './configuration.ts';
import type { Translate, Translation } from './translation.ts';
import { version } from './version.ts';

/** What a command may know of the process around it. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly readStandardInput: () => Promise<string>;
  /** Aborts when the process is asked to end, or nothing reads what it prints; the reason names the signal. */
  readonly stop: AbortSignal;
  /** The names of all commands' settings, which a shared configuration file may have; without it, none but its own. */
  readonly settingsOfAll?: () => Promise<ReadonlySet<string>>;
}

/** Exit codes: what was asked is done; it was refused or failed; it was asked wrongly. */
export const exitCodes = { done: 0, failed: 1, wrongUsage: 2 };

export interface CommandDefinition<Definitions extends Settings> {
  readonly name: string;
  readonly summary: string;
  readonly settings: Definitions;
  /** Reads what was written for another program. */
  readonly translate?: Translate;
  /** @returns the exit code */
  readonly run: (
    values: ValuesOf<Definitions>,
    surroundings: Surroundings,
    translation: Translation,
  ) => Promise<number>;
}

/** A command as `main` sees it, whatever its settings. */
export interface RunnableCommand {
  readonly name: string;
  readonly summary: string;
  /** Its own and those that every command has. */
  readonly settings: Settings;
  /** Those that follow its name by one of their own. */
  readonly subcommands?: readonly RunnableCommand[];
  readonly run: (args: readonly string[], surroundings: Surroundings) => Promise<number>;
}

const common = {
  config: text({
    summary: 'configuration file: a YAML mapping of these names',
    placeholder: 'FILE',
    fallback: undefined,
  }),
  'print-config': toggle({ summary: 'show each value and where it came from, and end' }),
};

/** A flag that may be given several times. */
function appended(value: string, before: unknown): string[] {
  const earlier = Array.isArray(before) ? before.filter((item) => typeof item === 'string') : [];
  return [...earlier, value];
}

const isToggle = (setting: Setting<unknown>) => setting.placeholder === '';

function optionsOf(settings: Settings): Option[] {
  const onCommandLine = Object.entries(settings).filter(([, { isFileOnly }]) => isFileOnly !== true);
  return onCommandLine.map(([name, setting]) => {
    const { summary, placeholder, fallback } = setting;
    const isList = Array.isArray(fallback);
    const flag = isToggle(setting) ? `--${name}` : `--${name} <${placeholder}>`;
    const shown = typeof fallback === 'string' || typeof fallback === 'number' ? ` [${fallback}]` : '';
    const short = name === 'file' ? '-f, ' : '';
    const option = new Option(`${short}${flag}`, `${summary}${shown}`);
    // It takes a value behind the equals sign alone, which `togglesSpelledOut` sees to; the help shows none.
    option.optional = isToggle(setting);
    return isList ? option.argParser(appended) : option;
  });
}

/**
 * A switch is turned off by `--once=false`. Without a value it is on, and is spelled out for commander, which would take
 * the argument after it for one.
 */
function togglesSpelledOut(options: readonly Option[], args: readonly string[]): string[] {
  const toggles = new Set(options.filter(({ optional }) => optional).map(({ long }) => long));
  return args.map((arg) => (toggles.has(arg) ? `${arg}=true` : arg));
}

/** Commander hands flags over in camel case. */
const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Flags as they stand in the definitions. */
function flagsOf(settings: Settings, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(settings).map((name) => [name, options[camel(name)]]));
}

function shownValue(setting: Setting<unknown> | undefined, value: unknown): string {
  return setting?.isSecret && value !== undefined ? '(not shown)' : (JSON.stringify(value) ?? 'none');
}

function printConfiguration(settings: Settings, { values, origins }: Resolved<Settings>): string {
  const rows = Object.entries(values).map(([name, value]) => [
    name,
    shownValue(settings[name], value),
    origins.get(name) ?? '',
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map(([name = '', value = '', origin = '']) => `${name.padEnd(width(0))}  ${value.padEnd(width(1))}  ${origin}\n`)
    .join('');
}

/** How the codes of refusals begin that say the command was asked wrongly. */
const wrongUsageCodes = ['setting-', 'injection-setting-', 'configuration-', 'platform-argument-'];

/** The cause is withheld from strangers only: who runs the command may read it. */
function told({ sentence, remedy, cause }: Refusal): string {
  return cause === undefined ? `${sentence} ${remedy}` : `${sentence} (${cause}) ${remedy}`;
}

/** A command line that was wrong in itself, said by commander. */
function isWrongUsage(error: unknown): error is CommanderError {
  return error instanceof CommanderError;
}

/** @throws RefusedError */
function accepted<Value>(value: Value | Refusal): Value {
  if (value instanceof Refusal) throw new RefusedError(value);
  return value;
}

/** @throws RefusedError `setting-needed` */
function checkNeeds({ needs = [] }: Translation, settings: Settings, values: Readonly<Record<string, unknown>>): void {
  for (const { flag, setting } of needs) {
    if (values[setting] !== undefined) continue;
    const summary = settings[setting]?.summary ?? '';
    throw new RefusedError(refuse('setting-needed', { flag, setting, variable: environmentName(setting), summary }));
  }
}

type ConfigurationFile = Awaited<ReturnType<typeof readConfiguration>>;

/** One file may serve several commands: what another one alone has a setting for is passed over, and a typo is not. */
async function ownMembers(file: ConfigurationFile, own: Settings, { settingsOfAll }: Surroundings) {
  const isOwn = (name: string) => Object.hasOwn(own, name) || Object.hasOwn(common, name);
  if (Object.keys(file).every(isOwn)) return file;
  const known = await settingsOfAll?.();
  return Object.fromEntries(Object.entries(file).filter(([name]) => isOwn(name) || known?.has(name) !== true));
}

export function defineCommand<Definitions extends Settings>(
  definition: CommandDefinition<Definitions>,
): RunnableCommand {
  const all = { ...definition.settings, ...common };

  function parse(args: readonly string[], surroundings: Surroundings): Readonly<Record<string, unknown>> {
    const command = new Command(`podiam ${definition.name}`)
      .description(definition.summary)
      .exitOverride()
      .configureOutput({ writeOut: surroundings.write, writeErr: surroundings.writeError })
      .showSuggestionAfterError()
      .allowExcessArguments(false)
      .addHelpText(
        'after',
        `\nEach flag has an environment variable, such as ${environmentName(Object.keys(all)[0] ?? '')}; a flag wins over it, it wins over the configuration file. A switch is turned off by --NAME=false.`,
      );
    const options = optionsOf(all);
    for (const option of options) command.addOption(option);
    return command.parse(togglesSpelledOut(options, args), { from: 'user' }).opts();
  }

  async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
    const { environment } = surroundings;
    const translation = accepted(definition.translate?.({ args, environment }, all) ?? { args });
    if (translation.asksVersion) {
      surroundings.write(`${version()}\n`);
      return exitCodes.done;
    }
    const flags = flagsOf(all, parse(translation.args, surroundings));
    const first = accepted(resolveSettings(common, { flags, environment, file: {} }));
    const { config: fileName } = first.values;
    const file = await ownMembers(await readConfiguration(fileName), definition.settings, surroundings);
    const { profile, variables } = translation;
    const sources = { flags, environment, file, fileName, profile, variables };
    const resolved = accepted(resolveSettings(definition.settings, sources));
    checkNeeds(translation, definition.settings, resolved.values);
    if (first.values['print-config']) {
      surroundings.write(printConfiguration(definition.settings, resolved));
      return exitCodes.done;
    }
    return definition.run(resolved.values, surroundings, translation);
  }

  return {
    name: definition.name,
    summary: definition.summary,
    settings: all,
    run: async (args, surroundings) => {
      try {
        return await run(args, surroundings);
      } catch (error) {
        if (isWrongUsage(error)) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
        if (!(error instanceof RefusedError)) throw error;
        surroundings.writeError(`podiam ${definition.name}: ${told(error.refusal)}\n`);
        const isWrong = wrongUsageCodes.some((prefix) => error.refusal.code.startsWith(prefix));
        return isWrong ? exitCodes.wrongUsage : exitCodes.failed;
      }
    },
  };
}
