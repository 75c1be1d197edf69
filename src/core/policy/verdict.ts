// Kleene's three-valued logic. `unsure` is what cannot be judged: an operator of a newer version, a value that is no
// number where one is compared. It must never widen access, so it lets no Allow match and stops no Deny from matching.

export type Verdict = 'yes' | 'no' | 'unsure';

export function not(verdict: Verdict): Verdict {
  if (verdict === 'unsure') return 'unsure';
  return verdict === 'yes' ? 'no' : 'yes';
}

/** `yes` if one item is, else `unsure` if one item is. */
export function some<Item>(items: readonly Item[], judge: (item: Item) => Verdict): Verdict {
  let sum: Verdict = 'no';
  for (const item of items) {
    const verdict = judge(item);
    if (verdict === 'yes') return 'yes';
    if (verdict === 'unsure') sum = 'unsure';
  }
  return sum;
}

/** `no` if one item is, else `unsure` if one item is. */
export function every<Item>(items: readonly Item[], judge: (item: Item) => Verdict): Verdict {
  let sum: Verdict = 'yes';
  for (const item of items) {
    const verdict = judge(item);
    if (verdict === 'no') return 'no';
    if (verdict === 'unsure') sum = 'unsure';
  }
  return sum;
}
