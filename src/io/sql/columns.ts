// Columns read with their type checked: a damaged or foreign row ends here and not as a wrong decision.

export type Row = Readonly<Record<string, unknown>>;

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`the column ${column} holds no text`);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`the column ${column} holds no integer`);
  return value;
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new TypeError(`the column ${column} holds no bytes`);
  // A plain array of its own: PostgreSQL's client hands out views into what it received.
  return new Uint8Array(value);
}

/** One of a few texts. */
export function choice<const Choice extends string>(row: Row, column: string, choices: readonly Choice[]): Choice {
  const value = text(row, column);
  const found = choices.find((candidate) => candidate === value);
  if (found === undefined) throw new TypeError(`the column ${column} holds none of ${choices.join(', ')}`);
  return found;
}

/** JSON in a column of text, made sure of. */
export function json<Value>(row: Row, column: string, isValue: (value: unknown) => value is Value): Value {
  const value: unknown = JSON.parse(text(row, column));
  if (!isValue(value)) throw new TypeError(`the column ${column} holds other JSON than it should`);
  return value;
}

export const isText = (value: unknown): value is string => typeof value === 'string';

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function listOf<Element>(isElement: (value: unknown) => value is Element) {
  return (value: unknown): value is readonly Element[] => Array.isArray(value) && value.every(isElement);
}

/** The member where the column says anything: columns of text are empty, and times 0, where a record has nothing to say. */
export function given<const Name extends string, Value>(name: Name, value: Value): { readonly [Key in Name]?: Value } {
  const members: { [Key in Name]?: Value } = {};
  if (value !== '' && value !== 0) members[name] = value;
  return members;
}
