// What other replicas changed: read from the record of changes by position, as soon as PostgreSQL notifies of it, and every
// second in any case, since notifications do not come through a transaction pooler or a connection that died silently.
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Change, ChangedKind } from '../../core/registry/index.ts';
import { choice, integer, type Row, text } from './columns.ts';
import { changesChannel } from './postgres-engine.ts';
import { clientConfig, type PostgresAddress } from './postgres-pool.ts';
import { pauseMs } from './postgres-retry.ts';
import type { ChangeFeed, Heard } from './registry.ts';
import { createSubscribers } from './subscribers.ts';

const kinds = [
  'account',
  'root-key',
  'operator-key',
  'issuer',
  'role',
  'policy',
  'revocation',
  'sealing-key',
  'secret',
  'setting',
] as const satisfies readonly ChangedKind[];

const changeOf = (row: Row): Change => ({
  position: integer(row, 'position'),
  kind: choice(row, 'kind', kinds),
  accountId: text(row, 'account_id'),
  id: text(row, 'id'),
});

const mostPerPoll = 1000;

/** A replica that is so far behind forgets everything instead of reading it all. */
const clock = 'SELECT position FROM clock';
const changesAfter = `
  SELECT * FROM changes WHERE position > $1 AND position <= $2 ORDER BY position, ordinal LIMIT ${mostPerPoll}`;

/** What to tell, and where the reader stands then. Positions have no gaps, so a missing one was forgotten, or never was. */
export function judgeChanges(
  position: number,
  now: number,
  changes: readonly Change[],
): { readonly heard: readonly Heard[]; readonly position: number } {
  if (now === position) return { heard: [], position };
  const isWhole = now > position && changes.length < mostPerPoll && changes[0]?.position === position + 1;
  return { heard: isWhole ? changes : ['anything'], position: now };
}

export interface FeedOptions {
  readonly address: PostgresAddress;
  readonly pollMs: number;
  readonly onProblem: (error: unknown) => void;
}

const longestReconnectPauseMs = 1500;

/** One connection of its own, so that nothing that the pool is busy with keeps revocations waiting. */
export class PostgresFeed implements ChangeFeed {
  readonly #options: FeedOptions;
  readonly #subscribers = createSubscribers();
  readonly #started = Promise.withResolvers<void>();
  #following: Promise<void> = Promise.resolve();
  #isStopped = false;
  #isConnected = false;
  /** Ends the rest between two polls. */
  #alarm = Promise.withResolvers<void>();
  /** Where this replica stands; undefined before the first poll, when nothing is remembered yet. */
  #position: number | undefined;
  /** When it last asked and was answered, by the clock that is never set. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #refreshed: (() => void)[] = [];

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Resolves once it knows where the record of changes stands, or is told to stop. */
  start(stop?: AbortSignal): Promise<void> {
    this.#following = this.#followForever();
    stop?.addEventListener('abort', () => this.#started.resolve(), { once: true });
    return this.#started.promise;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#alarm.resolve();
    await this.#following;
    for (const resolve of this.#refreshed.splice(0)) resolve();
  }

  subscribe(listener: (heard: Heard) => void): () => void {
    return this.#subscribers.subscribe(listener);
  }

  /** Tells of what was changed here, before it is read from the record. */
  tell(heard: readonly Heard[]): void {
    for (const one of heard) this.#subscribers.tell(one);
  }

  staleness(): number {
    return performance.now() - this.#heardAt;
  }

  refresh(): Promise<void> {
    return new Promise((resolve) => {
      this.#refreshed.push(resolve);
      this.#alarm.resolve();
    });
  }

  async #followForever(): Promise<void> {
    for (let attempt = 0; !this.#isStopped; attempt += 1) {
      const client = new Client(clientConfig(this.#options.address));
      const before = this.#heardAt;
      await this.#follow(client).catch(this.#options.onProblem);
      // A server that is silent would not answer a goodbye either.
      client.end().catch(() => {});
      client.connection.stream.destroy();
      if (this.#heardAt > before) attempt = 0;
      if (!this.#isStopped) await this.#rest(pauseMs(attempt, longestReconnectPauseMs));
    }
  }

  /** Follows until the connection is lost. */
  async #follow(client: Client): Promise<void> {
    const { onProblem, pollMs } = this.#options;
    client.on('error', onProblem);
    client.on('notification', () => this.#alarm.resolve());
    client.on('end', () => {
      this.#isConnected = false;
      this.#alarm.resolve();
    });
    await client.connect();
    this.#isConnected = true;
    await client.query(`LISTEN ${changesChannel}`);
    // Another server may have answered before: what it had and this one lacks must not be remembered.
    if (this.#position !== undefined) this.tell(['anything']);
    while (this.#isConnected && !this.#isStopped) {
      await this.#poll(client);
      await this.#rest(pollMs);
    }
  }

  async #poll(client: Client): Promise<void> {
    const asked = performance.now();
    const waiting = this.#refreshed.length;
    const [row] = (await client.query<Row>(clock)).rows;
    const now = row ? integer(row, 'position') : 0;
    const from = this.#position ?? now;
    const { rows } = now > from ? await client.query<Row>(changesAfter, [from, now]) : { rows: [] };
    const { heard, position } = judgeChanges(from, now, rows.map(changeOf));
    this.#position = position;
    this.tell(heard);
    // What was committed before the question is known now.
    this.#heardAt = asked;
    this.#started.resolve();
    for (const resolve of this.#refreshed.splice(0, waiting)) resolve();
  }

  /** Rests for a time, unless something rings. */
  async #rest(ms: number): Promise<void> {
    const timer = new AbortController();
    const slept = wait(ms, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([slept, this.#alarm.promise]);
    timer.abort();
    this.#alarm = Promise.withResolvers<void>();
  }
}
