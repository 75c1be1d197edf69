// What may be fetched, and how much: the limits of every document that a stranger's registration names.

export interface FetchLimits {
  /** Milliseconds for everything from the look-up of the name to the last byte. */
  readonly timeoutMs: number;
  readonly mostBytes: number;
  /** Whether addresses outside the public Internet may be asked, as for clusters in the platform's own network. */
  readonly allowsPrivate: boolean;
}

export const defaultFetchLimits: FetchLimits = { timeoutMs: 5_000, mostBytes: 1_048_576, allowsPrivate: false };
