// What JSON and YAML left unknown, told apart by small guards.

import { isObject, type JsonObject } from '../../core/wire/index.ts';

export { isObject, type JsonObject };

/** The member's text; undefined where it is absent, empty or no text. */
export function textAt(object: JsonObject, member: string): string | undefined {
  const value = object[member];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value of a JSON text; undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
