// What belongs to the installation and not to an account: operator keys, sealing keys, settings.
import type { Refusal } from '../../core/refusals/index.ts';
import type { OperatorKey, SealingKey } from '../../core/registry/index.ts';
import { absent, duplicate, statusOf } from './accounts.ts';
import { bytes, choice, integer, type Row, text } from './columns.ts';
import type { OperatorKeyRecords, SealingKeyRecords, SettingRecords } from './registry.ts';
import { deleteConflict } from './roles.ts';
import { changed, type Engine, rowOf, rowsOf, type Work, type Writing } from './work.ts';

const operatorKeyOf = (row: Row): OperatorKey => ({
  id: text(row, 'id'),
  name: text(row, 'name'),
  secretHash: bytes(row, 'secret_hash'),
  status: statusOf(row),
  createdAt: integer(row, 'created_at'),
});

export function operatorKeyRecords(engine: Engine): OperatorKeyRecords {
  const touch = (id: string, sql: string, ...values: readonly string[]) =>
    engine.write(function* (writing) {
      if (!(yield* rowOf(sql, [...values, id]))) return absent('The operator key', id);
      yield* changed(writing, 'operator-key', '', id);
      return undefined;
    });
  return {
    add: ({ id, name, secretHash, status, createdAt }) =>
      engine.write(function* (writing) {
        const row = yield* rowOf(
          `INSERT INTO operator_keys (id, name, secret_hash, status, created_at) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING RETURNING id`,
          [id, name, secretHash, status, createdAt],
        );
        if (!row) return duplicate('The operator key', id);
        yield* changed(writing, 'operator-key', '', id);
        return undefined;
      }),
    find: (id) =>
      engine.read(function* () {
        const row = yield* rowOf('SELECT * FROM operator_keys WHERE id = ?', [id]);
        return row && operatorKeyOf(row);
      }),
    list: () =>
      engine.read(function* () {
        const rows = yield* rowsOf('SELECT * FROM operator_keys ORDER BY created_at, id');
        return rows.map(operatorKeyOf);
      }),
    setStatus: (id, status) => touch(id, 'UPDATE operator_keys SET status = ? WHERE id = ? RETURNING id', status),
    remove: (id) => touch(id, 'DELETE FROM operator_keys WHERE id = ? RETURNING id'),
  };
}

const sealingKeyStates = ['prepared', 'active', 'retiring'] as const;

const sealingKeyOf = (row: Row): SealingKey => ({
  id: text(row, 'id'),
  state: choice(row, 'state', sealingKeyStates),
  secret: { keyId: text(row, 'key_id'), sealed: bytes(row, 'sealed') },
  createdAt: integer(row, 'created_at'),
  changedAt: integer(row, 'changed_at'),
});

function* addSealingKey(
  writing: Writing,
  { id, secret, createdAt }: Omit<SealingKey, 'state' | 'changedAt'>,
): Work<SealingKey | Refusal> {
  const active = yield* rowOf("SELECT id FROM sealing_keys WHERE state = 'active'");
  const row = yield* rowOf(
    `INSERT INTO sealing_keys (id, state, key_id, sealed, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING *`,
    [id, active ? 'prepared' : 'active', secret.keyId, secret.sealed, createdAt, createdAt],
  );
  if (!row) return duplicate('The sealing key', id);
  yield* changed(writing, 'sealing-key', '', id);
  return sealingKeyOf(row);
}

function* activate(writing: Writing, id: string, at: number): Work<Refusal | undefined> {
  const prepared = yield* rowOf("SELECT id FROM sealing_keys WHERE id = ? AND state = 'prepared'", [id]);
  if (!prepared) return absent('The prepared sealing key', id);
  yield* rowsOf("UPDATE sealing_keys SET state = 'retiring', changed_at = ? WHERE state = 'active'", [at]);
  yield* rowsOf("UPDATE sealing_keys SET state = 'active', changed_at = ? WHERE id = ?", [at, id]);
  yield* changed(writing, 'sealing-key', '', id);
  return undefined;
}

function* removeSealingKey(writing: Writing, id: string): Work<Refusal | undefined> {
  const row = yield* rowOf('SELECT state FROM sealing_keys WHERE id = ?', [id]);
  if (!row) return absent('The sealing key', id);
  if (text(row, 'state') === 'active') return deleteConflict('The sealing key', id, 'sessions are sealed with it');
  yield* rowsOf('DELETE FROM sealing_keys WHERE id = ?', [id]);
  yield* changed(writing, 'sealing-key', '', id);
  return undefined;
}

export function sealingKeyRecords(engine: Engine): SealingKeyRecords {
  return {
    list: () =>
      engine.read(function* () {
        const rows = yield* rowsOf('SELECT * FROM sealing_keys ORDER BY created_at, id');
        return rows.map(sealingKeyOf);
      }),
    add: (key) => engine.write((writing) => addSealingKey(writing, key)),
    activate: (id, at) => engine.write((writing) => activate(writing, id, at)),
    remove: (id) => engine.write((writing) => removeSealingKey(writing, id)),
  };
}

function* findSetting(name: string): Work<string | undefined> {
  const row = yield* rowOf('SELECT value FROM settings WHERE name = ?', [name]);
  return row && text(row, 'value');
}

export function settingRecords(engine: Engine): SettingRecords {
  return {
    put: (name, value) =>
      engine.write(function* (writing) {
        yield* rowsOf(
          'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
          [name, value],
        );
        yield* changed(writing, 'setting', '', name);
      }),
    find: (name) => engine.read(() => findSetting(name)),
    findOrPut: (name, value) =>
      engine.write(function* (writing) {
        const kept = yield* findSetting(name);
        if (kept !== undefined) return kept;
        yield* rowsOf('INSERT INTO settings (name, value) VALUES (?, ?)', [name, value]);
        yield* changed(writing, 'setting', '', name);
        return value;
      }),
  };
}
