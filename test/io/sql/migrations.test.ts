// Data folders of older versions, opened by this one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RefusedError } from '../../../src/core/refusals/index.ts';
import { keyEncryptionKeys, openSecret, secretPurposes } from '../../../src/core/registry/index.ts';
import { openSqliteRegistry } from '../../../src/io/sql/index.ts';
import { account, eventOf, named, sessionOf } from './records.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podiam-sql-'));
  path = join(folder, 'registry.db');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const version010 = readFileSync(join(import.meta.dirname, 'version-0.1.0.sql'), 'utf8');
const [, key = ''] = /key-encryption key: (\w+)/.exec(version010) ?? [];
const keys = keyEncryptionKeys([Buffer.from(key, 'hex')]);

/** Makes the database that the SQL says. */
function make(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe('the data of version 0.1.0', () => {
  const id = '665342421076';

  test('hold their account, issuer, role with its policy, session and audit record', async () => {
    make(version010);
    const registry = openSqliteRegistry({ path });
    const own = registry.account(id);
    expect(await own.find()).toEqual({ id, name: 'demonstration', createdAt: expect.any(Number) });
    const [issuer] = (await own.issuers.list({ limit: 10 })).items;
    expect(issuer).toMatchObject({
      audiences: ['podiam'],
      kind: 'external',
      settings: { isCluster: true },
      revision: 1,
    });
    const access = await own.roles.access('my-app');
    expect(access?.role).toMatchObject({ path: '/', maxSessionSeconds: 3600, description: '', tags: [] });
    expect(access?.role.uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i);
    expect(access?.inline).toEqual([{ name: 'look-and-reboot', document: expect.stringContaining('LookAndReboot') }]);
    expect(await own.sessions.find('ASIAL24ILF4KLWOJCXOW')).toMatchObject({ roleId: access?.role.id });
    expect((await registry.audit.list({ limit: 10 })).items).toHaveLength(4);
    await registry.close();
  });

  test('are open to their key still: the root key, the sealing key and what was kept by name', async () => {
    make(version010);
    const registry = openSqliteRegistry({ path });
    const rootKey = await registry.findRootKey('AKIA7MZVLU2ZU4R2UOFJ');
    expect(rootKey).toMatchObject({ accountId: id, status: 'active', secret: { keyId: '' } });
    const [sealing] = await registry.sealingKeys.list();
    expect(sealing).toMatchObject({ id: 'fe1c0680', state: 'active' });
    expect(await registry.settings.find('sealing-key/current')).toBeUndefined();
    const stored = await registry.secrets.notUnder(keys.currentId, 10);
    expect(stored.map(({ purpose }) => purpose)).toContain(secretPurposes.sealingKey('fe1c0680'));
    expect(stored).toHaveLength(3);
    for (const { secret, purpose } of stored) expect(openSecret(secret, keys, purpose)).toBeInstanceOf(Uint8Array);
    await registry.close();
  });

  test('take roles that differ in case alone, and policies likewise, as they were', async () => {
    make(`${version010}
      INSERT INTO roles SELECT 'AROA2', account_id, 'My-App', path, trust_policy, permissions, 3600, created_at + 1 FROM roles;
      UPDATE roles SET permissions = '[{"name":"a","document":"{}"},{"name":"A","document":"{}"}]';`);
    const registry = openSqliteRegistry({ path });
    const { roles, rolePolicies } = registry.account(id);
    expect((await roles.list({ limit: 10 })).items.map(({ name }) => name)).toEqual(['My-App', 'my-app']);
    expect((await roles.access('My-App'))?.role.id).toBe('AROA2');
    expect((await roles.find('My-App'))?.id).toBe('AROA2');
    expect((await roles.access('my-app'))?.role.name).toBe('my-app');
    expect((await roles.find('MY-APP'))?.name).toBe('my-app');
    expect(await roles.create(named('MY-app', 1))).toMatchObject({ code: 'registry-duplicate' });
    expect((await roles.accessById('AROA2'))?.inline).toHaveLength(2);
    expect(await rolePolicies.listInline('my-app', { limit: 10 })).toMatchObject({ items: { length: 2 } });
    await registry.close();
  });

  test('F17 that cannot be brought up to date stay at their version, whole', () => {
    make(`${version010} CREATE TABLE revocations (of TEXT);`);
    const code = () => {
      try {
        void openSqliteRegistry({ path }).close();
        return 'opened';
      } catch (error) {
        return error instanceof RefusedError ? error.refusal.code : String(error);
      }
    };
    expect(code()).toBe('data-corrupt');
    make('DROP TABLE revocations');
    expect(code()).toBe('opened');
  });
});

test('an even older schema is brought up to date with what it holds', async () => {
  // Version 1 as it was before 0.1.0: its text must not follow the migrations of today.
  const version1 = version010
    .replace(/CREATE TABLE (sessions|audit) [^;]*;|CREATE INDEX \w+ ON (sessions|audit)[^;]*;/g, '')
    .replace(/CREATE TABLE (secrets|settings) [^\n]*\n/g, '')
    .replace(/INSERT INTO (sessions|audit|secrets|settings|issuers|roles|root_keys|accounts) [^\n]*\n/g, '')
    .replace('user_version = 3', 'user_version = 1');
  make(`${version1} INSERT INTO accounts VALUES ('${account.id}', '${account.name}', ${account.createdAt});`);
  const registry = openSqliteRegistry({ path });
  expect(await registry.accounts.find(account.id)).toEqual(account);
  await registry.account(account.id).roles.create(named('reader', 1));
  await registry.issueSession(sessionOf('ASIA1'), eventOf('r1'));
  await registry.close();
  const again = openSqliteRegistry({ path });
  expect(await again.account(account.id).sessions.find('ASIA1')).toEqual(sessionOf('ASIA1'));
  await again.close();
});
