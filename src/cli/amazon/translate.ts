// Amazon's command line read as ours: the whole of it where Amazon's webhook is stood in for, its names and Go's forms
// where our own command runs under the aws profile.
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { nearestName, type RawValue, type Setting, type Settings } from '../../core/settings/index.ts';
import { profilesAsked } from '../profiles-asked.ts';
import type { CommandLine, Need, Translation } from '../translation.ts';
import { type AmazonFlag, amazonDefaults, amazonFlag, amazonFlags, readValue } from './flags.ts';
import { type FlagForm, type GoArgument, readGoArguments } from './go-arguments.ts';
import { readBoolean, readInteger } from './go-values.ts';
import { asksForDebug, klogFlagNames, klogForm } from './klog.ts';

type GivenFlag = Extract<GoArgument, { kind: 'flag' }>;

/** What a name means in front of a command. */
type Meaning =
  | { readonly of: 'ours'; readonly name: string; readonly setting: Setting<unknown> }
  | { readonly of: 'amazon'; readonly row: AmazonFlag }
  | { readonly of: 'klog' };

/**
 * Whose a name is, where several have it:
 *   1. Amazon's, where its webhook is stood in for,
 *   2. our setting's,
 *   3. Amazon's,
 *   4. klog's.
 */
function meaningOf(name: string, settings: Settings, isStandIn: boolean): Meaning | undefined {
  const row = amazonFlag(name);
  const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (row && isStandIn) return { of: 'amazon', row };
  if (setting && setting.isFileOnly !== true) return { of: 'ours', name, setting };
  if (row) return { of: 'amazon', row };
  return klogForm(name) === undefined ? undefined : { of: 'klog' };
}

/** As our setting reads it, where Go has more spellings; what is wrong with it, the setting says. */
function respelt(value: string, setting: Setting<unknown>, row: AmazonFlag | undefined): string {
  if (isSwitch(setting)) return readBoolean(value) ?? value;
  return row?.kind === 'integer' ? (readInteger(value) ?? value) : value;
}

const isSwitch = (setting: Setting<unknown>) => setting.placeholder === '';

function formOf(name: string, meaning: Meaning | undefined): FlagForm | undefined {
  if (meaning === undefined) return undefined;
  if (meaning.of === 'ours') return isSwitch(meaning.setting) ? 'switch' : 'value';
  if (meaning.of === 'amazon') return meaning.row.kind === 'switch' ? 'switch' : 'value';
  return klogForm(name);
}

/** Collects what the arguments say, one after the other; as in Go, the last one of a name counts. */
class Reading {
  readonly args: string[] = [];
  /** By setting, what a flag of Amazon's says. */
  readonly #given = new Map<string, string>();
  readonly withoutEffect: string[] = [];
  readonly profile: Record<string, RawValue> = {};
  readonly needs = new Map<string, Need>();
  readonly #settings: Settings;
  asksVersion = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  ours({ name, value }: GivenFlag, setting: Setting<unknown>): void {
    this.#given.delete(name);
    this.args.push(`--${name}=${respelt(value, setting, amazonFlag(name))}`);
  }

  klog({ name, value, raw }: GivenFlag): void {
    const isDebug = asksForDebug(name, value);
    if (isDebug !== undefined) delete this.profile['log-level'];
    if (isDebug && Object.hasOwn(this.#settings, 'log-level')) this.profile['log-level'] = 'debug';
    else this.withoutEffect.push(...raw);
  }

  amazons({ name, value: text, raw }: GivenFlag, row: AmazonFlag): Refusal | undefined {
    // An empty text is none, as Amazon's own defaults are.
    if (text === '' && row.kind === 'text') {
      if (typeof row.effect === 'object' && 'setting' in row.effect) this.#given.delete(row.effect.setting);
      return undefined;
    }
    const read = readValue(row, text);
    if ('problem' in read) {
      const summary = `Amazon’s flag of that name, ${row.kind === 'switch' ? 'a switch' : `by default ${row.fallback}`}`;
      return refuse('setting-invalid', { name: `--${name}`, value: text, problem: read.problem, summary });
    }
    if (!this.#apply(row, read.value)) this.withoutEffect.push(...raw);
    return undefined;
  }

  /** @returns whether it has an effect */
  #apply({ effect, name }: AmazonFlag, value: string): boolean {
    if (effect === 'none') return false;
    if (effect === 'version') {
      this.asksVersion = value === 'true';
    } else if ('setting' in effect) {
      if (!Object.hasOwn(this.#settings, effect.setting)) return false;
      this.#given.set(effect.setting, effect.converted?.(value) ?? value);
    } else if ('defaultOf' in effect) {
      if (!Object.hasOwn(this.#settings, effect.defaultOf)) return false;
      this.profile[effect.defaultOf] = effect.converted(value);
    } else if (value === 'true') {
      this.needs.set(name, { flag: `--${name}`, setting: effect.needs });
    } else {
      this.needs.delete(name);
    }
    return true;
  }

  translation(): Translation {
    const { asksVersion, needs, profile, withoutEffect } = this;
    const args = [...this.args, ...[...this.#given].map(([name, value]) => `--${name}=${value}`)];
    return { args, asksVersion, needs: [...needs.values()], profile, withoutEffect };
  }
}

const valueless = (name: string) => refuse('setting-flag-valueless', { flag: `--${name}` });

function unknown(flag: string, settings: Settings): Refusal {
  const known = [...amazonFlags.map(({ name }) => name), ...Object.keys(settings), ...klogFlagNames];
  const name = flag.replace(/^-+/, '').replace(/=.*$/s, '');
  const nearest = nearestName(name, known);
  const suggestion = nearest === undefined ? 'Leave it out.' : `Did you mean --${nearest}?`;
  return refuse('setting-flag-unknown', { flag: `--${name}`, suggestion });
}

const isHelp = (raw: readonly string[]) => /^--?h(elp)?$/.test(raw[0] ?? '');

/** Whether a flag is among the arguments that Amazon's webhook has. */
export function speaksAmazons({ args }: CommandLine, settings: Settings): boolean {
  const meaning = (name: string) => meaningOf(name, settings, true);
  return readGoArguments(args, (name) => formOf(name, meaning(name))).some(
    (argument) => argument.kind === 'flag' && meaning(argument.name)?.of !== 'ours',
  );
}

/** All of a line that was written for Amazon's webhook; flags of ours are taken beside its own. */
export function standInForAmazon({ args }: CommandLine, settings: Settings): Translation | Refusal {
  const meaning = (name: string) => meaningOf(name, settings, true);
  const reading = new Reading(settings);
  for (const argument of readGoArguments(args, (name) => formOf(name, meaning(name)))) {
    if (argument.kind === 'word') reading.withoutEffect.push(...argument.raw);
    else if (argument.kind === 'valueless') return valueless(argument.name);
    else if (isHelp(argument.raw)) reading.args.push('--help');
    else if (argument.kind === 'stranger') return unknown(argument.raw[0] ?? '', settings);
    else {
      const refusal = takeFlag(argument, meaning(argument.name), reading);
      if (refusal) return refusal;
    }
  }
  const translation = reading.translation();
  return { ...translation, profile: { ...amazonDefaults, ...translation.profile }, standsInFor: 'Amazon’s webhook' };
}

function takeFlag(flag: GivenFlag, meaning: Meaning | undefined, reading: Reading): Refusal | undefined {
  if (meaning?.of === 'ours') reading.ours(flag, meaning.setting);
  else if (meaning?.of === 'amazon') return reading.amazons(flag, meaning.row);
  else reading.klog(flag);
  return undefined;
}

/** Whether an Amazon flag is a setting of this command, by another name. */
function hasEffect(meaning: Meaning | undefined, settings: Settings): boolean {
  if (meaning?.of !== 'amazon' || typeof meaning.row.effect === 'string') return false;
  const { effect } = meaning.row;
  if ('needs' in effect) return true;
  return 'setting' in effect && Object.hasOwn(settings, effect.setting);
}

/**
 * A line of our own command. Where the aws profile is on, Amazon's names and Go's forms are taken; where it is asked for
 * outright, so is what has no effect here. All else is left as it stands.
 */
export function withAmazonNames(line: CommandLine, settings: Settings): Translation | Refusal {
  const meaning = (name: string) => meaningOf(name, settings, false);
  const found = readGoArguments(line.args, (name) => formOf(name, meaning(name)));
  const asked = profilesAsked(line);
  const isAsked = asked.includes('aws');
  if (asked.length > 0 && !isAsked) return { args: line.args };
  const reading = new Reading(settings);
  for (const argument of found) {
    const known = argument.kind === 'flag' ? meaning(argument.name) : undefined;
    if (argument.kind === 'flag' && known && (isAsked || known.of === 'ours' || hasEffect(known, settings))) {
      const refusal = takeFlag(argument, known, reading);
      if (refusal) return refusal;
    } else {
      reading.args.push(...argument.raw);
    }
  }
  return reading.translation();
}
