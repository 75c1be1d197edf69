// Bringing PostgreSQL's schema up to date: all steps in one transaction, by one replica at a time. Whoever dies in the middle
// leaves nothing behind, and the next one begins anew.
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { integer } from './columns.ts';
import { inTransaction } from './postgres-engine.ts';
import { sqlState } from './postgres-failures.ts';
import type { Connection, PostgresPool } from './postgres-pool.ts';
import { type PostgresMigration, postgresMigrations } from './postgres-schema.ts';
import type { SchemaState } from './schema-state.ts';

/** `podi` in ASCII: the lock of whoever migrates. It ends with the transaction, so it holds behind a transaction pooler. */
const migrationLock = 0x706f6469;

const isMigrated = `SELECT count(*) AS tables FROM pg_class WHERE oid = to_regclass('podiam_migrations')`;
const newest = 'SELECT version, least FROM podiam_migrations ORDER BY version DESC LIMIT 1';

async function foundIn(connection: Connection): Promise<{ found: number; least: number }> {
  const [migrated] = await connection.query(isMigrated);
  const [row] = migrated && integer(migrated, 'tables') > 0 ? await connection.query(newest) : [];
  return row ? { found: integer(row, 'version'), least: integer(row, 'least') } : { found: 0, least: 0 };
}

function refuseNewer({ found, least }: { found: number; least: number }, known: number): void {
  if (least > known) throw new RefusedError(refuse('database-newer', { found, known }));
}

/** The schema as it is. Changes nothing. @throws RefusedError `database-newer` */
export async function postgresSchema(pool: PostgresPool, steps = postgresMigrations): Promise<SchemaState> {
  const state = await pool.lend(foundIn);
  refuseNewer(state, steps.length);
  return { found: state.found, known: steps.length, pending: steps.slice(state.found).map(({ about }) => about) };
}

/** duplicate_table: tables of those names, but not ours. */
const duplicateTable = '42P07';

/** @throws RefusedError `database-newer`, `database-foreign` */
export async function migratePostgres(
  pool: PostgresPool,
  steps: readonly PostgresMigration[] = postgresMigrations,
): Promise<void> {
  // Nothing to do is found out without waiting for anybody.
  const { pending } = await postgresSchema(pool, steps);
  if (pending.length === 0) return;
  try {
    await pool.lend((connection) => inTransaction(connection, 'BEGIN', () => migrate(connection, steps)));
  } catch (error) {
    throw sqlState(error) === duplicateTable
      ? new RefusedError(refuse('database-foreign', {}), { cause: error })
      : error;
  }
}

async function migrate(connection: Connection, steps: readonly PostgresMigration[]): Promise<void> {
  await connection.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
  const state = await foundIn(connection);
  refuseNewer(state, steps.length);
  if (state.found === 0) {
    await connection.command(
      'CREATE TABLE podiam_migrations (version integer PRIMARY KEY, least integer NOT NULL, about text NOT NULL)',
    );
  }
  for (const [index, { about, least, sql }] of steps.entries()) {
    if (index < state.found) continue;
    await connection.command(sql);
    const record = 'INSERT INTO podiam_migrations (version, least, about) VALUES ($1, $2, $3)';
    await connection.query(record, [index + 1, least, about]);
  }
  await connection.command('COMMIT');
}
