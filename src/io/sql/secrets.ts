// Sealed secrets and plain settings, by name.
import type { DatabaseSync } from 'node:sqlite';
import { bytes, text } from './columns.ts';
import { asked } from './failures.ts';
import type { Registry } from './registry.ts';

type NamedRecords = Pick<Registry, 'putSecret' | 'getSecret' | 'listSecrets' | 'putSetting' | 'getSetting'>;

export function namedRecords(database: DatabaseSync): NamedRecords {
  const putSecret = database.prepare(`
    INSERT INTO secrets (name, sealed) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed`);
  const getSecret = database.prepare('SELECT sealed FROM secrets WHERE name = ?');
  // LIKE would read `%` and `_` in the prefix as wildcards.
  const listSecrets = database.prepare('SELECT * FROM secrets WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name');
  const putSetting = database.prepare(`
    INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`);
  const getSetting = database.prepare('SELECT value FROM settings WHERE name = ?');
  return {
    putSecret: (name, sealed) => asked(() => void putSecret.run(name, sealed)),
    getSecret: (name) =>
      asked(() => {
        const row = getSecret.get(name);
        return row && bytes(row, 'sealed');
      }),
    listSecrets: (prefix) =>
      asked(() => listSecrets.all(prefix).map((row) => ({ name: text(row, 'name'), sealed: bytes(row, 'sealed') }))),
    putSetting: (name, value) => asked(() => void putSetting.run(name, value)),
    getSetting: (name) =>
      asked(() => {
        const row = getSetting.get(name);
        return row && text(row, 'value');
      }),
  };
}
