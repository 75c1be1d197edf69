// Group commit on PostgreSQL: what waits while a commit is under way goes with the next one, in a single statement. The
// statement leaves a mark, so that one whose answer was lost can be sent again: the mark tells that it happened already.
import { randomUUID } from 'node:crypto';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { AuditEvent, SessionRecord } from '../../core/registry/index.ts';
import { auditColumns, auditValues } from './audit.ts';
import { happened } from './postgres-engine.ts';
import { isOfValues, postgresUnavailable } from './postgres-failures.ts';
import type { PostgresPool } from './postgres-pool.ts';
import { type RetryLimits, retrying } from './postgres-retry.ts';
import { sessionColumns, sessionValues } from './sessions.ts';
import { storable, type Value } from './work.ts';

interface Queued {
  readonly session: SessionRecord | undefined;
  readonly event: AuditEvent;
  readonly resolve: () => void;
  readonly reject: (error: RefusedError) => void;
}

export interface AppendOptions {
  readonly pool: PostgresPool;
  readonly limits: RetryLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Records that may wait; further ones are refused, so that a slow database is felt as refusals and not as memory. */
  readonly mostQueued: number;
  readonly mostPerCommit: number;
  readonly onCommit: (records: number) => void;
}

/** Commits that may be under way at once: while one waits for the disk, another is on its way. */
const mostUnderWay = 2;

/** Columns that are numbers; all others are text. */
const numbers: ReadonlySet<string> = new Set(['issued_at', 'expires_at', 'at']);

/** Rows of a JSON array of arrays, by the place of each column: one parameter for however many rows there are. */
function insertFrom(table: string, columns: readonly string[], parameter: string): string {
  const picked = columns.map((column, i) => (numbers.has(column) ? `(row ->> ${i})::bigint` : `row ->> ${i}`));
  return `INSERT INTO ${table} (${columns.join(', ')})
    SELECT ${picked.join(', ')} FROM json_array_elements(${parameter}::json) AS rows (row)`;
}

const append = `
  WITH mark AS (INSERT INTO commits (id, at) VALUES ($1, $2)),
  sessions_ AS (${insertFrom('sessions', sessionColumns, '$3')})
  ${insertFrom('audit', auditColumns, '$4')}`;

const rowsText = (rows: readonly (readonly Value[])[]) => JSON.stringify(rows.map((row) => row.map(storable)));

export class PostgresAppender {
  readonly #options: AppendOptions;
  #queue: Queued[] = [];
  #underWay = 0;
  #scheduled = false;
  #closed = false;
  readonly #idle: (() => void)[] = [];

  constructor(options: AppendOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Resolves once both are committed. When it rejects they may be on record, and nobody may be told so. */
  add(session: SessionRecord | undefined, event: AuditEvent): Promise<void> {
    if (this.#closed) return Promise.reject(new RefusedError(refuse('registry-unavailable', {}, 'it is closed')));
    if (this.#queue.length >= this.#options.mostQueued) {
      return Promise.reject(new RefusedError(refuse('registry-busy', {})));
    }
    return new Promise<void>((resolve, reject) => {
      this.#queue.push({ session, event, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves once nothing waits any more; takes nothing further. */
  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#settle();
    });
  }

  /** Not at once: what comes in the same turn of the event loop goes together. */
  #schedule(): void {
    if (this.#scheduled || this.#underWay >= mostUnderWay) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#commitNext();
    });
  }

  async #commitNext(): Promise<void> {
    const { mostPerCommit, onCommit } = this.#options;
    const batch = this.#queue.slice(0, mostPerCommit);
    this.#queue = this.#queue.slice(mostPerCommit);
    if (batch.length === 0) return this.#settle();
    this.#underWay += 1;
    if (this.#queue.length > 0) this.#schedule();
    await this.#commit(batch, onCommit);
    this.#underWay -= 1;
    if (this.#queue.length > 0) this.#schedule();
    this.#settle();
  }

  async #commit(batch: readonly Queued[], onCommit: (records: number) => void): Promise<void> {
    try {
      await this.#write(batch);
    } catch (error) {
      // One record that the schema refuses must not take the others with it.
      if (batch.length > 1 && isOfValues(error)) {
        for (const queued of batch) await this.#commit([queued], onCommit);
      } else {
        for (const { reject } of batch) reject(postgresUnavailable(error));
      }
      return;
    }
    onCommit(batch.length);
    for (const { resolve } of batch) resolve();
  }

  async #write(batch: readonly Queued[]): Promise<void> {
    const { pool, limits, now } = this.#options;
    const mark = randomUUID();
    const sessions = rowsText(batch.flatMap(({ session }) => (session ? [sessionValues(session)] : [])));
    const events = rowsText(batch.map(({ event }) => auditValues(event)));
    await retrying(limits, async (attempt) => {
      try {
        await pool.lend((connection) => connection.query(append, [mark, now(), sessions, events]));
      } catch (error) {
        // Sent before, and refused now: by the mark, or by a session's key that is there already.
        if (attempt > 0 && isOfValues(error) && (await happened(pool, mark, now()))) return;
        throw error;
      }
    });
  }

  #settle(): void {
    if (this.#queue.length > 0 || this.#underWay > 0 || this.#scheduled) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
