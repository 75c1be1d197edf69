// What is known of a database's schema before anything is done to it.

/** Which schema a database has, and what this version of Podiam would do to it. */
export interface SchemaState {
  /** 0 where there is none. */
  readonly found: number;
  /** What this version brings it to. */
  readonly known: number;
  /** What the steps in between are about. */
  readonly pending: readonly string[];
}
