// Backups, and what can be said of a registry's file without opening it for use.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteRegistry, restoreSqlite, sqliteSchema } from '../../../src/io/sql/index.ts';
import { account, eventOf, openAccounts, sessionOf } from './records.ts';

let folder: string;
const at = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podiam-backup-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a backup', () => {
  test('holds what was on record, though sessions are issued meanwhile, and is put back whole', async () => {
    const registry = openSqliteRegistry({ path: at('registry.db') });
    await openAccounts(registry);
    const issued: string[] = [];
    const issue = async (key: string) => {
      await registry.issueSession(sessionOf(key), eventOf(key));
      issued.push(key);
    };
    for (let i = 0; i < 300; i += 1) await issue(`before-${i}`);
    const certain = [...issued];
    const copying = registry.backup(at('copy.db'));
    for (let i = 0; i < 50; i += 1) await issue(`during-${i}`);
    expect(await copying).toBeUndefined();
    await registry.close();

    expect(statSync(at('copy.db')).mode & 0o777).toBe(0o600);
    expect(await restoreSqlite(at('copy.db'), at('restored.db'))).toBeUndefined();
    const restored = openSqliteRegistry({ path: at('restored.db') });
    const { items } = await restored.sessions.list({ limit: 1000 });
    const kept = items.map(({ accessKeyId }) => accessKeyId);
    expect(kept.slice(0, certain.length)).toEqual(certain);
    expect(kept).toEqual(issued.slice(0, kept.length));
    expect((await restored.audit.list({ limit: 1000 })).items).toHaveLength(kept.length);
    await restored.close();
  });

  test('is taken while nothing is done but writing: many tries, none of which meets an error of nobody’s', async () => {
    const registry = openSqliteRegistry({ path: at('registry.db'), mostPerCommit: 512 });
    await openAccounts(registry);
    const over = new AbortController();
    const writing = (async () => {
      for (let i = 0; i < 150; i += 1) {
        await Promise.all(Array.from({ length: 64 }, (_, j) => registry.appendAudit(eventOf(`r${i}-${j}`))));
      }
      over.abort();
    })();
    const outcomes = [];
    while (!over.signal.aborted) outcomes.push(await registry.backup(at(`copy-${outcomes.length}.db`)));
    await writing;
    await registry.close();
    expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([]);
  });

  test('is never written over a file, and neither is a registry by one', async () => {
    const registry = openSqliteRegistry({ path: at('registry.db') });
    writeFileSync(at('copy.db'), 'mine');
    expect(await registry.backup(at('copy.db'))).toMatchObject({ code: 'backup-exists' });
    expect(readFileSync(at('copy.db'), 'utf8')).toBe('mine');
    expect(await registry.backup(at('missing/copy.db'))).toMatchObject({ code: 'backup-failed' });
    expect(await registry.backup(at('copy2.db'))).toBeUndefined();
    await registry.close();
    expect(await restoreSqlite(at('copy2.db'), at('registry.db'))).toMatchObject({ code: 'backup-exists' });
    writeFileSync(at('other.db-wal'), '');
    expect(await restoreSqlite(at('copy2.db'), at('other.db'))).toMatchObject({ code: 'backup-exists' });
    expect(await restoreSqlite(at('copy2.db'), at('missing/registry.db'))).toMatchObject({ code: 'backup-failed' });
    expect(readdirSync(folder).toSorted()).toEqual(['copy.db', 'copy2.db', 'other.db-wal', 'registry.db']);
  });

  test('that is damaged, foreign, newer or missing is not put back', async () => {
    const registry = openSqliteRegistry({ path: at('registry.db') });
    await openAccounts(registry);
    for (let i = 0; i < 200; i += 1) await registry.appendAudit(eventOf(`r${i}`));
    await registry.backup(at('copy.db'));
    await registry.close();
    const bytes = readFileSync(at('copy.db'));
    writeFileSync(
      at('damaged.db'),
      Buffer.concat([bytes.subarray(0, 20_000), Buffer.alloc(bytes.length - 20_000, 0x5a)]),
    );
    writeFileSync(at('foreign.db'), 'kind: Secret\n'.repeat(1000));
    writeFileSync(at('newer.db'), bytes);
    const newer = new DatabaseSync(at('newer.db'));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const outcome = async (name: string) => (await restoreSqlite(at(name), at('restored.db')))?.code;
    expect(await outcome('damaged.db')).toBe('data-corrupt');
    expect(await outcome('foreign.db')).toBe('data-foreign');
    expect(await outcome('newer.db')).toBe('data-newer');
    expect(await outcome('nothing.db')).toBe('data-unwritable');
    expect(readdirSync(folder).filter((name) => name.startsWith('restored'))).toEqual([]);
  });
});

describe('the schema of a file', () => {
  test('is told with the steps that are pending, and nothing is changed', async () => {
    const old = new DatabaseSync(at('old.db'));
    old.exec(readFileSync(join(import.meta.dirname, 'version-0.1.0.sql'), 'utf8'));
    old.close();
    const before = readFileSync(at('old.db'));
    expect(sqliteSchema(at('old.db'))).toMatchObject({ found: 3, known: 6, pending: { length: 3 } });
    expect(readFileSync(at('old.db'))).toEqual(before);
    expect(readdirSync(folder)).toEqual(['old.db']);
    const registry = openSqliteRegistry({ path: at('old.db') });
    expect(await registry.accounts.find(account.id)).toBeUndefined();
    await registry.settings.put('a', 'b');
    expect(sqliteSchema(at('old.db'))).toMatchObject({ code: 'data-in-use' });
    await registry.close();
    expect(sqliteSchema(at('old.db'))).toEqual({ found: 6, known: 6, pending: [] });
    expect(sqliteSchema(at('none.db'))).toMatchObject({ code: 'data-unwritable' });
  });
});
