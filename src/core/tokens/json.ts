// What strict JSON left unknown, told apart by small guards.

export { isObject, type JsonObject } from '../wire/index.ts';

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
