// Columns read with their type checked: a damaged or foreign row ends here and not as a wrong decision.
import type { SQLOutputValue } from 'node:sqlite';

export type Row = Readonly<Record<string, SQLOutputValue>>;

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
  return value;
}

/** A JSON array in a column of text, each element made sure of. */
export function list<Element>(
  row: Row,
  column: string,
  isElement: (value: unknown) => value is Element,
): readonly Element[] {
  const value: unknown = JSON.parse(text(row, column));
  if (!Array.isArray(value) || !value.every(isElement)) throw new TypeError(`the column ${column} holds no such list`);
  return value;
}
