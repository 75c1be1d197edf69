// Connections to PostgreSQL: few, with time-outs everywhere, and dropped whenever it is not certain what state they are in.
import { type ClientConfig, Pool, type PoolClient, TypeOverrides } from 'pg';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { Row } from './columns.ts';
import { isLost } from './postgres-failures.ts';
import type { Load } from './registry.ts';
import type { Value } from './work.ts';

/** Where the database is, and how long is waited for it. */
export interface PostgresAddress {
  /** As libpq has it: `postgres://user:password@host:5432/database?sslmode=verify-full`. */
  readonly url: string;
  /** Until a connection stands. */
  readonly connectTimeoutMs: number;
  /** Until a statement is answered; a connection that is silent for longer is dropped. */
  readonly queryTimeoutMs: number;
}

/** Column types whose values are numbers of ours: int8, as times, counts and positions are. */
const int8 = 20;

export function clientConfig({ url, connectTimeoutMs, queryTimeoutMs }: PostgresAddress): ClientConfig {
  const types = new TypeOverrides();
  types.setTypeParser(int8, Number);
  return {
    connectionString: url,
    application_name: 'podiam',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  };
}

/** A connection, for as long as one piece of work has it. */
export interface Connection {
  query(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  /** Without values and rows; several statements may stand in it. */
  command(sql: string): Promise<void>;
}

export interface PostgresPool {
  /** Runs work on a connection that is its own until it ends. Rejects with `registry-busy` where too many wait for one. */
  lend<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>;
  counts(): Load['connections'];
  end(): Promise<void>;
}

export interface PoolLimits {
  readonly connections: number;
  /** Work that may wait for a connection; more is refused. */
  readonly mostWaiting: number;
}

function connectionOn(client: PoolClient): Connection {
  return {
    query: async (sql, values = []) => {
      const { rows } = await client.query<Row>(sql, [...values]);
      return rows;
    },
    command: async (sql) => void (await client.query(sql)),
  };
}

/** Takes the socket away at once: a peer that is silent would not answer a goodbye either. */
function drop(client: PoolClient): void {
  client.release(true);
  if ('connection' in client) {
    const { connection } = client;
    if (typeof connection === 'object' && connection !== null && 'stream' in connection) destroy(connection.stream);
  }
}

function destroy(stream: unknown): void {
  if (typeof stream !== 'object' || stream === null || !('destroy' in stream)) return;
  if (typeof stream.destroy === 'function') Reflect.apply(stream.destroy, stream, []);
}

/** @param onLost told of a connection that broke while nothing used it */
export function openPool(
  address: PostgresAddress,
  { connections, mostWaiting }: PoolLimits,
  onLost: (error: Error) => void,
): PostgresPool {
  const pool = new Pool({ ...clientConfig(address), max: connections, idleTimeoutMillis: 30_000 });
  // Without listeners, a connection that breaks ends the process.
  pool.on('error', onLost);
  let ended: Promise<void> | undefined;
  pool.on('connect', (client) => void client.on('error', () => {}));
  return {
    lend: async (work) => {
      if (pool.ending) throw new RefusedError(refuse('registry-unavailable', {}, 'it is closed'));
      if (pool.waitingCount >= mostWaiting) throw new RefusedError(refuse('registry-busy', {}));
      const client = await pool.connect();
      try {
        const result = await work(connectionOn(client));
        client.release();
        return result;
      } catch (error) {
        if (isLost(error)) drop(client);
        else client.release();
        throw error;
      }
    },
    counts: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    end: () => (ended ??= pool.end()),
  };
}
