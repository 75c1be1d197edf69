// Standard error as a place for lines that never stands in the way: what cannot be written at once waits, what waits is
// bounded, and what does not fit is dropped and counted. A reader that has stalled, such as a container runtime on a full
// disk, then costs lines, and neither requests nor the end of the process.
import { writeSync } from 'node:fs';

export interface LineSink {
  readonly write: (line: string) => void;
  /** Lines that were dropped since the start. */
  readonly dropped: () => number;
}

/** Milliseconds until a reader that did not keep up is tried again: twice as many each time that nothing was read. */
const firstRetryMs = 1;
const longestRetryMs = 64;
/** Milliseconds for the last lines when the process ends. */
const longestFarewellMs = 500;
/** Bytes of one write: a pipe holds 64 KiB. */
const longestWrite = 64 * 1024;
/** Bytes that wait at most; once lines are dropped, so many until none are: one gap then stands for many lines. */
const longestBacklog = 1024 * 1024;
const shortBacklog = longestBacklog / 2;

const standardError = 2;

/** What no later try will mend; a full pipe (EAGAIN) and a full disk (ENOSPC) are not among it. */
const lasting = new Set(['EPIPE', 'EBADF', 'ECONNRESET', 'EIO']);

const isGone = (error: unknown) => error instanceof Error && 'code' in error && lasting.has(String(error.code));

class Backlog implements LineSink {
  readonly #gap: (dropped: number) => string;
  readonly #lines: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;
  /** Of those dropped, how many the reader has not been told of. */
  #untold = 0;
  #isScheduled = false;
  #retryMs = firstRetryMs;
  #isClosed = false;

  constructor(gap: (dropped: number) => string) {
    this.#gap = gap;
  }

  readonly dropped = () => this.#dropped;

  readonly write = (line: string) => {
    const bytes = Buffer.from(line);
    if (this.#isClosed || this.#bytes + bytes.length > (this.#untold > 0 ? shortBacklog : longestBacklog)) {
      this.#dropped += 1;
      this.#untold += 1;
      return;
    }
    if (this.#untold > 0) this.#tellGap();
    this.#push(bytes);
    // All lines of one turn of the event loop leave in one write.
    if (!this.#isScheduled) setImmediate(this.#flush);
    this.#isScheduled = true;
  };

  /** Writes what goes at once; the rest is tried again later, which keeps no process alive. */
  readonly #flush = () => {
    const before = this.#bytes;
    this.#isScheduled = this.writeOut() === 'full';
    if (!this.#isScheduled) return;
    this.#retryMs = this.#bytes < before ? firstRetryMs : Math.min(2 * this.#retryMs, longestRetryMs);
    setTimeout(this.#flush, this.#retryMs).unref();
  };

  /** Never waits. */
  writeOut(): 'done' | 'full' {
    try {
      while (this.#bytes > 0) this.#putSome();
      return 'done';
    } catch (error) {
      if (!isGone(error)) return 'full';
      this.#close();
      return 'done';
    }
  }

  #putSome(): void {
    const batch: Buffer[] = [];
    let length = 0;
    for (const line of this.#lines) {
      if (length > 0 && length + line.length > longestWrite) break;
      batch.push(line);
      length += line.length;
    }
    const bytes = batch.length === 1 ? batch[0] : Buffer.concat(batch, length);
    if (bytes === undefined) return;
    const put = writeSync(standardError, bytes);
    this.#lines.splice(0, batch.length, ...(put < length ? [bytes.subarray(put)] : []));
    this.#bytes -= put;
    if (this.#bytes === 0 && this.#untold > 0) this.#tellGap();
  }

  #tellGap(): void {
    this.#push(Buffer.from(this.#gap(this.#untold)));
    this.#untold = 0;
  }

  #push(bytes: Buffer): void {
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
  }

  /** The reader is gone for good: nothing more is tried. */
  #close(): void {
    this.#isClosed = true;
    this.#dropped += this.#lines.length;
    this.#lines.length = 0;
    this.#bytes = 0;
  }
}

/** A reader that is merely slow gets the last lines; one that has stalled does not keep the process. */
function writeLast(sink: Backlog): void {
  const until = performance.now() + longestFarewellMs;
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (sink.writeOut() === 'full' && performance.now() < until) Atomics.wait(never, 0, 0, firstRetryMs);
}

/**
 * Lines go to standard error, the last ones as far as they can be written when the process ends.
 * @param gap the line, with its end, that tells a reader who is back of so many that are missing
 */
export function openStandardError(gap: (dropped: number) => string): LineSink {
  // Node opens a pipe without blocking once its stream is asked for; a write to a full one then says so instead of waiting.
  process.stderr.on('error', () => {});
  const sink = new Backlog(gap);
  process.on('exit', () => writeLast(sink));
  return sink;
}
