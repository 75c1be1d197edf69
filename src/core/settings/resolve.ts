// Which value of a setting counts, and where it came from.
import { type Refusal, refuse } from '../refusals/index.ts';
import { Problem, type RawValue, type Settings, type ValuesOf } from './kinds.ts';

export type Origin = 'flag' | 'environment' | 'file' | 'default';

export interface SettingSources {
  /** By the flag's name without its dashes. */
  readonly flags: Readonly<Record<string, RawValue>>;
  /** All environment variables; only `PODIAM_…` of known settings are read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The configuration file's members; empty without a file. */
  readonly file: Readonly<Record<string, RawValue>>;
}

export interface Resolved<Definitions extends Settings> {
  readonly values: ValuesOf<Definitions>;
  readonly origins: ReadonlyMap<string, Origin>;
}

/** `token-audience` is `PODIAM_TOKEN_AUDIENCE`. */
export function environmentName(name: string): string {
  return `PODIAM_${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The first of these that is given counts:
 *   1. the flag,
 *   2. the environment variable (an empty one counts as not given),
 *   3. the configuration file,
 *   4. the setting's default.
 */
function given(name: string, sources: SettingSources): { origin: Origin; raw: RawValue } | undefined {
  const variable = sources.environment[environmentName(name)];
  if (sources.flags[name] !== undefined) return { origin: 'flag', raw: sources.flags[name] };
  if (variable !== undefined && variable !== '') return { origin: 'environment', raw: variable };
  if (sources.file[name] !== undefined) return { origin: 'file', raw: sources.file[name] };
  return undefined;
}

function nameAt(origin: Origin, name: string): string {
  if (origin === 'flag') return `--${name}`;
  return origin === 'environment' ? environmentName(name) : `${name} (configuration file)`;
}

const longestValue = 80;

/** A value in a sentence: text as it is, anything else that YAML has as JSON. */
function shown(raw: RawValue): string {
  if (typeof raw === 'string') return raw;
  try {
    const json = JSON.stringify(raw) ?? String(raw);
    return json.length > longestValue ? `${json.slice(0, longestValue)}…` : json;
  } catch {
    return 'a value that contains itself';
  }
}

/** Edit distance, for the suggestion behind a misspelt name (Wagner and Fischer, one row at a time). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

export function nearestName(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, apart: distance(name.slice(0, 60), candidate) }))
    .sort((a, b) => a.apart - b.apart);
  return best && best.apart <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

function unknownMember(definitions: Settings, file: SettingSources['file']): Refusal | undefined {
  const stranger = Object.keys(file).find((name) => !Object.hasOwn(definitions, name));
  if (stranger === undefined) return undefined;
  const nearest = nearestName(stranger, Object.keys(definitions));
  return refuse('setting-unknown', {
    name: stranger,
    suggestion: nearest === undefined ? 'Leave it out.' : `Did you mean ${nearest}?`,
  });
}

/** Each value came from its own setting's `read` or default: with every name there, the whole has the type it promises. */
function isComplete<Definitions extends Settings>(
  definitions: Definitions,
  values: Readonly<Record<string, unknown>>,
): values is ValuesOf<Definitions> {
  return Object.keys(definitions).every((name) => Object.hasOwn(values, name));
}

/** Every setting's value and origin, or the first that is wrong. */
export function resolveSettings<Definitions extends Settings>(
  definitions: Definitions,
  sources: SettingSources,
): Resolved<Definitions> | Refusal {
  const unknown = unknownMember(definitions, sources.file);
  if (unknown) return unknown;
  const values: Record<string, unknown> = {};
  const origins = new Map<string, Origin>();
  for (const [name, setting] of Object.entries(definitions)) {
    const found = given(name, sources);
    const value = found === undefined ? setting.fallback : setting.read(found.raw);
    if (value instanceof Problem) {
      const origin = found?.origin ?? 'default';
      return refuse('setting-invalid', {
        name: nameAt(origin, name),
        value: shown(found?.raw),
        problem: value.text,
        summary: setting.summary,
      });
    }
    values[name] = value;
    origins.set(name, found?.origin ?? 'default');
  }
  if (!isComplete(definitions, values)) throw new Error('a setting was passed over');
  return { values, origins };
}
