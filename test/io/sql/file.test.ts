import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RefusedError } from '../../../src/core/refusals/index.ts';
import { networkFileSystemOf, refuseOldSqlite } from '../../../src/io/sql/file.ts';
import { openSqliteRegistry } from '../../../src/io/sql/index.ts';
import { account, openAccounts, otherAccount, rootKey } from './records.ts';

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
  await openAccounts(registry);
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
  expect((await again.accounts.list({ limit: 10 })).items).toEqual([account, otherAccount]);
  await again.close();
});

test('nobody else on the machine may read the file or its companions', async () => {
  const registry = openSqliteRegistry({ path });
  await openAccounts(registry);
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
    expect(await registry.accounts.open(account, rootKey)).toBeUndefined();
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
    expect(() => openSqliteRegistry({ path })).toThrow('has schema 99, and this version of Podiam knows up to 6');
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
