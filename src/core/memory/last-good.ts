// What others change while it is used: files, a Secret, a ConfigMap. What is read and unfit leaves the last good one in
// place, and what is wrong with it is news once.

/** The last good one of what somebody hands over. */
export class LastGood<Value> {
  #value: Value | undefined;
  #problem: Error | undefined;

  /** Undefined until there was a good one. */
  get value(): Value | undefined {
    return this.#value;
  }

  /** What is wrong with what is there now; undefined where that is the value, or nothing was read yet. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  take(value: Value): void {
    this.#value = value;
    this.#problem = undefined;
  }

  /** @returns whether this is news: the same is none until something else was read */
  miss(problem: Error): boolean {
    const isNews = problem.message !== this.#problem?.message;
    this.#problem = problem;
    return isNews;
  }
}

interface FollowOptions<Value> {
  /** A good one that is in use already. */
  readonly first?: Value | undefined;
  /**
   * What is there now; undefined where that is not to be believed yet. Rejects where it is unfit.
   * @param last the last good one, to be returned itself where nothing has changed
   */
  readonly read: (last: Value | undefined) => Promise<Value | undefined>;
  /** Puts one to use that is another than the last; one that cannot be, by rejecting, is unfit. */
  readonly use?: (value: Value) => Promise<void> | void;
  readonly onUnfit: (problem: Error, seen: { readonly isNews: boolean; readonly isKnown: boolean }) => void;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** Runs something once after so many milliseconds; what it returns cancels that. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Where changes are told: what it returns ends that. */
  readonly onChanged?: ((changed: () => void) => () => void) | undefined;
}

export interface Followed<Value> {
  readonly value: () => Value | undefined;
  readonly problem: () => Error | undefined;
  /** Resolves after the first look. */
  readonly looked: Promise<void>;
  readonly stop: () => void;
}

class Follower<Value> {
  readonly last = new LastGood<Value>();
  readonly #options: FollowOptions<Value>;
  #cancel = () => {};
  #isLooking = false;
  #isWoken = false;
  #isStopped = false;

  constructor(options: FollowOptions<Value>) {
    this.#options = options;
    if (options.first !== undefined) this.last.take(options.first);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Never two looks at once: what is told during one leads to another. */
  async wake(): Promise<void> {
    this.#isWoken = true;
    if (this.#isLooking || this.#isStopped) return;
    this.#cancel();
    this.#isLooking = true;
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false;
      await this.#look();
    }
    this.#isLooking = false;
    if (!this.#isStopped) this.#cancel = this.#options.after(this.#options.every, () => void this.wake());
  }

  async #look(): Promise<void> {
    try {
      const found = await this.#options.read(this.last.value);
      if (found === undefined) return;
      if (found !== this.last.value) await this.#options.use?.(found);
      this.last.take(found);
    } catch (error) {
      if (this.#isStopped) return;
      const problem = error instanceof Error ? error : new Error('unknown');
      const isNews = this.last.miss(problem);
      this.#options.onUnfit(problem, { isNews, isKnown: this.last.value !== undefined });
    }
  }
}

/** Looks at once, when it is told of a change, and when the time has come, until it is stopped; it never throws. */
export function followLastGood<Value>(options: FollowOptions<Value>): Followed<Value> {
  const follower = new Follower(options);
  const endWatch = options.onChanged?.(() => void follower.wake());
  const looked = follower.wake();
  return {
    value: () => follower.last.value,
    problem: () => follower.last.problem,
    looked,
    stop: () => {
      endWatch?.();
      follower.stop();
    },
  };
}
