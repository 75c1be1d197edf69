// The registry inside the process: SQLite, every commit synced, held exclusively.
import { accountRecords } from './accounts.ts';
import { CommitQueue } from './commit-queue.ts';
import { asked } from './failures.ts';
import { openDatabase } from './file.ts';
import { issuerRecords } from './issuers.ts';
import type { Registry } from './registry.ts';
import { roleRecords } from './roles.ts';
import { namedRecords } from './secrets.ts';
import { sessionRecords } from './sessions.ts';

export interface SqliteOptions {
  /** The file, or `:memory:` for records that end with the process. */
  readonly path: string;
  /** Sessions and events that may wait for the disk. */
  readonly mostQueued?: number;
  /** Sessions and events that share one commit at most. */
  readonly mostPerCommit?: number;
  /** What the file may grow to, in pages of 4 KiB; beyond it nothing is issued, as when the disk is full. */
  readonly maxPages?: number;
  /** Told how many sessions and events each commit carried. */
  readonly onCommit?: (writes: number) => void;
}

/**
 * Opens the registry, or makes it where the file is missing.
 * @throws RefusedError `data-in-use`, `data-unwritable`, `data-on-network`, `data-foreign`, `data-newer`,
 * `data-corrupt`, `sqlite-too-old`
 */
export function openSqliteRegistry(options: SqliteOptions): Registry {
  const { path, mostQueued = 10_000, mostPerCommit = 512, maxPages, onCommit = () => {} } = options;
  const database = openDatabase(path);
  if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${Math.trunc(maxPages)}`);
  const queue = new CommitQueue(database, { mostQueued, mostPerCommit, onCommit });
  return {
    ...accountRecords(database),
    ...issuerRecords(database),
    ...roleRecords(database),
    ...sessionRecords(database, queue),
    ...namedRecords(database),
    close: () =>
      asked(() => {
        queue.flush();
        if (database.isOpen) database.close();
      }),
  };
}
