// Opening the registry's file: held by one process alone, ours and not a stranger's, and of a schema that we know.
import { closeSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';
import { integer } from './columns.ts';
import { codeOf, sqliteCodes, wordsOf } from './failures.ts';
import { applicationId, migrate, migrations } from './migrations.ts';

/** Before it, two connections could damage a database in WAL mode (https://www.sqlite.org/wal.html#walresetbug). */
const safeSqlite = '3.51.3';

/** Types of statfs(2) by whose locks no process can be kept out. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
]);

/**
 * Opens or makes the database, brings an older schema up to date, and holds it until it is closed.
 * @param file a path, or `:memory:`
 * @throws RefusedError `sqlite-too-old`, `data-unwritable`, `data-on-network`, `data-in-use`, `data-foreign`,
 * `data-newer`, `data-corrupt`
 */
export function openDatabase(file: string): DatabaseSync {
  refuseOldSqlite();
  if (file !== ':memory:') prepareFile(file);
  const database = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true, defensive: true });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF;');
    const refusal = refusalOfContent(database, file);
    if (refusal !== undefined) throw new RefusedError(refusal);
    // FULL: a commit returns when the disk has it; fullfsync is what that takes on macOS.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;');
    migrate(database, numberOf(database, 'user_version'));
    return database;
  } catch (error) {
    database.close();
    throw error instanceof RefusedError ? error : new RefusedError(refusalOfFailure(error, file));
  }
}

/** @throws RefusedError `sqlite-too-old` */
export function refuseOldSqlite(found = process.versions['sqlite'] ?? '0'): void {
  const isOlder = found.localeCompare(safeSqlite, 'en', { numeric: true }) < 0;
  if (isOlder) throw new RefusedError(refuse('sqlite-too-old', { found, needed: safeSqlite }));
}

/** Made here because SQLite would make it readable for everyone; its companions in WAL mode take the same rights. */
function prepareFile(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw new RefusedError(refuse('data-unwritable', { file, problem: systemProblem(error) }));
  }
  const kind = networkFileSystemOf(statfsSync(dirname(file)).type);
  if (kind !== undefined) throw new RefusedError(refuse('data-on-network', { file, kind }));
}

/** @param type as statfs(2) has it on Linux; elsewhere the numbers mean other things */
export function networkFileSystemOf(type: number, platform = process.platform): string | undefined {
  return platform === 'linux' ? networkFileSystems.get(type >>> 0) : undefined;
}

/** Reads only, so that a stranger's file stays as it was. */
export function refusalOfContent(database: DatabaseSync, file: string): Refusal | undefined {
  const known = migrations.length;
  const found = numberOf(database, 'user_version');
  if (numberOf(database, 'application_id') === applicationId) {
    return found > known ? refuse('data-newer', { file, found, known }) : undefined;
  }
  const isFresh =
    numberOf(database, 'application_id') === 0 && found === 0 && numberOf(database, 'schema_version') === 0;
  return isFresh ? undefined : refuse('data-foreign', { file });
}

export function numberOf(database: DatabaseSync, pragma: 'application_id' | 'user_version' | 'schema_version'): number {
  const row = database.prepare(`PRAGMA ${pragma}`).get();
  return row === undefined ? 0 : integer(row, pragma);
}

export function refusalOfFailure(error: unknown, file: string): Refusal {
  const code = codeOf(error);
  if (code === sqliteCodes.busy) return refuse('data-in-use', { file });
  if (code === sqliteCodes.notADatabase) return refuse('data-foreign', { file });
  // A plain error can only come of a schema that is not what its version says.
  const isDamaged = code === sqliteCodes.corrupt || code === sqliteCodes.error;
  if (isDamaged) return refuse('data-corrupt', { file, problem: wordsOf(error) });
  return refuse('data-unwritable', { file, problem: wordsOf(error) });
}
