// Accounts and their root keys.
import type { DatabaseSync } from 'node:sqlite';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { Account, RootKey } from '../../core/registry/index.ts';
import { bytes, integer, type Row, text } from './columns.ts';
import { asked, breachesUniqueness } from './failures.ts';
import type { Registry } from './registry.ts';

const accountOf = (row: Row): Account => ({
  id: text(row, 'id'),
  name: text(row, 'name'),
  createdAt: integer(row, 'created_at'),
});

const rootKeyOf = (row: Row): RootKey => ({
  accessKeyId: text(row, 'access_key_id'),
  accountId: text(row, 'account_id'),
  encryptedSecret: bytes(row, 'encrypted_secret'),
  createdAt: integer(row, 'created_at'),
});

type AccountRecords = Pick<Registry, 'openAccount' | 'findAccount' | 'listAccounts' | 'findRootKey'>;

export function accountRecords(database: DatabaseSync): AccountRecords {
  const insert = database.prepare('INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?)');
  const find = database.prepare('SELECT * FROM accounts WHERE id = ?');
  const all = database.prepare('SELECT * FROM accounts ORDER BY id');
  const insertKey = database.prepare(
    'INSERT INTO root_keys (access_key_id, account_id, encrypted_secret, created_at) VALUES (?, ?, ?, ?)',
  );
  const findKey = database.prepare('SELECT * FROM root_keys WHERE access_key_id = ?');
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  return {
    openAccount: (account, rootKey) => asked(() => openAccount(account, rootKey)),
    findAccount: (id) =>
      asked(() => {
        const row = find.get(id);
        return row && accountOf(row);
      }),
    listAccounts: () => asked(() => all.all().map(accountOf)),
    findRootKey: (accessKeyId) =>
      asked(() => {
        const row = findKey.get(accessKeyId);
        return row && rootKeyOf(row);
      }),
  };

  /** Neither without the other: an account whose key was lost would be nobody's to use or to close. */
  function openAccount(account: Account, rootKey: Omit<RootKey, 'accountId'>): Refusal | undefined {
    begin.run();
    try {
      insert.run(account.id, account.name, account.createdAt);
      insertKey.run(rootKey.accessKeyId, account.id, rootKey.encryptedSecret, rootKey.createdAt);
      commit.run();
      return undefined;
    } catch (error) {
      if (database.isTransaction) rollback.run();
      if (!breachesUniqueness(error)) throw error;
      return find.get(account.id) === undefined
        ? refuse('registry-duplicate', { kind: 'The access key', name: rootKey.accessKeyId })
        : refuse('registry-duplicate', { kind: 'The account', name: account.id });
    }
  }
}
