// The registry inside the process: SQLite, every commit synced, held exclusively.
import type { AuditEvent, Quotas, SessionRecord } from '../../core/registry/index.ts';
import { assembleRegistry } from './assemble.ts';
import { auditColumns, auditValues } from './audit.ts';
import { backupSqlite } from './backup.ts';
import { CommitQueue } from './commit-queue.ts';
import { asked } from './failures.ts';
import { openDatabase } from './file.ts';
import type { Registry } from './registry.ts';
import { sessionColumns, sessionValues } from './sessions.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import { sqliteHealth } from './sqlite-health.ts';
import { createSubscribers } from './subscribers.ts';
import { storable } from './work.ts';

export interface SqliteOptions {
  /** The file, or `:memory:` for records that end with the process. */
  readonly path: string;
  /** Sessions and events that may wait for the disk. */
  readonly mostQueued?: number;
  /** Sessions and events that share one commit at most. */
  readonly mostPerCommit?: number;
  /** What the file may grow to, in pages of 4 KiB; beyond it nothing is issued, as when the disk is full. */
  readonly maxPages?: number;
  /** How much each account may keep; AWS's defaults where it is left out. */
  readonly quotas?: Quotas | undefined;
  /** Told how many sessions and events each commit carried. */
  readonly onCommit?: (writes: number) => void;
}

const insertInto = (table: string, columns: readonly string[]) =>
  `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;

/**
 * Opens the registry, or makes it where the file is missing.
 * @throws RefusedError `data-in-use`, `data-unwritable`, `data-on-network`, `data-foreign`, `data-newer`,
 * `data-corrupt`, `sqlite-too-old`
 */
export function openSqliteRegistry(options: SqliteOptions): Registry {
  const { path, mostQueued = 10_000, mostPerCommit = 512, maxPages, quotas, onCommit = () => {} } = options;
  const database = openDatabase(path);
  if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${Math.trunc(maxPages)}`);
  const queue = new CommitQueue(database, { mostQueued, mostPerCommit, onCommit });
  const subscribers = createSubscribers();
  const insertSession = database.prepare(insertInto('sessions', sessionColumns));
  const insertEvent = database.prepare(insertInto('audit', auditColumns));
  return assembleRegistry({
    kind: 'sqlite',
    quotas,
    engine: sqliteEngine(database, (changes) => {
      for (const change of changes) subscribers.tell(change);
    }),
    append: (session: SessionRecord | undefined, event: AuditEvent) =>
      queue.add(() => {
        if (session) insertSession.run(...sessionValues(session).map(storable));
        insertEvent.run(...auditValues(event).map(storable));
      }),
    // Nobody else can write: what was changed was told when it was.
    feed: {
      subscribe: (listener) => subscribers.subscribe(listener),
      staleness: () => 0,
      refresh: () => Promise.resolve(),
    },
    backup: (file) => backupSqlite(database, file),
    health: sqliteHealth(database, queue),
    load: () => ({ queued: queue.length, connections: { open: database.isOpen ? 1 : 0, idle: 0, waiting: 0 } }),
    close: () =>
      asked(() => {
        queue.flush();
        if (database.isOpen) database.close();
      }),
  });
}
