// What one row of the catalogue says. Rows lie in files by subject; `catalogue.ts` joins them.
export interface RefusalRow {
  /** HTTP status. */
  readonly status: number;
  /** The code that clients of the protocol know; where the protocol has none of its own, our code in PascalCase. */
  readonly wire: string;
  /** What is wrong; `{name}` stands for a fact. Told to the caller: nothing that would serve an attacker. */
  readonly sentence: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Keeps each text's literal type, from which `refuse` knows the facts that it needs. */
export function rows<const Rows extends Readonly<Record<string, RefusalRow>>>(rows: Rows): Rows {
  return rows;
}
