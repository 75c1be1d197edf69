import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteRegistry } from '../../../src/io/sql/index.ts';
import { account, eventOf, openAccounts, sessionOf } from './records.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podiam-sql-'));
  path = join(folder, 'registry.db');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const keysOf = (count: number, prefix = 'ASIA') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('group commit', () => {
  test('writes of one turn share a commit, those of the next have another', async () => {
    const commits: number[] = [];
    const registry = openSqliteRegistry({ path, onCommit: (writes) => commits.push(writes) });
    await openAccounts(registry);
    await Promise.all(keysOf(64).map((key) => registry.issueSession(sessionOf(key), eventOf(key))));
    await Promise.all([registry.appendAudit(eventOf('a')), registry.issueSession(sessionOf('B'), eventOf('b'))]);
    expect(commits).toEqual([64, 2]);
    await registry.close();
  });

  test('a small commit waits for what is asked in the next turn, a large one does not', async () => {
    const commits: number[] = [];
    const registry = openSqliteRegistry({ path, onCommit: (writes) => commits.push(writes) });
    await openAccounts(registry);
    const issueAll = (keys: readonly string[]) =>
      keys.map((key) => registry.issueSession(sessionOf(key), eventOf(key)));
    for (const [first, second] of [
      [1, 2],
      [64, 3],
    ] as const) {
      const early = issueAll(keysOf(first, `ASIA${first}E`));
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([...early, ...issueAll(keysOf(second, `ASIA${first}L`))]);
    }
    expect(commits).toEqual([3, 64, 3]);
    await registry.close();
  });

  test('a commit carries no more than is allowed, and nothing is lost between two', async () => {
    const commits: number[] = [];
    const options = { path, mostPerCommit: 10, onCommit: (writes: number) => commits.push(writes) };
    const registry = openSqliteRegistry(options);
    await openAccounts(registry);
    await Promise.all(keysOf(25).map((key) => registry.issueSession(sessionOf(key), eventOf(key))));
    expect(commits).toEqual([10, 10, 5]);
    expect((await registry.sessions.list({ limit: 100 })).items).toHaveLength(25);
    await registry.close();
  });

  test('F16 the queue is bounded: what is too much is refused at once, the rest is written', async () => {
    const registry = openSqliteRegistry({ path, mostQueued: 5 });
    const results = await Promise.allSettled(keysOf(8).map((key) => registry.appendAudit(eventOf(key))));
    expect(results.map(({ status }) => status).slice(4)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(results[7]).toMatchObject({ reason: { refusal: { code: 'registry-busy', status: 503 } } });
    await registry.appendAudit(eventOf('later'));
    expect((await registry.audit.list({ limit: 10 })).items).toHaveLength(6);
    await registry.close();
  });

  test('closing writes what is queued; what comes later is refused', async () => {
    const registry = openSqliteRegistry({ path });
    const last = registry.appendAudit(eventOf('last'));
    await registry.close();
    await last;
    await expect(registry.appendAudit(eventOf('late'))).rejects.toMatchObject({
      refusal: { code: 'registry-unavailable' },
    });
    await expect(registry.accounts.find(account.id)).rejects.toMatchObject({
      refusal: { code: 'registry-unavailable' },
    });
    await registry.close();
    const again = openSqliteRegistry({ path });
    expect((await again.audit.list({ limit: 10 })).items).toEqual([eventOf('last')]);
    await again.close();
  });
});

test('F12 on a full disk nothing is issued, what was issued can be read, and room heals it', async () => {
  const small = openSqliteRegistry({ path, maxPages: 60 });
  await openAccounts(small);
  const issued: string[] = [];
  const failures: unknown[] = [];
  for (let round = 0; failures.length === 0; round++) {
    const keys = keysOf(20, `ASIA${round}-`);
    const results = await Promise.allSettled(keys.map((key) => small.issueSession(sessionOf(key), eventOf(key))));
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') issued.push(keys[i] ?? '');
      else failures.push(result.reason);
    }
  }
  expect(failures).toHaveLength(20);
  expect(failures[0]).toMatchObject({
    refusal: { code: 'registry-unavailable', status: 503, cause: 'database or disk is full' },
  });
  expect(issued.length).toBeGreaterThan(20);
  expect(await small.account(account.id).sessions.find(issued[0] ?? '')).toBeDefined();
  await small.close();

  const roomy = openSqliteRegistry({ path });
  await roomy.issueSession(sessionOf('ASIA-after'), eventOf('after'));
  const onRecord = (await roomy.sessions.list({ limit: 1000 })).items.map(({ accessKeyId }) => accessKeyId);
  expect(onRecord).toEqual([...issued, 'ASIA-after']);
  expect((await roomy.audit.list({ limit: 1000 })).items).toHaveLength(onRecord.length);
  await roomy.close();
});

test('F11 after SIGKILL at any moment every key that left is on record, and the file is sound', async () => {
  const program = `
    import { openSqliteRegistry } from './src/io/sql/index.ts';
    import { eventOf, openAccounts, sessionOf } from './test/io/sql/records.ts';
    const registry = openSqliteRegistry({ path: process.argv[1] });
    await openAccounts(registry);
    const loop = async (worker) => {
      for (let i = 0; ; i++) {
        const key = process.pid + '-' + worker + '-' + i;
        await registry.issueSession(sessionOf(key), eventOf(key));
        process.stdout.write(key + '\\n');
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, worker) => loop(worker)));`;
  const left: string[] = [];
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, path]);
    const before = left.length;
    createInterface({ input: child.stdout }).on('line', (line) => {
      left.push(line);
      if (left.length === before + 40 + round * 37) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('close', resolve));
    // A line that was cut in the middle of its write left nobody.
    expect(left.length).toBeGreaterThan(before);
  }
  const registry = openSqliteRegistry({ path });
  for (const key of left) expect(await registry.account(account.id).sessions.find(key)).toEqual(sessionOf(key));
  await registry.close();
  const database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  const counts = 'SELECT (SELECT count(*) FROM sessions) - (SELECT count(*) FROM audit) AS difference';
  expect(database.prepare(counts).get()).toEqual({ difference: 0 });
  database.close();
});
