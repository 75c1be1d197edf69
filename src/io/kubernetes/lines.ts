// A stream of bytes in lines, each whole, decoded once, and of bounded length.

export class LineSplitter {
  readonly #longest: number;
  #parts: Buffer[] = [];
  #length = 0;

  /** @param longest bytes of a line at most */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Bytes that wait for the end of their line. */
  get pending(): number {
    return this.#length;
  }

  /** Takes the next bytes and gives the lines that they end; false where one is longer than may be. */
  push(chunk: Buffer, onLine: (line: string) => void): boolean {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      if (this.#length + end - from > this.#longest) return false;
      const line = this.#finish(chunk.subarray(from, end));
      if (line !== '') onLine(line);
      from = end + 1;
    }
    if (from < chunk.length) {
      this.#parts.push(chunk.subarray(from));
      this.#length += chunk.length - from;
    }
    return this.#length <= this.#longest;
  }

  #finish(last: Buffer): string {
    if (this.#length === 0) return last.toString('utf8').trim();
    const line = Buffer.concat([...this.#parts, last])
      .toString('utf8')
      .trim();
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}
