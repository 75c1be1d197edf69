// What holds between replicas on one PostgreSQL, and between one of them and a database that fails it briefly.
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import {
  checkPostgres,
  type Heard,
  openPostgresRegistry,
  type PostgresOptions,
  type Registry,
} from '../../../src/io/sql/index.ts';
import { migrations } from '../../../src/io/sql/migrations.ts';
import { judgeChanges } from '../../../src/io/sql/postgres-feed.ts';
import { must } from './engine.ts';
import type { PostgresServer } from './postgres-server.ts';
import { startProxy } from './proxy.ts';
import {
  account,
  eventOf,
  noon,
  openAccounts,
  otherAccount,
  policy,
  revocation,
  role,
  rootKey,
  sessionOf,
} from './records.ts';

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Opens registries that are closed with the test. */
export function useReplicas(): (url: string, options?: Partial<PostgresOptions>) => Promise<Registry> {
  const opened: Registry[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((registry) => registry.close()));
  });
  return async (url, options = {}) => {
    const registry = await openPostgresRegistry({ url, connections: 4, ...options });
    opened.push(registry);
    return registry;
  };
}

export function describeReplicas(server: () => PostgresServer): void {
  const open = useReplicas();

  describe('the schema', () => {
    test('F17 five replicas that start at once on an empty database make it once', async () => {
      const url = await server().newSchema();
      expect(await checkPostgres({ url })).toMatchObject({ found: 0, known: 1, pending: { length: 1 } });
      const replicas = await Promise.all(Array.from({ length: 5 }, () => open(url)));
      await openAccounts(replicas[0] ?? expect.fail());
      for (const replica of replicas) expect(await replica.accounts.find(account.id)).toEqual(account);
      expect(await server().run('SELECT count(*)::int AS n FROM podiam_migrations', url)).toEqual([{ n: 1 }]);
      expect(await checkPostgres({ url })).toEqual({ found: 1, known: 1, pending: [] });
    });

    test('has the tables and columns that SQLite’s has, and marks of commits', async () => {
      const url = await server().newSchema();
      await open(url);
      const rows = await server().run(
        `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
         WHERE table_schema = current_schema()`,
        url,
      );
      const database = new DatabaseSync(':memory:');
      for (const { sql } of migrations) database.exec(sql);
      const expected = database
        .prepare(
          "SELECT t.name || '.' || c.name AS name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'",
        )
        .all();
      database.close();
      const names = (of: readonly Record<string, unknown>[]) =>
        of
          .map(({ name }) => String(name))
          .filter((name) => !/^(commits|podiam_migrations)\./.test(name))
          .toSorted();
      expect(names(rows)).toEqual(names(expected));
    });

    test('F18 newer than is known is refused, unless it says that this version can work on it', async () => {
      const url = await server().newSchema();
      await (await open(url)).settings.put('a', 'b');
      await server().run("INSERT INTO podiam_migrations VALUES (2, 1, 'adds')", url);
      expect(await (await open(url)).settings.find('a')).toBe('b');
      expect(await checkPostgres({ url })).toEqual({ found: 2, known: 1, pending: [] });
      await server().run("INSERT INTO podiam_migrations VALUES (3, 3, 'changes')", url);
      await expect(open(url)).rejects.toThrow('has schema 3, which cannot be used by this version');
      await expect(checkPostgres({ url })).rejects.toMatchObject({ refusal: { code: 'database-newer' } });
    });

    test('of a stranger is refused and stays as it was', async () => {
      const url = await server().newSchema();
      await server().run('CREATE TABLE roles (mine text)', url);
      await expect(open(url)).rejects.toMatchObject({ refusal: { code: 'database-foreign' } });
      const tables = 'SELECT count(*)::int AS n FROM information_schema.tables WHERE table_schema = current_schema()';
      expect(await server().run(tables, url)).toEqual([{ n: 1 }]);
    });
  });

  describe('two replicas', () => {
    test('hear of each other’s changes, and what one remembers is forgotten with the other’s change', async () => {
      const url = await server().newSchema();
      const [one, two] = await Promise.all([open(url, { pollMs: 60_000 }), open(url, { pollMs: 60_000 })]);
      await openAccounts(one);
      const heard: Heard[] = [];
      two.changes.subscribe((change) => heard.push(change));
      must(await one.account(account.id).roles.create(role));
      await until(() => heard.some((change) => change !== 'anything' && change.kind === 'role'));
      expect((await two.account(account.id).roles.access(role.name))?.inline).toEqual([]);
      await one.account(account.id).rolePolicies.putInline(role.name, { name: 'p', document: '{}' }, noon);
      await until(async () => (await two.account(account.id).roles.access(role.name))?.inline.length === 1);
      must(await one.account(account.id).revocations.add(revocation));
      await until(() => heard.some((change) => change !== 'anything' && change.kind === 'revocation'));
      expect((await two.revocations.since(0, 10)).items).toHaveLength(1);
    });

    test('hear of them where no notification comes', async () => {
      const url = await server().newSchema();
      const registry = await open(url, { pollMs: 20 });
      const heard: Heard[] = [];
      registry.changes.subscribe((change) => heard.push(change));
      await server().run(
        `BEGIN; UPDATE clock SET position = position + 1;
         INSERT INTO changes SELECT position, 1, 'setting', '', 'silent' FROM clock; COMMIT`,
        url,
      );
      await until(() => heard.length > 0);
      expect(heard).toEqual([{ position: 1, kind: 'setting', accountId: '', id: 'silent' }]);
      expect(registry.changes.staleness()).toBeLessThan(4000);
    });

    test('change one document at once, and one of them is told', async () => {
      const url = await server().newSchema();
      const replicas = await Promise.all([open(url), open(url), open(url)]);
      await openAccounts(replicas[0] ?? expect.fail());
      must(await (replicas[0] ?? expect.fail()).account(account.id).roles.create(role));
      const edits = replicas.flatMap((replica) =>
        Array.from({ length: 5 }, () =>
          replica.account(account.id).roles.update(role.name, { description: 'x' }, { at: noon, revision: 1 }),
        ),
      );
      const outcomes = await Promise.all(edits);
      const taken = outcomes.filter((outcome) => !('code' in outcome));
      expect(taken).toHaveLength(1);
    });
  });

  test.each([
    [5, 5, [], { heard: [], position: 5 }],
    [5, 4, [], { heard: ['anything'], position: 4 }],
    [5, 9, [], { heard: ['anything'], position: 9 }],
    [5, 9, [8, 9], { heard: ['anything'], position: 9 }],
    [5, 7, [6, 6, 7], { heard: [6, 6, 7], position: 7 }],
  ])(
    'a reader at %d, where the clock says %d and the record holds %j, does not miss a change',
    (from, now, held, told) => {
      const change = (position: number) => ({ position, kind: 'role', accountId: 'a', id: 'i' }) as const;
      const { heard, position } = judgeChanges(from, now, held.map(change));
      expect({ heard: heard.map((one) => (one === 'anything' ? one : one.position)), position }).toEqual(told);
    },
  );

  describe('F16', () => {
    test('a commit whose answer is lost counts once, whether it made a role or a session', async () => {
      const url = await server().newSchema();
      const proxy = await startProxy(server().port);
      const registry = await open(url.replace(String(server().port), String(proxy.port)));
      await openAccounts(registry);
      proxy.loseAnswerTo('COMMIT');
      expect(must(await registry.account(account.id).roles.create(role)).id).toBe(role.id);
      proxy.loseAnswerTo('INSERT INTO commits');
      await registry.issueSession(sessionOf('ASIA1'), eventOf('r1'));
      expect(proxy.lost()).toBe(2);
      expect((await registry.sessions.list({ limit: 10 })).items).toEqual([sessionOf('ASIA1')]);
      expect((await registry.audit.list({ limit: 10 })).items).toEqual([eventOf('r1')]);
      await registry.close();
      await proxy.close();
    });

    test('a transaction that the database gives up is run again, and given up after a few times', async () => {
      const url = await server().newSchema();
      const registry = await open(url);
      await openAccounts(registry);
      const failing = (times: number, state: string) =>
        server().run(
          `DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries;
           CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('tries') <= ${times} THEN RAISE EXCEPTION 'on purpose' USING ERRCODE = '${state}'; END IF;
             RETURN NEW; END $$;
           CREATE OR REPLACE TRIGGER failing BEFORE INSERT ON policies FOR EACH ROW EXECUTE FUNCTION fail();
           CREATE OR REPLACE TRIGGER failing BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION fail()`,
          url,
        );
      for (const [i, state] of ['40001', '40P01', '53300', '25006'].entries()) {
        await failing(2, state);
        must(await registry.account(account.id).policies.create({ ...policy, id: `P${i}`, name: `p${i}` }, '{}'));
        await failing(2, state);
        await registry.issueSession(sessionOf(`ASIA${i}`), eventOf(`r${i}`));
      }
      await failing(1000, '40001');
      const refused = { refusal: { code: 'registry-unavailable', status: 503, cause: '40001 on purpose' } };
      await Promise.all([
        expect(registry.account(otherAccount.id).policies.create(policy, '{}')).rejects.toMatchObject(refused),
        expect(registry.issueSession(sessionOf('ASIA9'), eventOf('r9'))).rejects.toMatchObject(refused),
      ]);
      await failing(0, '40001');
      expect((await registry.sessions.list({ limit: 10 })).items).toHaveLength(4);
      expect((await registry.audit.list({ limit: 10 })).items).toHaveLength(4);
      expect(await registry.account(otherAccount.id).policies.find(policy.name)).toBeUndefined();
    });

    test('the queue is bounded: what is too much is refused at once, the rest is written', async () => {
      const url = await server().newSchema();
      const registry = await open(url, { mostQueued: 5 });
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) => registry.appendAudit(eventOf(`r${i}`))),
      );
      const refused = results.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(3);
      expect(refused[0]).toMatchObject({ reason: { refusal: { code: 'registry-busy' } } });
      await registry.appendAudit(eventOf('later'));
      expect((await registry.audit.list({ limit: 10 })).items).toHaveLength(6);
    });
  });

  test('a damaged record is refused as such, and nothing else suffers', async () => {
    const url = await server().newSchema();
    const registry = await open(url);
    await openAccounts(registry);
    must(await registry.account(account.id).roles.create(role));
    await server().run("UPDATE roles SET tags = '{}'", url);
    await expect(registry.account(account.id).roles.update(role.name, {}, { at: noon })).rejects.toMatchObject({
      refusal: { code: 'registry-unavailable', cause: 'the column tags holds other JSON than it should' },
    });
    expect(await registry.accounts.find(account.id)).toEqual(account);
    expect(registry.load().connections.waiting).toBe(0);
  });

  test('closing writes what is queued; what comes later is refused', async () => {
    const url = await server().newSchema();
    const registry = await openPostgresRegistry({ url });
    const last = registry.appendAudit(eventOf('last'));
    await registry.close();
    await last;
    await expect(registry.appendAudit(eventOf('late'))).rejects.toMatchObject({
      refusal: { code: 'registry-unavailable' },
    });
    await expect(registry.accounts.find(rootKey.accessKeyId)).rejects.toMatchObject({
      refusal: { code: 'registry-unavailable' },
    });
    expect((await (await open(url)).audit.list({ limit: 10 })).items).toEqual([eventOf('last')]);
  });

  test('a backup is PostgreSQL’s own matter', async () => {
    const registry = await open(await server().newSchema());
    expect(await registry.backup('copy')).toMatchObject({ code: 'backup-elsewhere' });
  });
}
