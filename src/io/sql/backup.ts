// Backups of the registry's file: copied while it is in use, and put back only where nothing is.
import { closeSync, constants, existsSync, fsyncSync, openSync } from 'node:fs';
import { chmod, copyFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';
import { text } from './columns.ts';
import { wordsOf } from './failures.ts';
import { numberOf, refusalOfContent, refusalOfFailure, refuseOldSqlite } from './file.ts';
import { migrations } from './migrations.ts';
import type { SchemaState } from './schema-state.ts';

/** Pages that are copied at once, between which everything else goes on: a MiB. */
const pagesAtOnce = 256;

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const mostAttempts = 1000;
const pauseMs = 5;

/**
 * Node takes it for a failure, without a code, when the very first step finds the connection within a transaction, whose
 * statements other threads may come between; later steps wait by themselves.
 */
const isBegunTooSoon = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === 0;

async function copy(database: DatabaseSync, file: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await backup(database, file, { rate: pagesAtOnce });
      return;
    } catch (error) {
      if (!isBegunTooSoon(error)) throw error;
      if (attempt === mostAttempts) throw new Error('it is written to without a pause', { cause: error });
      await wait(pauseMs);
    }
  }
}

/** Copies what is on record at the end of copying; writes in between are copied again (https://www.sqlite.org/backup.html). */
export async function backupSqlite(database: DatabaseSync, file: string): Promise<Refusal | undefined> {
  try {
    // Made here because SQLite would make it readable for everyone, and would write over what is there.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (existsSync(file)) return refuse('backup-exists', { file });
    return refuse('backup-failed', { file, problem: systemProblem(error) });
  }
  try {
    await copy(database, file);
    sync(file);
    sync(dirname(file));
    return undefined;
  } catch (error) {
    await unlink(file).catch(() => {});
    return refuse('backup-failed', { file, problem: wordsOf(error) });
  }
}

/** Without a log beside it nothing can be missed by not looking for one, and no companion files are left behind. */
function addressOf(file: string): string {
  if (existsSync(`${file}-wal`)) return file;
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return url.href;
}

/** Opens a file that nobody uses, to look at it only. */
function lookAt<Result>(file: string, look: (database: DatabaseSync) => Result | Refusal): Result | Refusal {
  refuseOldSqlite();
  if (!existsSync(file)) return refuse('data-unwritable', { file, problem: 'it is not there' });
  try {
    const database = new DatabaseSync(addressOf(file), { readOnly: true, timeout: 0 });
    try {
      return refusalOfContent(database, file) ?? look(database);
    } finally {
      database.close();
    }
  } catch (error) {
    return error instanceof RefusedError ? error.refusal : refusalOfFailure(error, file);
  }
}

/** The schema of a registry's file, which nobody may be using. Changes nothing. */
export function sqliteSchema(file: string): SchemaState | Refusal {
  return lookAt(file, (database) => {
    const found = numberOf(database, 'user_version');
    return { found, known: migrations.length, pending: migrations.slice(found).map(({ about }) => about) };
  });
}

function damageOf(file: string): Refusal | undefined {
  const words = lookAt(file, (database) => {
    const row = database.prepare('PRAGMA integrity_check(1)').get();
    return row ? text(row, 'integrity_check') : 'it cannot be checked';
  });
  if (words instanceof Refusal) return words;
  return words === 'ok' ? undefined : refuse('data-corrupt', { file, problem: words });
}

/**
 * Puts a backup in the place of a registry that is not there; whoever opens it brings it up to date. A `Refusal` is
 * `backup-exists`, `backup-failed`, or what is wrong with the backup: `data-foreign`, `data-newer`, `data-corrupt`.
 */
export async function restoreSqlite(backupFile: string, file: string): Promise<Refusal | undefined> {
  const damage = damageOf(backupFile);
  if (damage) return damage;
  const taken = [file, `${file}-wal`, `${file}-journal`].find((path) => existsSync(path));
  if (taken !== undefined) return refuse('backup-exists', { file: taken });
  try {
    await copyFile(backupFile, file, constants.COPYFILE_EXCL);
    await chmod(file, 0o600);
    sync(file);
    sync(dirname(file));
    return undefined;
  } catch (error) {
    return refuse('backup-failed', { file, problem: systemProblem(error) });
  }
}
