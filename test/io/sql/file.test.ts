import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RefusedError } from '../../../src/core/refusals/index.ts';
import { networkFileSystemOf, refuseOldSqlite } from '../../../src/io/sql/file.ts';
import { openSqliteRegistry } from '../../../src/io/sql/index.ts';
import { account, eventOf, issuer, role, rootKey, sessionOf } from './records.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podiam-sql-'));
  path = join(folder, 'registry.db');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The code with which opening is refused. */
function refusedWith(file: string): string {
  try {
    void openSqliteRegistry({ path: file }).close();
    return 'opened';
  } catch (error) {
    return error instanceof RefusedError ? error.refusal.code : String(error);
  }
}

async function makeRegistry(): Promise<void> {
  const registry = openSqliteRegistry({ path });
  await registry.openAccount(account, rootKey);
  await registry.close();
}

function change(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

test('what was put is there after a restart', async () => {
  await makeRegistry();
  const again = openSqliteRegistry({ path });
  expect(await again.listAccounts()).toEqual([account]);
  await again.close();
});

test('nobody else on the machine may read the file or its companions', async () => {
  const registry = openSqliteRegistry({ path });
  await registry.openAccount(account, rootKey);
  expect([path, `${path}-wal`].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  await registry.close();
});

test('commits reach the disk before they return, in WAL mode, under our application id', async () => {
  await makeRegistry();
  const database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  expect(database.prepare('PRAGMA application_id').get()).toEqual({ application_id: 0x506f6469 });
  database.close();
});

describe('F14', () => {
  test('a second process is refused at once, and the first goes on', async () => {
    const registry = openSqliteRegistry({ path });
    const program = `
      import { openSqliteRegistry } from './src/io/sql/index.ts';
      try { openSqliteRegistry({ path: process.argv[1] }); } catch (error) { console.log(error.refusal.code, error.message); }`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program, path], { encoding: 'utf8' });
    expect(child.stdout).toContain(`data-in-use The registry ${path} is in use by another process.`);
    expect(await registry.openAccount(account, rootKey)).toBeUndefined();
    await registry.close();
    expect(refusedWith(path)).toBe('opened');
  });

  test.each([
    ['3.51.2', 'refused'],
    ['3.9.0', 'refused'],
    ['3.51.3', 'taken'],
    ['3.53.4', 'taken'],
    ['4.0.0', 'taken'],
  ])('SQLite %s is %s', (version, outcome) => {
    const check = () => refuseOldSqlite(version);
    if (outcome === 'taken') expect(check).not.toThrow();
    else expect(check).toThrow('can damage a database in WAL mode');
  });

  test('network file systems are known by their type on Linux', () => {
    expect(networkFileSystemOf(0x6969, 'linux')).toBe('NFS');
    expect(networkFileSystemOf(0xff534d42, 'linux')).toBe('CIFS');
    expect(networkFileSystemOf(0xff534d42 | 0, 'linux')).toBe('CIFS');
    expect(networkFileSystemOf(0xef53, 'linux')).toBeUndefined();
    expect(networkFileSystemOf(0x6969, 'darwin')).toBeUndefined();
  });
});

describe('a file that is refused', () => {
  test('of another application stays as it was', () => {
    change('CREATE TABLE bookmarks (url TEXT); PRAGMA application_id = 7;');
    const before = readFileSync(path);
    expect(refusedWith(path)).toBe('data-foreign');
    expect(readFileSync(path)).toEqual(before);
  });

  test('of nobody in particular, but with tables, is foreign too', () => {
    change('CREATE TABLE bookmarks (url TEXT)');
    expect(refusedWith(path)).toBe('data-foreign');
  });

  test('that is no database is foreign and stays as it was', () => {
    writeFileSync(path, 'kind: Secret\n'.repeat(1000));
    expect(refusedWith(path)).toBe('data-foreign');
    expect(readFileSync(path, 'utf8')).toBe('kind: Secret\n'.repeat(1000));
  });

  test('F18 with a schema newer than is known stays as it was', async () => {
    await makeRegistry();
    change('PRAGMA user_version = 99');
    const before = readFileSync(path);
    expect(() => openSqliteRegistry({ path })).toThrow('has schema 99, and this version of Podiam knows up to 3');
    expect(readFileSync(path)).toEqual(before);
  });

  test('that lost its tail, or whose pages are overwritten, is damaged', async () => {
    await makeRegistry();
    const whole = readFileSync(path);
    truncateSync(path, 4096);
    expect(refusedWith(path)).toBe('data-corrupt');
    writeFileSync(path, Buffer.concat([whole.subarray(0, 100), Buffer.alloc(whole.length - 100, 0x5a)]));
    expect(refusedWith(path)).toBe('data-corrupt');
  });

  test('in a folder that is missing, or is itself a folder, cannot be written', () => {
    expect(refusedWith(join(folder, 'missing', 'registry.db'))).toBe('data-unwritable');
    mkdirSync(path);
    expect(refusedWith(path)).toBe('data-unwritable');
    expect(refusedWith('/proc/registry.db')).toBe('data-unwritable');
  });

  test('is refused in a sentence that names it, with what to do', () => {
    expect(() => openSqliteRegistry({ path: join(folder, 'missing', 'registry.db') })).toThrow(
      `The registry ${join(folder, 'missing', 'registry.db')} cannot be written: no such file or directory. Check that its folder exists`,
    );
  });
});

test('an empty file, as mktemp leaves it, becomes a registry', () => {
  writeFileSync(path, '');
  expect(refusedWith(path)).toBe('opened');
});

describe('an older schema', () => {
  // Version 1 as it was released: its text must not follow the migrations of today.
  const version1 = `
    CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE root_keys (access_key_id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id),
      encrypted_secret BLOB NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX root_keys_by_account ON root_keys (account_id);
    CREATE TABLE issuers (id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), url TEXT NOT NULL,
      audiences TEXT NOT NULL, jwks TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (account_id, url)) STRICT;
    CREATE TABLE roles (id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), name TEXT NOT NULL,
      path TEXT NOT NULL, trust_policy TEXT NOT NULL, permissions TEXT NOT NULL, max_session_seconds INTEGER NOT NULL,
      created_at INTEGER NOT NULL, UNIQUE (account_id, name)) STRICT;
    PRAGMA application_id = 0x506f6469;
    PRAGMA user_version = 1;
    INSERT INTO accounts VALUES ('${account.id}', '${account.name}', ${account.createdAt});`;

  test('is brought up to date with what it holds', async () => {
    change(version1);
    const registry = openSqliteRegistry({ path });
    expect(await registry.listAccounts()).toEqual([account]);
    await registry.putIssuer(issuer);
    await registry.createRole(role);
    await registry.issueSession(sessionOf('ASIA1'), eventOf('r1'));
    await registry.putSetting('a', 'b');
    await registry.close();
    const again = openSqliteRegistry({ path });
    expect(await again.findSession(account.id, 'ASIA1')).toEqual(sessionOf('ASIA1'));
    await again.close();
  });

  test('F17 that cannot be brought up to date stays at its version, whole', () => {
    change(`${version1} CREATE TABLE audit (of TEXT);`);
    expect(refusedWith(path)).toBe('data-corrupt');
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'sessions'").get()).toEqual({ n: 0 });
    database.close();
  });
});
