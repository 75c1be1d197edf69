// Whether SQLite can do what is asked of it: read, and, where the last commit failed, write again.
import type { DatabaseSync } from 'node:sqlite';
import type { CommitQueue } from './commit-queue.ts';
import { wordsOf } from './failures.ts';
import type { Health } from './registry.ts';

/** More than a commit of sessions takes: on a disk that is nearly full a small write may go well where they do not. */
const probeBytes = 256 * 1024;

export function sqliteHealth(database: DatabaseSync, queue: CommitQueue): () => Promise<Health> {
  const look = database.prepare('SELECT position FROM clock');
  const fill = database.prepare("INSERT OR REPLACE INTO settings (name, value) VALUES ('probe', ?)");
  const clear = database.prepare("DELETE FROM settings WHERE name = 'probe'");

  /** Whoever takes nothing any more would never find out that there is room again. */
  async function tryToWrite(): Promise<void> {
    await queue.add(() => void fill.run(' '.repeat(probeBytes)));
    await queue.add(() => void clear.run());
  }

  return async () => {
    try {
      look.get();
      if (queue.isFailing) await tryToWrite();
      return { isWell: true, problem: '' };
    } catch (error) {
      return { isWell: false, problem: wordsOf(error) };
    }
  };
}
