// SQLite runs work without leaving the turn of the event loop: what one caller reads and writes, no other comes in between.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Change } from '../../core/registry/index.ts';
import { asked } from './failures.ts';
import { type Engine, isUndone, type Statement, transaction, type Work } from './work.ts';

/** Each text is compiled once; there are about a hundred of them, and lists by filter some more. */
function statementsOf(database: DatabaseSync): (sql: string) => StatementSync {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    const kept = prepared.get(sql);
    if (kept) return kept;
    const statement = database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
}

/** @param onChanges told of what a transaction changed, once it is on the disk */
export function sqliteEngine(database: DatabaseSync, onChanges: (changes: readonly Change[]) => void): Engine {
  const prepare = statementsOf(database);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');

  function run<Result>(work: Work<Result>): Result {
    let step: IteratorResult<Statement, Result> = work.next([]);
    while (step.done !== true) {
      const { sql, values } = step.value;
      step = work.next(prepare(sql).all(...values));
    }
    return step.value;
  }

  /** Commits what `isKept` says of the result; undoes everything else. */
  function transact<Result>(work: Work<Result>, isKept: (result: Result) => boolean): Result {
    begin.run();
    try {
      const result = run(work);
      (isKept(result) ? commit : rollback).run();
      return result;
    } catch (error) {
      // SQLite may have rolled back by itself (https://www.sqlite.org/lang_transaction.html, section 3).
      if (database.isTransaction) rollback.run();
      throw error;
    }
  }

  const read = <Result>(work: () => Work<Result>) => asked(() => run(work()));
  return {
    read,
    snapshot: read,
    write: (body) =>
      asked(() => {
        const { result, writing } = transact(transaction(body), ({ result, writing }) => !isUndone(result, writing));
        if (!isUndone(result, writing)) onChanges(writing.changes);
        return result;
      }),
    batch: (work) => asked(() => transact(work(), () => true)),
  };
}
