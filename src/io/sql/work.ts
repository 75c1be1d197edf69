// Work on the database, written once for both engines: a generator that yields statements and is handed their rows. SQLite
// runs it without leaving the turn of the event loop, so that nothing can come in between; PostgreSQL awaits each answer.

import { Refusal } from '../../core/refusals/index.ts';
import type { Change, ChangedKind } from '../../core/registry/index.ts';
import type { Row } from './columns.ts';

export type Value = string | number | Uint8Array | null;

export interface Statement {
  /** Parameters are `?`; no literal contains one. */
  readonly sql: string;
  readonly values: readonly Value[];
}

export type Work<Result> = Generator<Statement, Result, readonly Row[]>;

/** A text as both engines keep it: PostgreSQL takes no NUL and no half of a surrogate pair. */
export function storable<Kept extends Value>(value: Kept): Kept | string {
  if (typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))) return value;
  return value.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** The statement's rows. */
export function* rowsOf(sql: string, values: readonly Value[] = []): Work<readonly Row[]> {
  return yield { sql, values: values.map(storable) };
}

/** Its first row. */
export function* rowOf(sql: string, values: readonly Value[] = []): Work<Row | undefined> {
  const [row] = yield* rowsOf(sql, values);
  return row;
}

/** A transaction that changes something: its place in the order of all of them, and what it changed. */
export interface Writing {
  readonly position: number;
  readonly changes: Change[];
}

/** Puts on record that something changed, for whoever remembers it. */
export function* changed(writing: Writing, kind: ChangedKind, accountId: string, id: string): Work<void> {
  const { position, changes } = writing;
  changes.push({ position, kind, accountId, id });
  yield* rowsOf('INSERT INTO changes (position, ordinal, kind, account_id, id) VALUES (?, ?, ?, ?, ?)', [
    position,
    changes.length,
    kind,
    accountId,
    id,
  ]);
}

/**
 * A transaction. Its first statement takes the registry's clock one step on and so waits for every other that changes
 * something: they happen one after the other on both engines, and positions are seen in their order.
 */
export function* transaction<Result>(
  body: (writing: Writing) => Work<Result>,
): Work<{ readonly result: Result; readonly writing: Writing }> {
  const row = yield* rowOf('UPDATE clock SET position = position + 1 RETURNING position');
  const position = row?.['position'];
  if (typeof position !== 'number') throw new TypeError('the registry has no clock');
  const writing: Writing = { position, changes: [] };
  const result = yield* body(writing);
  return { result, writing };
}

/** Whether a transaction that ended so is undone: a refusal changes nothing, and what changed nothing need not be written. */
export function isUndone(result: unknown, writing: Writing): boolean {
  return result instanceof Refusal || writing.changes.length === 0;
}

/** What the records of each kind are built on. */
export interface Engine {
  /** A single statement, or several between which others may write. */
  read<Result>(work: () => Work<Result>): Promise<Result>;
  /** Several statements that see the same moment. */
  snapshot<Result>(work: () => Work<Result>): Promise<Result>;
  /** In one transaction, alone; a `Refusal` as its result undoes it. Run again from the start where the engine says so. */
  write<Result>(body: (writing: Writing) => Work<Result>): Promise<Result>;
  /** In one transaction outside that order: for what nobody remembers, and nobody waits for. */
  batch<Result>(work: () => Work<Result>): Promise<Result>;
}
