// How much of what strangers and API servers send may lie open at once: a review is in memory from its reading to its
// answer, and while something is looked up others arrive.

/** Values, each 20 to 300 bytes. */
const mostValues = 300_000;
/** A review of so few values is always read: how many there can be at once is for the limit of connections to say. */
const fewValues = 1024;

export class ReadingRoom {
  #values = 0;

  /** Whether a review of so many values may be read now; it is given back with `leave`. */
  enter(values: number): boolean {
    if (values > fewValues && this.#values + values > mostValues) return false;
    this.#values += values;
    return true;
  }

  leave(values: number): void {
    this.#values -= values;
  }
}
