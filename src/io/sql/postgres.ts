// The registry on PostgreSQL: several replicas on one database, each of which can be ended at any moment.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { Quotas } from '../../core/registry/index.ts';
import { assembleRegistry } from './assemble.ts';
import { PostgresAppender } from './postgres-append.ts';
import { happened, postgresEngine } from './postgres-engine.ts';
import { isPassing, postgresWords } from './postgres-failures.ts';
import { PostgresFeed } from './postgres-feed.ts';
import { migratePostgres, postgresSchema } from './postgres-migrate.ts';
import { openPool, type PostgresAddress } from './postgres-pool.ts';
import { pauseMs } from './postgres-retry.ts';
import type { Registry } from './registry.ts';
import type { SchemaState } from './schema-state.ts';

export interface PostgresOptions {
  /** As libpq has it: `postgres://user:password@host:5432/database?sslmode=verify-full`. */
  readonly url: string;
  /** Connections of this replica, beside the one that follows changes. */
  readonly connections?: number;
  /** Until a connection stands. */
  readonly connectTimeoutMs?: number;
  /** Until a statement is answered. */
  readonly queryTimeoutMs?: number;
  /** How often changes are asked for where no notification comes. */
  readonly pollMs?: number;
  /** Sessions and events that may wait for the database. */
  readonly mostQueued?: number;
  /** Sessions and events that share one commit at most. */
  readonly mostPerCommit?: number;
  /** How much each account may keep; AWS's defaults where it is left out. */
  readonly quotas?: Quotas | undefined;
  /** Told how many sessions and events each commit carried. */
  readonly onCommit?: (records: number) => void;
  /** Told what goes wrong in the background and is tried again, in words without a secret. */
  readonly onProblem?: (problem: string) => void;
  /** Ends the waiting for a database that is not there yet. */
  readonly stop?: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Tried this often, and begun no later, before a caller is told that the database cannot be reached. */
const limits = { attempts: 8, withinMs: 5000 };

const longestStartPauseMs = 10_000;
const longestMigrationMs = 3_600_000;

/** Waits for a database that is not there yet, as when everything starts at once, until it is told to stop. */
async function migratePatiently(address: PostgresAddress, options: PostgresOptions): Promise<void> {
  // A step may take its time, and so may whoever migrates at the moment.
  const limits = { connections: 1, mostWaiting: 1 };
  const pool = openPool({ ...address, queryTimeoutMs: longestMigrationMs }, limits, () => {});
  try {
    await untilReachable(() => migratePostgres(pool), options);
  } finally {
    await pool.end();
  }
}

async function untilReachable(
  attemptOnce: () => Promise<void>,
  { stop, onProblem }: Pick<PostgresOptions, 'stop' | 'onProblem'>,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await attemptOnce();
    } catch (error) {
      if (!isPassing(error)) throw refusedOf(error);
      onProblem?.(`the database cannot be reached: ${postgresWords(error)}`);
      await wait(pauseMs(attempt, longestStartPauseMs), undefined, { ...(stop && { signal: stop }) }).catch(() => {});
      if (stop?.aborted === true) throw refusedOf(error);
    }
  }
}

function refusedOf(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error;
  return new RefusedError(refuse('database-unusable', { problem: postgresWords(error) }), { cause: error });
}

/**
 * The schema of the database. Changes nothing.
 * @throws RefusedError `database-newer`, `database-unusable`
 */
export async function checkPostgres(options: PostgresOptions): Promise<SchemaState> {
  const pool = openPool(addressOf(options), { connections: 1, mostWaiting: 1 }, () => {});
  try {
    return await postgresSchema(pool);
  } catch (error) {
    throw refusedOf(error);
  } finally {
    await pool.end();
  }
}

/** Marks of commits are asked for within seconds. */
const keptMarksMs = 3_600_000;
const forgetMarksMs = 600_000;

function addressOf({ url, connectTimeoutMs = 3000, queryTimeoutMs = 4000 }: PostgresOptions): PostgresAddress {
  return { url, connectTimeoutMs, queryTimeoutMs };
}

/**
 * Opens the registry, bringing the schema up to date; waits for the database where it does not answer yet.
 * @throws RefusedError `database-newer`, `database-foreign`, `database-unusable`
 */
export async function openPostgresRegistry(options: PostgresOptions): Promise<Registry> {
  const { connections = 10, pollMs = 1000, mostQueued = 10_000, mostPerCommit = 256 } = options;
  const { onCommit = () => {}, onProblem = () => {}, now = Date.now } = options;
  const address = addressOf(options);
  await migratePatiently(address, options);
  const tellProblem = (error: unknown) => onProblem(postgresWords(error));
  const pool = openPool(address, { connections, mostWaiting: 1000 }, tellProblem);
  const feed = new PostgresFeed({ address, pollMs, onProblem: tellProblem });
  const engine = postgresEngine({
    pool,
    limits,
    now,
    serverTimeoutMs: address.queryTimeoutMs,
    onChanges: (changes) => feed.tell(changes),
  });
  const appender = new PostgresAppender({ pool, limits, now, mostQueued, mostPerCommit, onCommit });
  const forgetMarks = () =>
    pool.lend((connection) => connection.query('DELETE FROM commits WHERE at < $1', [now() - keptMarksMs]));
  const timer = setInterval(() => void forgetMarks().catch(tellProblem), forgetMarksMs);
  timer.unref();
  await feed.start(options.stop);
  return assembleRegistry({
    kind: 'postgresql',
    quotas: options.quotas,
    engine,
    append: (session, event) => appender.add(session, event),
    feed,
    // Its own tools do it better than a copy through here could.
    backup: () => Promise.resolve(refuse('backup-elsewhere', {})),
    health: async () => {
      try {
        // A write, since a server that only reads would serve nobody; a mark, since it keeps nobody waiting.
        await happened(pool, randomUUID(), now());
        return { isWell: true, problem: '' };
      } catch (error) {
        return { isWell: false, problem: postgresWords(error) };
      }
    },
    load: () => ({ queued: appender.length, connections: pool.counts() }),
    close: async () => {
      clearInterval(timer);
      await appender.close();
      await feed.stop();
      await pool.end();
    },
  });
}
