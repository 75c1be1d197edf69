// The memory that the bodies of one server's requests have together, from their first byte to their answer: each alone is
// within its limit, and all at once could still be more than the machine has.

/** What one body holds. */
export interface BodyShare {
  /** Told where it has to make room for another, with its share already given back. */
  readonly onCut: (cut: () => void) => void;
  /** Whether it may hold so many bytes in all; where it may not, it holds what it held. */
  readonly take: (bytes: number) => boolean;
  /** It has arrived: from here on it is not cut for another, but judged. */
  readonly complete: () => void;
  /** Gives all of it back. */
  readonly release: () => void;
}

interface Holder {
  bytes: number;
  cut: () => void;
}

/** There is always room for a body of so few bytes: how many there can be is for the limit of connections to say. */
const smallBytes = 32 * 1024;

/**
 * Who sends much keeps nobody out who sends little: where there is no room, the largest of the bodies that have not
 * arrived makes it, be that the one that asks.
 */
export class BodyRoom {
  readonly #limit: number;
  readonly #unfinished = new Set<Holder>();
  #held = 0;

  /** @param limit bytes of all bodies together */
  constructor(limit: number) {
    this.#limit = limit;
  }

  open(): BodyShare {
    const holder: Holder = { bytes: 0, cut: () => {} };
    this.#unfinished.add(holder);
    return {
      onCut: (cut) => {
        holder.cut = cut;
      },
      take: (bytes) => this.#take(holder, bytes),
      complete: () => void this.#unfinished.delete(holder),
      release: () => this.#release(holder),
    };
  }

  #take(holder: Holder, bytes: number): boolean {
    if (bytes > smallBytes && !this.#makeRoom(holder, bytes)) return false;
    this.#held += bytes - holder.bytes;
    holder.bytes = bytes;
    return true;
  }

  #makeRoom(holder: Holder, bytes: number): boolean {
    while (this.#held - holder.bytes + bytes > this.#limit) {
      const largest = this.#largestBut(holder);
      if (largest === undefined || largest.bytes <= bytes) return false;
      this.#release(largest);
      largest.cut();
    }
    return true;
  }

  #largestBut(asking: Holder): Holder | undefined {
    let largest: Holder | undefined;
    for (const holder of this.#unfinished) {
      if (holder !== asking && holder.bytes > (largest?.bytes ?? 0)) largest = holder;
    }
    return largest;
  }

  #release(holder: Holder): void {
    this.#unfinished.delete(holder);
    this.#held -= holder.bytes;
    holder.bytes = 0;
  }
}
