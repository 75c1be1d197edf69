// PostgreSQL runs work statement by statement. What changes something holds the registry's clock until it is committed, so
// that it happens alone, as on SQLite; what is only read waits for nothing.
import { randomUUID } from 'node:crypto';
import type { Change } from '../../core/registry/index.ts';
import { isLost, postgresUnavailable } from './postgres-failures.ts';
import type { Connection, PostgresPool } from './postgres-pool.ts';
import { type RetryLimits, retrying } from './postgres-retry.ts';
import { type Engine, isUndone, type Statement, transaction, type Work, type Writing } from './work.ts';

/** `?` as PostgreSQL has it: `$1`, `$2` … Each text is turned once. */
function numbered(): (sql: string) => string {
  const turned = new Map<string, string>();
  return (sql) => {
    const kept = turned.get(sql);
    if (kept !== undefined) return kept;
    let count = 0;
    const text = sql.replace(/\?/g, () => {
      count += 1;
      return `$${count}`;
    });
    turned.set(sql, text);
    return text;
  };
}

const turn = numbered();

async function run<Result>(connection: Connection, work: Work<Result>): Promise<Result> {
  let step: IteratorResult<Statement, Result> = work.next([]);
  while (step.done !== true) {
    const { sql, values } = step.value;
    step = work.next(await connection.query(turn(sql), values));
  }
  return step.value;
}

/** A transaction, rolled back where it fails; a connection that was lost does that by itself. */
export async function inTransaction<Result>(
  connection: Connection,
  begin: string,
  body: () => Promise<Result>,
): Promise<Result> {
  await connection.command(begin);
  try {
    return await body();
  } catch (error) {
    if (!isLost(error)) await connection.command('ROLLBACK');
    throw error;
  }
}

/** Notified with every commit that changed something; what changed stands in the table. */
export const changesChannel = 'podiam_changes';

/**
 * Leaves the mark by which it can be found out later whether this very commit happened. A mark that is still being
 * written is waited for.
 */
const leaveMark = 'INSERT INTO commits (id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id';
const notify = `SELECT pg_notify('${changesChannel}', '')`;

export interface PostgresEngineOptions {
  readonly pool: PostgresPool;
  readonly limits: RetryLimits;
  /** Milliseconds that the server lets a statement, or a transaction that does nothing, go on. */
  readonly serverTimeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what a transaction changed, once it is committed. */
  readonly onChanges: (changes: readonly Change[]) => void;
}

/**
 * Whether a commit with this mark happened. Where it did not, the mark is left in its place, and it can happen no more:
 * whoever comes later with the same one is refused.
 */
export async function happened(pool: PostgresPool, mark: string, now: number): Promise<boolean> {
  const rows = await pool.lend((connection) => connection.query(leaveMark, [mark, now]));
  return rows.length === 0;
}

export function postgresEngine({ pool, limits, serverTimeoutMs, now, onChanges }: PostgresEngineOptions): Engine {
  // A client that died in the middle must not hold the clock; set here because poolers take no start-up parameters.
  const bounds = ['statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout']
    .map((name) => `SET LOCAL ${name} = ${Math.trunc(serverTimeoutMs)}`)
    .join('; ');
  const begin = `BEGIN; ${bounds}`;
  const beginSnapshot = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${bounds}`;

  const asked = async <Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> => {
    try {
      return await retrying(limits, () => pool.lend(work));
    } catch (error) {
      throw postgresUnavailable(error);
    }
  };

  const committed = async <Result>(connection: Connection, opening: string, work: () => Work<Result>) =>
    inTransaction(connection, opening, async () => {
      const result = await run(connection, work());
      await connection.command('COMMIT');
      return result;
    });

  async function write<Result>(body: (writing: Writing) => Work<Result>): Promise<Result> {
    /** A commit whose answer is not known yet. */
    let unanswered: { readonly mark: string; readonly finish: () => Result } | undefined;
    const attempt = async (connection: Connection): Promise<Result> => {
      const { result, writing } = await run(connection, transaction(body));
      if (isUndone(result, writing)) {
        await connection.command('ROLLBACK');
        return result;
      }
      const mark = randomUUID();
      await connection.query(leaveMark, [mark, now()]);
      await connection.command(notify);
      const finish = () => {
        onChanges(writing.changes);
        return result;
      };
      unanswered = { mark, finish };
      await connection.command('COMMIT');
      return finish();
    };
    return retrying(limits, async () => {
      if (unanswered !== undefined && (await happened(pool, unanswered.mark, now()))) return unanswered.finish();
      unanswered = undefined;
      return pool.lend((connection) => inTransaction(connection, begin, () => attempt(connection)));
    });
  }

  return {
    read: (work) => asked((connection) => run(connection, work())),
    snapshot: (work) => asked((connection) => committed(connection, beginSnapshot, work)),
    batch: (work) => asked((connection) => committed(connection, begin, work)),
    write: async (body) => {
      try {
        return await write(body);
      } catch (error) {
        throw postgresUnavailable(error);
      }
    },
  };
}
