// Sealed secrets by name, and every secret on record for the exchange of the key-encryption key.
import { type NamedSecret, type SealedSecret, secretPurposes } from '../../core/registry/index.ts';
import { bytes, choice, type Row, text } from './columns.ts';
import { limitOf } from './queries.ts';
import type { SecretRecords, StoredSecret } from './registry.ts';
import { changed, type Engine, rowOf, rowsOf, type Work, type Writing } from './work.ts';

const sealedOf = (row: Row): SealedSecret => ({ keyId: text(row, 'key_id'), sealed: bytes(row, 'sealed') });

const namedOf = (row: Row): NamedSecret => ({ name: text(row, 'name'), secret: sealedOf(row) });

/** Where secrets stand: the column that names each, whose they are, and the purpose that they are bound to. */
const places = {
  root_keys: { id: 'access_key_id', account: 'account_id', kind: 'root-key', purpose: secretPurposes.rootKey },
  sealing_keys: {
    id: 'id',
    account: "''",
    kind: 'sealing-key',
    purpose: (_: string, id: string) => secretPurposes.sealingKey(id),
  },
  secrets: {
    id: 'name',
    account: "''",
    kind: 'secret',
    purpose: (_: string, name: string) => secretPurposes.named(name),
  },
} as const;

const tables = ['root_keys', 'sealing_keys', 'secrets'] as const;

const allSecrets = tables
  .map((table) => {
    const { id, account } = places[table];
    return `SELECT '${table}' AS place, ${id} AS id, ${account} AS account_id, key_id, sealed FROM ${table} WHERE key_id <> ?`;
  })
  .join(' UNION ALL ');

function storedOf(row: Row): StoredSecret {
  const table = choice(row, 'place', tables);
  const id = text(row, 'id');
  return { table, id, purpose: places[table].purpose(text(row, 'account_id'), id), secret: sealedOf(row) };
}

/** By prefix, and not by pattern: no sign in it means anything. */
function* list(prefix: string): Work<readonly NamedSecret[]> {
  const rows = yield* rowsOf('SELECT * FROM secrets WHERE substr(name, 1, ?) = ? ORDER BY name', [
    prefix.length,
    prefix,
  ]);
  return rows.map(namedOf);
}

/** As part of a change of what it belongs to. */
export function* putSecret(writing: Writing, name: string, { keyId, sealed }: SealedSecret): Work<void> {
  yield* rowsOf(
    `INSERT INTO secrets (name, key_id, sealed) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed`,
    [name, keyId, sealed],
  );
  yield* changed(writing, 'secret', '', name);
}

export function* findSecret(name: string): Work<SealedSecret | undefined> {
  const row = yield* rowOf('SELECT * FROM secrets WHERE name = ?', [name]);
  return row && sealedOf(row);
}

/** Does nothing where there is none. */
export function* removeSecret(writing: Writing, name: string): Work<void> {
  const row = yield* rowOf('DELETE FROM secrets WHERE name = ? RETURNING name', [name]);
  if (row) yield* changed(writing, 'secret', '', name);
}

export function secretRecords(engine: Engine): SecretRecords {
  return {
    put: (name, secret) => engine.write((writing) => putSecret(writing, name, secret)),
    find: (name) => engine.read(() => findSecret(name)),
    list: (prefix) => engine.read(() => list(prefix)),
    remove: (name) => engine.write((writing) => removeSecret(writing, name)),
    notUnder: (keyId, limit) =>
      engine.read(function* () {
        const rows = yield* rowsOf(`${allSecrets} LIMIT ?`, [keyId, keyId, keyId, limitOf({ limit })]);
        return rows.map(storedOf);
      }),
    replace: ({ table, id, secret }, by) =>
      engine.write(function* (writing) {
        const place = places[table];
        const row = yield* rowOf(
          `UPDATE ${table} SET key_id = ?, sealed = ? WHERE ${place.id} = ? AND sealed = ? RETURNING ${place.account} AS account_id`,
          [by.keyId, by.sealed, id, secret.sealed],
        );
        if (row) yield* changed(writing, place.kind, text(row, 'account_id'), id);
      }),
  };
}
