// The registry through what happens to machines: killed processes, full disks, a database that restarts, falls silent, or
// comes back read-only. What must hold each time: no key without its record, and service again by itself.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqliteRegistry, type Registry } from '../../../src/io/sql/index.ts';
import { migratePostgres } from '../../../src/io/sql/postgres-migrate.ts';
import { openPool } from '../../../src/io/sql/postgres-pool.ts';
import { postgresMigrations } from '../../../src/io/sql/postgres-schema.ts';
import { must } from './engine.ts';
import { until, useReplicas } from './postgres-replicas.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { startProxy } from './proxy.ts';
import { account, eventOf, openAccounts, role, sessionOf } from './records.ts';

const program = fileURLToPath(import.meta.resolve('./issuing.ts'));
const rounds = 100;

interface Issuing {
  readonly child: ChildProcess;
  readonly left: string[];
  /** Kills it as soon as so many keys left. */
  killAfter(keys: number): Promise<void>;
}

function startIssuing(engine: 'sqlite' | 'postgresql', address: string): Issuing {
  const child = spawn(process.execPath, [program, engine, address], { stdio: ['ignore', 'pipe', 'ignore'] });
  const left: string[] = [];
  let most = Number.POSITIVE_INFINITY;
  createInterface({ input: child.stdout }).on('line', (line) => {
    left.push(line);
    if (left.length >= most) child.kill('SIGKILL');
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    left,
    killAfter: (keys) => {
      most = left.length + keys;
      return ended;
    },
  };
}

/** What is on record: keys, and whether each has its event. */
async function keysOnRecord(registry: Registry): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  const events = new Set<string>();
  for (let after: string | undefined; ; ) {
    const page = await registry.sessions.list({ limit: 1000, ...(after !== undefined && { after }) });
    for (const { accessKeyId } of page.items) keys.add(accessKeyId);
    after = page.next;
    if (after === undefined) break;
  }
  for (let after: string | undefined; ; ) {
    const page = await registry.audit.list({ limit: 1000, ...(after !== undefined && { after }) });
    for (const { requestId } of page.items) events.add(requestId);
    after = page.next;
    if (after === undefined) break;
  }
  expect(events).toEqual(keys);
  return keys;
}

const missing = (left: readonly string[], keys: ReadonlySet<string>) => left.filter((key) => !keys.has(key));

describe('SQLite', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'podiam-faults-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('F11 after SIGKILL at any moment, a hundred times, every key that left is on record, and the file is sound', async () => {
    const path = join(folder, 'killed.db');
    const left: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const issuing = startIssuing('sqlite', path);
      await issuing.killAfter(1 + ((round * 37) % 150));
      left.push(...issuing.left);
    }
    const registry = openSqliteRegistry({ path });
    expect(missing(left, await keysOnRecord(registry))).toEqual([]);
    await registry.close();
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  }, 300_000);

  test('F12 on a disk that is full, and then read-only, nothing is issued; with room again it goes on by itself', () => {
    const script = `
      import { execFileSync } from 'node:child_process';
      import { openSqliteRegistry } from './src/io/sql/index.ts';
      import { eventOf, openAccounts, sessionOf } from './test/io/sql/records.ts';
      const folder = process.argv[1];
      const registry = openSqliteRegistry({ path: folder + '/registry.db' });
      await openAccounts(registry);
      const told = [];
      let count = 0;
      const issue = async () => {
        const key = 'K' + count++;
        try { await registry.issueSession(sessionOf(key), eventOf(key)); told.push(key); return 'issued'; }
        catch (error) { return error.refusal.code + ' ' + error.refusal.status; }
      };
      const until = async (outcome) => { for (let i = 0; i < 5000; i++) if (await issue() === outcome) return; throw new Error('never ' + outcome); };
      const report = {};
      await issue();
      report.full = await until('registry-unavailable 503').then(() => issue());
      report.healthWhenFull = await registry.health();
      report.readWhenFull = (await registry.accounts.find('111122223333'))?.name;
      execFileSync('mount', ['-o', 'remount,size=16m', folder]);
      report.healthAgain = await registry.health();
      report.roomy = await until('issued').then(() => issue());
      const all = [];
      for (let after; ; ) {
        const page = await registry.sessions.list({ limit: 1000, after });
        all.push(...page.items.map((item) => item.accessKeyId));
        after = page.next;
        if (!after) break;
      }
      report.same = JSON.stringify(all) === JSON.stringify(told);
      await registry.close();
      execFileSync('mount', ['-o', 'remount,ro', folder]);
      try { openSqliteRegistry({ path: folder + '/registry.db' }); report.readOnly = 'opened'; }
      catch (error) { report.readOnly = error.refusal.code; }
      console.log(JSON.stringify(report));`;
    const mount = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" --input-type=module -e "$3" "$1"';
    const disk = mkdtempSync(join(folder, 'disk-'));
    const ofOurOwn = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh', disk];
    const [command, ...words] = [...ofOurOwn, process.execPath, script];
    const { stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
    expect({ report: stdout.trim(), stderr: stdout === '' ? stderr : '' }).toEqual({
      report: JSON.stringify({
        full: 'registry-unavailable 503',
        healthWhenFull: { isWell: false, problem: 'database or disk is full' },
        readWhenFull: 'first',
        healthAgain: { isWell: true, problem: '' },
        roomy: 'issued',
        same: true,
        readOnly: 'data-unwritable',
      }),
      stderr: '',
    });
  });
});

describe('PostgreSQL', () => {
  let server: PostgresServer;
  const open = useReplicas();

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(() => server.remove());

  const portOf = (url: string, port: number) => url.replace(`:${server.port}/`, `:${port}/`);

  test('F11 three replicas issue while one after the other is killed, and every key that left is on record', async () => {
    const url = await server.newSchema();
    const left: string[] = [];
    const running = [startIssuing('postgresql', url), startIssuing('postgresql', url), startIssuing('postgresql', url)];
    for (let round = 0; round < rounds; round += 1) {
      const issuing = running.shift() ?? expect.fail();
      await issuing.killAfter(1 + ((round * 37) % 150));
      left.push(...issuing.left);
      running.push(startIssuing('postgresql', url));
    }
    await Promise.all(running.map((issuing) => issuing.killAfter(1)));
    left.push(...running.flatMap((issuing) => issuing.left));
    expect(missing(left, await keysOnRecord(await open(url)))).toEqual([]);
  }, 600_000);

  test('F15 the server crashes and restarts under load: no record is lost, and replicas go on by themselves', async () => {
    const url = await server.newSchema();
    const issuing = [startIssuing('postgresql', url), startIssuing('postgresql', url)];
    const count = () => issuing.map(({ left }) => left.length);
    await until(() => count().every((keys) => keys > 200));
    for (const mode of ['immediate', 'fast'] as const) {
      await server.stop(mode);
      await server.start();
      const before = count();
      await until(() => count().every((keys, i) => keys > (before[i] ?? 0) + 200));
    }
    await server.run('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
    const before = count();
    await until(() => count().every((keys, i) => keys > (before[i] ?? 0) + 200));
    await Promise.all(issuing.map((one) => one.killAfter(1)));
    const keys = await keysOnRecord(await open(url));
    expect(
      missing(
        issuing.flatMap(({ left }) => left),
        keys,
      ),
    ).toEqual([]);
  });

  test('F15 a connection that falls silent is given up, callers are refused in time, and new ones are made', async () => {
    const url = await server.newSchema();
    const proxy = await startProxy(server.port);
    const registry = await open(portOf(url, proxy.port), { queryTimeoutMs: 300, connectTimeoutMs: 300, pollMs: 50 });
    await openAccounts(registry);
    must(await registry.account(account.id).roles.create(role));
    // Its own change, told once more from the record, would make it forget.
    await registry.changes.refresh();
    expect(await registry.account(account.id).roles.access(role.name)).toBeDefined();
    proxy.silence();
    const refused = { refusal: { code: 'registry-unavailable', status: 503 } };
    await expect(registry.issueSession(sessionOf('K1'), eventOf('r1'))).rejects.toMatchObject(refused);
    expect(await registry.account(account.id).roles.access(role.name)).toBeDefined();
    expect(registry.changes.staleness()).toBeGreaterThan(300);
    expect(await registry.health()).toMatchObject({ isWell: false });
    proxy.heal();
    await registry.issueSession(sessionOf('K2'), eventOf('r2'));
    await until(() => registry.changes.staleness() < 300);
    expect((await registry.sessions.list({ limit: 10 })).items.map(({ accessKeyId }) => accessKeyId)).toContain('K2');
    await registry.close();
    await proxy.close();
  });

  test('F15 an old primary that became read-only is left for the new one', async () => {
    const url = await server.newSchema();
    const registry = await open(url);
    await openAccounts(registry);
    await server.run('ALTER SYSTEM SET default_transaction_read_only = on');
    await server.run('SELECT pg_reload_conf()');
    await until(
      async () =>
        (await server.run('SHOW default_transaction_read_only'))[0]?.['default_transaction_read_only'] === 'on',
    );
    await expect(registry.issueSession(sessionOf('K1'), eventOf('r1'))).rejects.toMatchObject({
      refusal: { code: 'registry-unavailable' },
    });
    const waiting = registry.account(account.id).roles.create(role);
    await server.run('ALTER SYSTEM SET default_transaction_read_only = off');
    await server.run('SELECT pg_reload_conf()');
    expect(must(await waiting).id).toBe(role.id);
    await registry.issueSession(sessionOf('K2'), eventOf('r2'));
  });

  test('F16 more replicas than the server has connections: some wait, some are told so, none is left half served', async () => {
    const small = await startPostgres({ max_connections: '12', superuser_reserved_connections: '3' });
    const url = await small.newSchema();
    const one = await open(url, { connections: 8 });
    const two = await open(url, { connections: 8 });
    await openAccounts(one);
    const calls = Array.from({ length: 400 }, (_, i) => {
      const registry = i % 2 ? one : two;
      return i % 4 < 2
        ? registry.issueSession(sessionOf(`K${i}`), eventOf(`K${i}`))
        : registry.accounts.find(account.id);
    });
    const results = await Promise.allSettled(calls);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ refusal: { status: 503 } });
    }
    const issued = results.flatMap(({ status }, i) => (i % 4 < 2 && status === 'fulfilled' ? [`K${i}`] : []));
    expect(missing(issued, await keysOnRecord(one))).toEqual([]);
    await Promise.all([one.close(), two.close()]);
    await small.remove();
  });

  test('F17 a migration that is killed in the middle leaves nothing, and the next start finishes', async () => {
    const url = await server.newSchema();
    const address = { url, connectTimeoutMs: 3000, queryTimeoutMs: 60_000 };
    const pool = openPool(address, { connections: 1, mostWaiting: 1 }, () => {});
    const slow = [
      ...postgresMigrations,
      { about: 'slow', least: 1, sql: 'CREATE TABLE late (a int); SELECT pg_sleep(60)' },
    ];
    const migrating = expect(migratePostgres(pool, slow)).rejects.toThrow('administrator command');
    const sleeping = `SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()`;
    await until(async () => (await server.run(sleeping)).length > 0);
    const waiting = [open(url), open(url)];
    await server.run(`SELECT pg_terminate_backend(pid) FROM (${sleeping}) AS s`);
    await migrating;
    for (const replica of await Promise.all(waiting)) await replica.settings.put('a', 'b');
    const tables = `SELECT to_regclass('late') AS late, (SELECT count(*)::int FROM podiam_migrations) AS steps`;
    expect(await server.run(tables, url)).toEqual([{ late: null, steps: 1 }]);
    await pool.end();
  });

  test('F18 replicas of this version and of the next work on one schema, and the next one’s can be left again', async () => {
    const url = await server.newSchema();
    const now = await open(url);
    await openAccounts(now);
    const address = { url, connectTimeoutMs: 3000, queryTimeoutMs: 3000 };
    const pool = openPool(address, { connections: 1, mostWaiting: 1 }, () => {});
    const next = [...postgresMigrations, { about: 'adds', least: 1, sql: 'ALTER TABLE roles ADD COLUMN motto text' }];
    const issuing = startIssuing('postgresql', url);
    await until(() => issuing.left.length > 50);
    await migratePostgres(pool, next);
    must(await now.account(account.id).roles.create(role));
    const before = issuing.left.length;
    await until(() => issuing.left.length > before + 50);
    const back = await open(url);
    expect((await back.account(account.id).roles.find(role.name))?.id).toBe(role.id);
    await issuing.killAfter(1);
    expect(missing(issuing.left, await keysOnRecord(back))).toEqual([]);
    await pool.end();
  });

  test('F21 a database that is absent at the start is waited for', async () => {
    const url = await server.newSchema();
    await server.stop();
    const problems: string[] = [];
    const opening = open(url, { onProblem: (problem) => problems.push(problem) });
    await until(() => problems.length > 2);
    await server.start();
    expect(await (await opening).accounts.find(account.id)).toBeUndefined();
    expect(problems[0]).toMatch(/the database cannot be reached: .*ECONNREFUSED/);
  });
});
