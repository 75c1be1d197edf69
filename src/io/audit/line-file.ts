// A file, pipe or terminal that takes lines and says of each whether it was written: an audit record beside the registry's
// own. A reader that does not read costs bounded time and memory, and whoever wrote learns that the line did not leave.
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';

export interface LineFile {
  /** Resolves once the line was handed over; rejects with `audit-sink-blocked` where it was not, and never will be. */
  readonly write: (line: string) => Promise<void>;
  /** Lines that were given up since the start. */
  readonly refused: () => number;
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
/** Standard output opened anew is a description of our own: that it never blocks is then no other process's business. */
const standardOutput = '/dev/stdout';

const isFull = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EBUSY');

class Lines implements LineFile {
  readonly #name: string;
  readonly #descriptor: number;
  readonly #waitMs: number;
  readonly #mostBytes: number;
  readonly #queue: Waiting[] = [];
  #bytes = 0;
  #refused = 0;
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;

  constructor(name: string, descriptor: number, { waitMs = 2000, mostBytes = 4 * 1024 * 1024 }: LineFileOptions) {
    this.#name = name;
    this.#descriptor = descriptor;
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

  readonly close = () => {
    this.#flush();
    clearTimeout(this.#timer);
    this.#giveUp(() => true, 'it was closed');
    closeSync(this.#descriptor);
  };

  #refusal(problem: string): RefusedError {
    this.#refused += 1;
    return new RefusedError(refuse('audit-sink-blocked', { sink: this.#name, problem }));
  }

  readonly #flush = () => {
    this.#isScheduled = false;
    this.#timer = undefined;
    const problem = this.#writeOut();
    if (problem !== undefined) this.#giveUp(() => true, problem);
    const now = performance.now();
    this.#giveUp(({ until }) => until <= now, 'nobody reads it');
    if (this.#queue.length > 0) this.#timer = setTimeout(this.#flush, retryMs);
  };

  /** What goes at once is written; what went wrong otherwise than that it is full, in words. */
  #writeOut(): string | undefined {
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
    const kept = this.#queue.filter(({ isGivenUp, written }) => !isGivenUp || written > 0);
    this.#queue.splice(0, this.#queue.length, ...kept);
    this.#bytes = kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}

function open(path: string): number {
  const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
  // Never waits: neither for a reader of a pipe that has none, nor for one that does not read.
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
}

/**
 * @param path a file that is appended to, or `-` for standard output
 * @throws RefusedError `file-unwritable`
 */
export function openLineFile(path: string, options: LineFileOptions = {}): LineFile {
  const isStandard = path === '-';
  const name = isStandard ? 'standard output' : path;
  try {
    return new Lines(name, open(isStandard ? standardOutput : path), options);
  } catch (error) {
    throw new RefusedError(refuse('file-unwritable', { file: name, problem: systemProblem(error) }), { cause: error });
  }
}
