// What the bench and its server process tell each other.

/** What the server process serves. */
export type Subject =
  | { readonly name: 'bare-admission' | 'admission' | 'bare-exchange' }
  | {
      readonly name: 'exchange';
      /** Each with a trust policy of its own; a thousand in an account. */
      readonly roles: number;
      /** Whose tokens are shown in turn: 200 without, which are known soon; more than are kept are never known. */
      readonly pods?: number;
      /** PostgreSQL's address; SQLite without. */
      readonly database?: string;
    };

/** From the server: it listens. What the client needs for its requests comes along. */
export interface Listening {
  readonly kind: 'listening';
  readonly port: number;
  readonly requests: readonly { readonly path: string; readonly contentType: string; readonly body: string }[];
}

/** From the server, each time it is asked: what it has used so far. */
export interface Usage {
  readonly kind: 'usage';
  /** Microseconds of processor time of the whole process, all threads. */
  readonly cpuMicroseconds: number;
  readonly residentBytes: number;
}

export type FromServer = Listening | Usage;
