// Values that have members, such as a row of a list in the configuration file: each member is read by a setting of its own.
import { isObject } from '../wire/index.ts';
import { Problem, type RawValue, type Settings, type ValuesOf } from './kinds.ts';
import { isComplete, nearestName } from './resolve.ts';

function unknownMember(definitions: Settings, name: string, raw: RawValue, path: string): Problem {
  const known = Object.keys(definitions);
  const nearest = nearestName(name, known);
  const summary = nearest === undefined ? `nothing; there are ${known.join(', ')}` : `${nearest}, perhaps`;
  return new Problem('is under a name that is not known here', { path: `${path}.${name}`, raw, summary });
}

/**
 * The members of a mapping, with defaults for those that it lacks, or the first that is wrong.
 * @param path where the mapping stands, such as `[0]`
 * @param summary what the mapping is
 */
export function readMembers<Definitions extends Settings>(
  definitions: Definitions,
  raw: RawValue,
  path: string,
  summary: string,
): ValuesOf<Definitions> | Problem {
  if (!isObject(raw)) return new Problem('is no mapping', { path, raw, summary });
  const stranger = Object.keys(raw).find((name) => !Object.hasOwn(definitions, name));
  if (stranger !== undefined) return unknownMember(definitions, stranger, raw[stranger], path);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(definitions)) {
    const given = raw[name];
    const value = given === undefined ? setting.fallback : setting.read(given);
    if (value instanceof Problem) {
      return new Problem(value.text, { path: `${path}.${name}`, raw: given, summary: setting.summary });
    }
    values[name] = value;
  }
  if (!isComplete(definitions, values)) throw new Error('a member was passed over');
  return values;
}
