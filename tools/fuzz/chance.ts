// Chance that can be had again: what a seed finds, it finds tomorrow.

export interface Chance {
  /** A whole number from 0 to `count` - 1. */
  readonly below: (count: number) => number;
  readonly pick: <Item>(items: readonly [Item, ...Item[]]) => Item;
  /** True in `share` of the cases. */
  readonly is: (share: number) => boolean;
}

/** @param seed any whole number */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  // Marsaglia's xorshift over a Weyl sequence: plain, fast, and random enough to look for faults with.
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let value = state;
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    value = Math.imul(value, 0x2c1b3c6d);
    return ((value ^ (value >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(next() * count);
  return {
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    is: (share) => next() < share,
  };
}
