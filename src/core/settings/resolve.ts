// Which value of a setting counts, and where it came from.
import { type Refusal, refuse } from '../refusals/index.ts';
import { Problem, type RawValue, type Setting, type Settings, type ValuesOf } from './kinds.ts';

export type Origin = 'flag' | 'environment' | 'file' | 'profile' | 'default';

export interface SettingSources {
  /** By the flag's name without its dashes. */
  readonly flags: Readonly<Record<string, RawValue>>;
  /** All environment variables; only `PODIAM_…` of known settings and `variables` are read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By setting, what another program calls its variable. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** The configuration file's members; empty without a file. */
  readonly file: Readonly<Record<string, RawValue>>;
  /** What holds unless more is said: the values of the platform, or of the program that is stood in for. */
  readonly profile?: Readonly<Record<string, RawValue>> | undefined;
  /** How people know that file. */
  readonly fileName?: string | undefined;
}

export interface Resolved<Definitions extends Settings> {
  readonly values: ValuesOf<Definitions>;
  readonly origins: ReadonlyMap<string, Origin>;
}

/** `token-audience` is `PODIAM_TOKEN_AUDIENCE`. */
export function environmentName(name: string): string {
  return `PODIAM_${name.toUpperCase().replaceAll('-', '_')}`;
}

interface Found {
  readonly origin: Origin;
  readonly raw: RawValue;
  /** Where it came from the environment. */
  readonly variable?: string;
}

/**
 * The first of these that is given counts:
 *   1. the flag,
 *   2. the environment variable (an empty one counts as not given),
 *   3. the other program's variable, where one is read,
 *   4. the configuration file,
 *   5. the profile, or the program that is stood in for,
 *   6. the setting's default.
 */
function given(name: string, { isFileOnly }: Setting<unknown>, sources: SettingSources): Found | undefined {
  const { environment, file, flags, profile = {}, variables = {} } = sources;
  if (flags[name] !== undefined) return { origin: 'flag', raw: flags[name] };
  for (const variable of isFileOnly ? [] : [environmentName(name), variables[name] ?? '']) {
    if (environment[variable]) return { origin: 'environment', raw: environment[variable], variable };
  }
  if (file[name] !== undefined) return { origin: 'file', raw: file[name] };
  return profile[name] === undefined ? undefined : { origin: 'profile', raw: profile[name] };
}

function nameAt(found: Found | undefined, name: string, fileName = 'configuration file'): string {
  if (found?.origin === 'flag') return `--${name}`;
  return found?.variable ?? `${name} (${fileName})`;
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
export function isComplete<Definitions extends Settings>(
  definitions: Definitions,
  values: Readonly<Record<string, unknown>>,
): values is ValuesOf<Definitions> {
  return Object.keys(definitions).every((name) => Object.hasOwn(values, name));
}

interface Fault {
  readonly name: string;
  readonly setting: Setting<unknown>;
  readonly found: Found | undefined;
  readonly problem: Problem;
  readonly fileName: string | undefined;
}

function invalid({ name, setting, found, problem, fileName }: Fault): Refusal {
  const { place, text } = problem;
  return refuse('setting-invalid', {
    name: nameAt(found, name + (place?.path ?? ''), fileName),
    value: shown(place ? place.raw : found?.raw),
    problem: text,
    summary: place?.summary ?? setting.summary,
  });
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
    const found = given(name, setting, sources);
    const value = found === undefined ? setting.fallback : setting.read(found.raw);
    if (value instanceof Problem) return invalid({ name, setting, found, problem: value, fileName: sources.fileName });
    values[name] = value;
    origins.set(name, found?.origin ?? 'default');
  }
  if (!isComplete(definitions, values)) throw new Error('a setting was passed over');
  return { values, origins };
}
