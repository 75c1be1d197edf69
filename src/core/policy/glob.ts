// Wildcard matching without regular expressions, in time that no pattern and no text of a stranger can blow up.

/** UTF-16 code units, and the two wildcards as numbers that no code unit has: an inserted `*` stays a letter. */
export type Glob = readonly number[];

/** `*`: any number of characters, none included. */
export const anyRun = -1;
/** `?`: one UTF-16 code unit. */
export const anyOne = -2;

/** Steps per character before the quick way gives up; patterns that people write need about one. */
const patience = 8;

/**
 * On a mismatch only the last `*` takes one character more, since what stood before it has matched as early as it can.
 * Quick as a rule, but pattern × text steps for the likes of `*aaab` against `aaaa…`: then undefined, after a while.
 */
function matchesQuickly(glob: Glob, text: string): boolean | undefined {
  let at = 0;
  let inText = 0;
  let afterRun = -1;
  let runEnd = 0;
  for (let steps = patience * (glob.length + text.length); inText < text.length; steps -= 1) {
    const wanted = glob[at];
    if (steps === 0) return undefined;
    if (wanted === anyRun) {
      at += 1;
      if (at === glob.length) return true;
      afterRun = at;
      runEnd = inText;
    } else if (wanted === anyOne || wanted === text.charCodeAt(inText)) {
      at += 1;
      inText += 1;
    } else if (afterRun >= 0) {
      runEnd += 1;
      inText = runEnd;
      at = afterRun;
    } else {
      return false;
    }
  }
  while (glob[at] === anyRun) at += 1;
  return at === glob.length;
}

const setBit = (words: Uint32Array, bit: number) => {
  words[bit >> 5] = (words[bit >> 5] ?? 0) | (1 << (bit & 31));
};

/** The pattern as an automaton: state n has n letters behind it. */
interface Automaton {
  /** How many letters and `?` there are: the state that accepts. */
  readonly last: number;
  /** The states that keep for any character: a `*` stands there. */
  readonly keeps: Uint32Array;
  /** By character, the states that it leads into; `others` for characters that the pattern does not name. */
  readonly leads: ReadonlyMap<number, Uint32Array>;
  readonly others: Uint32Array;
}

function automatonOf(glob: Glob): Automaton {
  const last = glob.filter((wanted) => wanted !== anyRun).length;
  const words = (last >> 5) + 1;
  const keeps = new Uint32Array(words);
  const others = new Uint32Array(words);
  const leads = new Map(glob.filter((wanted) => wanted >= 0).map((letter) => [letter, new Uint32Array(words)]));
  let state = 0;
  for (const wanted of glob) {
    if (wanted === anyRun) {
      setBit(keeps, state);
      continue;
    }
    state += 1;
    for (const into of wanted === anyOne ? [others, ...leads.values()] : [leads.get(wanted) ?? others]) {
      setBit(into, state);
    }
  }
  return { last, keeps, leads, others };
}

/** All states at once, 32 to a machine word (the shift-and method): pattern × text ÷ 32 steps, whatever they are. */
function matchesSurely(glob: Glob, text: string): boolean {
  const { last, keeps, leads, others } = automatonOf(glob);
  const states = new Uint32Array(keeps.length);
  setBit(states, 0);
  for (let inText = 0; inText < text.length; inText += 1) {
    const into = leads.get(text.charCodeAt(inText)) ?? others;
    let carry = 0;
    for (let word = 0; word < states.length; word += 1) {
      const before = states[word] ?? 0;
      states[word] = (((before << 1) | carry) & (into[word] ?? 0)) | (before & (keeps[word] ?? 0));
      carry = before >>> 31;
    }
  }
  return (((states[last >> 5] ?? 0) >>> (last & 31)) & 1) === 1;
}

/** Whether the whole text has the pattern's form. */
export function matchesGlob(glob: Glob, text: string): boolean {
  return matchesQuickly(glob, text) ?? matchesSurely(glob, text);
}
