// Reading JSON that strangers wrote: what is there and has the right type, and nothing copied.

import { isObject, type JsonObject } from '../wire/index.ts';

export { isObject, type JsonObject };

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The member's text; empty where it is absent or no text. */
export function textOf(object: JsonObject, member: string): string {
  const value = object[member];
  return typeof value === 'string' ? value : '';
}

/** The member as an object; undefined where it is absent or none. */
export function objectOf(object: JsonObject, member: string): JsonObject | undefined {
  const value = object[member];
  return isObject(value) ? value : undefined;
}

/** The member's items; none where it is absent or no list. */
export function itemsOf(object: JsonObject, member: string): readonly unknown[] {
  const value = object[member];
  return isList(value) ? value : [];
}

/** Annotations or labels: own members that are texts, whatever the key is called. */
export type Texts = JsonObject;

/** The text under a key; undefined where it is absent, no text, or blank: templates leave such behind. */
export function givenText(texts: Texts, key: string): string | undefined {
  const value = statedText(texts, key);
  return value !== undefined && value.trim() !== '' ? value : undefined;
}

/** The text under a key, blank or not; undefined where it is absent or no text. */
export function statedText(texts: Texts, key: string): string | undefined {
  const value = Object.hasOwn(texts, key) ? texts[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
