// Accounts and their root keys.
import type { DatabaseSync } from 'node:sqlite';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { Account, RootKey } from '../../core/registry/index.ts';
import { bytes, integer, type Row, text } from './columns.ts';
import { asked, breachesReference, breachesUniqueness } from './failures.ts';
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

type AccountRecords = Pick<Registry, 'createAccount' | 'findAccount' | 'listAccounts' | 'addRootKey' | 'findRootKey'>;

export function accountRecords(database: DatabaseSync): AccountRecords {
  const insert = database.prepare('INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?)');
  const find = database.prepare('SELECT * FROM accounts WHERE id = ?');
  const all = database.prepare('SELECT * FROM accounts ORDER BY id');
  const insertKey = database.prepare(
    'INSERT INTO root_keys (access_key_id, account_id, encrypted_secret, created_at) VALUES (?, ?, ?, ?)',
  );
  const findKey = database.prepare('SELECT * FROM root_keys WHERE access_key_id = ?');
  return {
    createAccount: ({ id, name, createdAt }) =>
      asked(() => {
        try {
          insert.run(id, name, createdAt);
          return undefined;
        } catch (error) {
          if (breachesUniqueness(error)) return refuse('registry-duplicate', { kind: 'The account', name: id });
          throw error;
        }
      }),
    findAccount: (id) =>
      asked(() => {
        const row = find.get(id);
        return row && accountOf(row);
      }),
    listAccounts: () => asked(() => all.all().map(accountOf)),
    addRootKey: (key) => asked(() => addRootKey(key)),
    findRootKey: (accessKeyId) =>
      asked(() => {
        const row = findKey.get(accessKeyId);
        return row && rootKeyOf(row);
      }),
  };

  function addRootKey({ accessKeyId, accountId, encryptedSecret, createdAt }: RootKey): void {
    try {
      insertKey.run(accessKeyId, accountId, encryptedSecret, createdAt);
    } catch (error) {
      if (breachesUniqueness(error)) {
        throw new RefusedError(refuse('registry-duplicate', { kind: 'The access key', name: accessKeyId }));
      }
      if (breachesReference(error)) throw new RefusedError(refuse('registry-account-unknown', { account: accountId }));
      throw error;
    }
  }
}
