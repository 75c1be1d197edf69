// A file, pipe or terminal that takes lines and says of each whether it was written: an audit record beside the registry's
// own. A reader that does not read costs bounded time and memory, and whoever wrote learns that the line did not leave.
import { closeSync, constants, fstatSync, openSync, type Stats, statSync, writeSync } from 'node:fs';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';

export interface LineFile {
  /** Resolves once the line was handed over; rejects with `audit-sink-blocked` where it was not, and never will be. */
  readonly write: (line: string) => Promise<void>;
  /** Lines that were given up since the start. */
  readonly refused: () => number;
  /**
   * Opens what is at the path now, as after a rotation, which is also noticed within a quarter of a second: what was renamed
   * is written to until then. Where it cannot be opened, the old file is kept for as long as it has a name.
   */
  readonly reopen: () => void;
  readonly close: () => void;
}

export interface LineFileOptions {
  /** Milliseconds that a line may wait for its reader. */
  readonly waitMs?: number;
  /** Bytes that may wait. */
  readonly mostBytes?: number;
}

interface Waiting {
  readonly bytes: Buffer;
  written: number;
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (error: RefusedError) => void;
  /** Whoever waited was told no; the rest of a line that was begun is written all the same. */
  isGivenUp: boolean;
}

const retryMs = 5;
const lookEveryMs = 250;
/** Standard output opened anew is a description of our own: that it never blocks is then no other process's business. */
const standardOutput = '/dev/stdout';

const isFull = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EBUSY');

class Lines implements LineFile {
  readonly #path: string;
  #descriptor: number;
  #file: Pick<Stats, 'dev' | 'ino'>;
  #lookedAt = performance.now();
  /** Why there is no file any more that lines would be found in. */
  #lost: string | undefined;
  readonly #waitMs: number;
  readonly #mostBytes: number;
  readonly #queue: Waiting[] = [];
  #bytes = 0;
  #refused = 0;
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;

  /** @throws Error of the system */
  constructor(path: string, { waitMs = 2000, mostBytes = 4 * 1024 * 1024 }: LineFileOptions) {
    this.#path = path;
    this.#descriptor = open(path);
    this.#file = fstatSync(this.#descriptor);
    this.#waitMs = waitMs;
    this.#mostBytes = mostBytes;
  }

  readonly refused = () => this.#refused;

  readonly write = (line: string): Promise<void> => {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > this.#mostBytes)
      return Promise.reject(this.#refusal('too much waits for its reader'));
    return new Promise((resolve, reject) => {
      const until = performance.now() + this.#waitMs;
      this.#queue.push({ bytes, written: 0, until, resolve, reject, isGivenUp: false });
      this.#bytes += bytes.length;
      // All lines of one turn of the event loop leave together.
      if (!this.#isScheduled && this.#timer === undefined) setImmediate(this.#flush);
      this.#isScheduled = true;
    });
  };

  readonly reopen = () => {
    this.#look();
  };

  readonly close = () => {
    this.#flush();
    clearTimeout(this.#timer);
    this.#giveUp(() => true, 'it was closed');
    if (this.#descriptor !== 1) closeSync(this.#descriptor);
  };

  #refusal(problem: string): RefusedError {
    this.#refused += 1;
    return new RefusedError(refuse('audit-sink-blocked', { sink: nameOf(this.#path), problem }));
  }

  readonly #flush = () => {
    this.#isScheduled = false;
    this.#timer = undefined;
    if (performance.now() - this.#lookedAt >= lookEveryMs) this.#look();
    const problem = this.#writeOut();
    if (problem !== undefined) this.#giveUp(() => true, problem);
    const now = performance.now();
    this.#giveUp(({ until }) => until <= now, 'nobody reads it');
    if (this.#queue.length > 0) this.#timer = setTimeout(this.#flush, retryMs);
  };

  /** Whether what is at the path is another file by now; standard output has no name that could come to mean another. */
  #look(): void {
    this.#lookedAt = performance.now();
    if (this.#path === standardOutput) return;
    try {
      const now = statSync(this.#path, { throwIfNoEntry: false });
      const isSame = now?.ino === this.#file.ino && now.dev === this.#file.dev;
      if (!isSame) this.#exchange(open(this.#path));
      this.#lost = undefined;
    } catch (error) {
      // Looked for again in a moment; what is written until then is in the file that was renamed, unless it was deleted.
      const isDeleted = fstatSync(this.#descriptor).nlink === 0;
      this.#lost = isDeleted ? `it was deleted, and ${systemProblem(error)}` : undefined;
    }
  }

  #exchange(descriptor: number): void {
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#file = fstatSync(descriptor);
    const [begun] = this.#queue;
    if (begun === undefined || begun.written === 0) return;
    // Half of a line in each file would be none: whoever waits for it has it whole in the new one.
    begun.written = 0;
    if (begun.isGivenUp) this.#drop();
  }

  /** What goes at once is written; what went wrong otherwise than that it is full, in words. */
  #writeOut(): string | undefined {
    if (this.#lost !== undefined) return this.#lost;
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      try {
        first.written += writeSync(this.#descriptor, first.bytes, first.written);
      } catch (error) {
        return isFull(error) ? undefined : systemProblem(error);
      }
      if (first.written < first.bytes.length) return undefined;
      this.#queue.shift();
      this.#bytes -= first.bytes.length;
      if (!first.isGivenUp) first.resolve();
    }
    return undefined;
  }

  #giveUp(isMeant: (waiting: Waiting) => boolean, problem: string): void {
    for (const waiting of this.#queue.filter((one) => !one.isGivenUp && isMeant(one))) {
      waiting.isGivenUp = true;
      waiting.reject(this.#refusal(problem));
    }
    this.#drop();
  }

  /** What was given up is kept only for the rest of a line that was begun. */
  #drop(): void {
    const kept = this.#queue.filter(({ isGivenUp, written }) => !isGivenUp || written > 0);
    this.#queue.splice(0, this.#queue.length, ...kept);
    this.#bytes = kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}

const nameOf = (path: string) => (path === standardOutput ? 'standard output' : path);

function open(path: string): number {
  const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
  // Never waits: neither for a reader of a pipe that has none, nor for one that does not read.
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK;
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if (path === standardOutput && isSocket(1)) return 1;
    throw error;
  }
}

/** A journal, or a supervisor: what is a socket has no name to be opened by, and is read by whoever made it. */
const isSocket = (descriptor: number) => fstatSync(descriptor).isSocket();

/**
 * @param path a file that is appended to, or `-` for standard output
 * @throws RefusedError `file-unwritable`
 */
export function openLineFile(path: string, options: LineFileOptions = {}): LineFile {
  const opened = path === '-' ? standardOutput : path;
  try {
    return new Lines(opened, options);
  } catch (error) {
    throw new RefusedError(refuse('file-unwritable', { file: nameOf(opened), problem: systemProblem(error) }), {
      cause: error,
    });
  }
}
