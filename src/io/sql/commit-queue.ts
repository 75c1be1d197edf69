// Group commit: a durable commit waits for the disk, so all writes of a turn or two of the event loop share one.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { codeOf, sqliteCodes, unavailable } from './failures.ts';

interface Queued {
  readonly write: () => void;
  readonly resolve: () => void;
  readonly reject: (error: RefusedError) => void;
}

export interface CommitQueueOptions {
  /** Writes that may wait; further ones are refused, so that a slow disk is felt as refusals and not as memory. */
  readonly mostQueued: number;
  /** Writes in one commit: bounds for how long the event loop stands still. */
  readonly mostPerCommit: number;
  /** Told how many writes each commit carried. */
  readonly onCommit: (writes: number) => void;
}

/** A commit of fewer waits for one more turn: it costs the processor as much as all else for two of them. */
const fewWrites = 64;

export class CommitQueue {
  readonly #database: DatabaseSync;
  readonly #options: CommitQueueOptions;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  #queue: Queued[] = [];
  #scheduled = false;
  #isFailing = false;

  constructor(database: DatabaseSync, options: CommitQueueOptions) {
    this.#database = database;
    this.#options = options;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
  }

  /** Whether the last commit failed for a reason that lies in no single write. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Writes that wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Resolves once what `write` did is on the disk; when it rejects, nothing of it is on record. */
  add(write: () => void): Promise<void> {
    if (this.#queue.length >= this.#options.mostQueued) {
      return Promise.reject(new RefusedError(refuse('registry-busy', {})));
    }
    return new Promise<void>((resolve, reject) => {
      this.#queue.push({ write, resolve, reject });
      this.#schedule();
    });
  }

  /** Commits all that is queued, at once. */
  flush(): void {
    while (this.#queue.length > 0) this.#commitNext();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      // While the last commit held the loop up, half of the clients asked; the others, whom it answered, ask now.
      if (this.#queue.length < fewWrites) setImmediate(() => this.#run());
      else this.#run();
    });
  }

  #run(): void {
    this.#scheduled = false;
    this.#commitNext();
    if (this.#queue.length > 0) this.#schedule();
  }

  #commitNext(): void {
    const { mostPerCommit } = this.#options;
    const batch = this.#queue.slice(0, mostPerCommit);
    this.#queue = this.#queue.slice(mostPerCommit);
    if (batch.length > 0) this.#commitBatch(batch);
  }

  #commitBatch(batch: readonly Queued[]): void {
    try {
      this.#writeAll(batch);
    } catch (error) {
      // One write that the schema refuses must not take the others with it; a full disk takes them all.
      if (batch.length > 1 && codeOf(error) === sqliteCodes.constraint) {
        for (const queued of batch) this.#commitBatch([queued]);
      } else {
        this.#isFailing ||= codeOf(error) !== sqliteCodes.constraint;
        for (const { reject } of batch) reject(unavailable(error));
      }
      return;
    }
    this.#isFailing = false;
    this.#options.onCommit(batch.length);
    for (const { resolve } of batch) resolve();
  }

  #writeAll(batch: readonly Queued[]): void {
    this.#begin.run();
    try {
      for (const { write } of batch) write();
      this.#commit.run();
    } catch (error) {
      // SQLite may have rolled back by itself (https://www.sqlite.org/lang_transaction.html, section 3).
      if (this.#database.isTransaction) this.#rollback.run();
      throw error;
    }
  }
}
