// Accounts, and their root keys.
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { Account, KeyStatus, RootKey } from '../../core/registry/index.ts';
import type { NewRootKey, RootKeyRecords } from './account-registry.ts';
import { bytes, choice, given, integer, type Row, text } from './columns.ts';
import { limitOf, pageOf } from './queries.ts';
import type { AccountsRecords } from './registry.ts';
import { changed, type Engine, rowOf, rowsOf, type Statement, type Work, type Writing } from './work.ts';

const keyStatuses = ['active', 'inactive'] as const;

export const statusOf = (row: Row): KeyStatus => choice(row, 'status', keyStatuses);

const accountOf = (row: Row): Account => ({
  id: text(row, 'id'),
  name: text(row, 'name'),
  createdAt: integer(row, 'created_at'),
  ...given('closedAt', integer(row, 'closed_at')),
});

const rootKeyOf = (row: Row): RootKey => ({
  accessKeyId: text(row, 'access_key_id'),
  accountId: text(row, 'account_id'),
  secret: { keyId: text(row, 'key_id'), sealed: bytes(row, 'sealed') },
  status: statusOf(row),
  createdAt: integer(row, 'created_at'),
});

const accountUnknown = (account: string) => refuse('registry-account-unknown', { account });

export const absent = (kind: string, name: string) => refuse('registry-absent', { kind, name });

export const duplicate = (kind: string, name: string) => refuse('registry-duplicate', { kind, name });

/** Why nothing new can be put under an account. */
export function* accountRefusal(id: string): Work<Refusal | undefined> {
  const row = yield* rowOf('SELECT closed_at FROM accounts WHERE id = ?', [id]);
  if (!row) return accountUnknown(id);
  return integer(row, 'closed_at') === 0 ? undefined : refuse('registry-account-closed', { account: id });
}

function* insertRootKey(writing: Writing, accountId: string, key: NewRootKey): Work<RootKey | Refusal> {
  const { accessKeyId, secret, status, createdAt } = key;
  const inserted = yield* rowOf(
    `INSERT INTO root_keys (access_key_id, account_id, key_id, sealed, status, created_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING access_key_id`,
    [accessKeyId, accountId, secret.keyId, secret.sealed, status, createdAt],
  );
  if (!inserted) return duplicate('The access key', accessKeyId);
  yield* changed(writing, 'root-key', accountId, accessKeyId);
  return { ...key, accountId };
}

export function* findRootKey(accessKeyId: string): Work<RootKey | undefined> {
  const row = yield* rowOf(
    `SELECT k.* FROM root_keys k JOIN accounts a ON a.id = k.account_id AND a.closed_at = 0
     WHERE k.access_key_id = ? AND k.status = 'active'`,
    [accessKeyId],
  );
  return row && rootKeyOf(row);
}

export function* findAccount(id: string): Work<Account | undefined> {
  const row = yield* rowOf('SELECT * FROM accounts WHERE id = ?', [id]);
  return row && accountOf(row);
}

export function accountsRecords(engine: Engine): AccountsRecords {
  return {
    open: (account, rootKey) => engine.write((writing) => open(writing, account, rootKey)),
    find: (id) => engine.read(() => findAccount(id)),
    list: (query) =>
      engine.read(function* () {
        const sql = 'SELECT * FROM accounts WHERE id > ? ORDER BY id LIMIT ?';
        const rows = yield* rowsOf(sql, [query.after ?? '', limitOf(query) + 1]);
        return pageOf(rows, query, { itemOf: accountOf, positionOf: (row) => text(row, 'id') });
      }),
    rename: (id, name) =>
      engine.write(function* (writing) {
        const row = yield* rowOf('UPDATE accounts SET name = ? WHERE id = ? RETURNING id', [name, id]);
        if (!row) return accountUnknown(id);
        yield* changed(writing, 'account', id, id);
        return undefined;
      }),
    close: (id, at) =>
      engine.write(function* (writing) {
        const refusal = yield* accountRefusal(id);
        if (refusal) return refusal;
        yield* rowsOf('UPDATE accounts SET closed_at = ? WHERE id = ?', [at, id]);
        yield* changed(writing, 'account', id, id);
        return undefined;
      }),
  };
}

/** Neither without the other: an account whose key was lost would be nobody's to use or to close. */
function* open(writing: Writing, account: Account, rootKey: NewRootKey | undefined): Work<Refusal | undefined> {
  const { id, name, createdAt } = account;
  const inserted = yield* rowOf(
    'INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id',
    [id, name, createdAt],
  );
  if (!inserted) return duplicate('The account', id);
  yield* changed(writing, 'account', id, id);
  const key = rootKey && (yield* insertRootKey(writing, id, rootKey));
  return key && 'code' in key ? key : undefined;
}

export function rootKeyRecords(engine: Engine, accountId: string): RootKeyRecords {
  return {
    add: (key) =>
      engine.write(function* (writing) {
        const refusal = yield* accountRefusal(accountId);
        return refusal ?? (yield* insertRootKey(writing, accountId, key));
      }),
    list: () =>
      engine.read(function* () {
        const sql = 'SELECT * FROM root_keys WHERE account_id = ? ORDER BY created_at, access_key_id';
        const rows = yield* rowsOf(sql, [accountId]);
        return rows.map(rootKeyOf);
      }),
    setStatus: (accessKeyId, status) =>
      engine.write((writing) =>
        touch(writing, accessKeyId, {
          sql: 'UPDATE root_keys SET status = ? WHERE account_id = ? AND access_key_id = ? RETURNING access_key_id',
          values: [status, accountId, accessKeyId],
        }),
      ),
    remove: (accessKeyId) =>
      engine.write((writing) =>
        touch(writing, accessKeyId, {
          sql: 'DELETE FROM root_keys WHERE account_id = ? AND access_key_id = ? RETURNING access_key_id',
          values: [accountId, accessKeyId],
        }),
      ),
  };

  function* touch(writing: Writing, accessKeyId: string, { sql, values }: Statement): Work<Refusal | undefined> {
    if (!(yield* rowOf(sql, values))) return absent('The access key', accessKeyId);
    yield* changed(writing, 'root-key', accountId, accessKeyId);
    return undefined;
  }
}
