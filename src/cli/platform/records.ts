// The platform's records as a command opens them: SQLite in its folder or PostgreSQL, and the key that secrets stand under.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { type KeyEncryptionKeys, keyEncryptionKeys } from '../../core/registry/index.ts';
import { makeFolder, readText, writeWhole } from '../../io/files/index.ts';
import { type KeySource, parseKeySource, readKeyEncryptionKeys } from '../../io/keys/index.ts';
import { openPostgresRegistry, openSqliteRegistry, type Registry } from '../../io/sql/index.ts';
import { world } from '../up/world.ts';
import { type StorageValues, storageSettings } from './settings.ts';

export interface Records {
  readonly registry: Registry;
  readonly keyEncryptionKeys: KeyEncryptionKeys;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenOptions {
  readonly values: StorageValues & { readonly 'database-connections'?: number };
  readonly environment: Environment;
  /** Ends the waiting for a database that is not there yet. */
  readonly stop: AbortSignal;
  /** Told what goes wrong and is tried again. */
  readonly onProblem: (problem: string) => void;
}

export const registryFile = (values: StorageValues) => join(resolve(values.data), 'registry.db');
export const operatorSocket = (values: StorageValues) => join(resolve(values.data), 'operator.sock');
const keyFile = (values: StorageValues) => join(resolve(values.data), 'key-encryption-key');

/** The URL of the database; undefined for SQLite. @throws RefusedError `file-unreadable` */
export async function databaseUrl(values: StorageValues): Promise<string | undefined> {
  const file = values['database-file'];
  return file === undefined ? values.database : (await readText(file)).trim();
}

/** What stands there in place of a source may be a key: it is not repeated. */
function sourceOf(text: string): KeySource {
  const source = parseKeySource(text);
  if (source) return source;
  const { summary } = storageSettings['key-encryption-key'];
  const problem = 'is no file:PATH, env:NAME or command:PROGRAM';
  throw new RefusedError(
    refuse('setting-invalid', { name: '--key-encryption-key', value: '(not shown)', problem, summary }),
  );
}

/** @throws RefusedError `setting-invalid` */
export function keySources(values: StorageValues): readonly KeySource[] {
  return values['key-encryption-key'].map(sourceOf);
}

const keyBytes = 32;

/** A registry that holds secrets without their key is an accident: a new key would lose them in silence. */
async function keysInFolder(values: StorageValues, registry: Registry): Promise<KeyEncryptionKeys> {
  const path = keyFile(values);
  if (existsSync(path)) return readKeys([{ kind: 'file', path }], {});
  if (registry.engine !== 'sqlite') throw new RefusedError(refuse('key-encryption-key-needed', {}));
  const secrets = await registry.secrets.notUnder('no key', 1);
  if (secrets.length > 0) throw new RefusedError(refuse('key-encryption-key-missing', { file: path }));
  const key = world.randomBytes(keyBytes);
  await writeWhole(path, key);
  return keyEncryptionKeys([key]);
}

/** @throws RefusedError */
async function readKeys(sources: readonly [KeySource, ...KeySource[]], environment: Environment) {
  const keys = await readKeyEncryptionKeys(sources, environment);
  if (keys instanceof Refusal) throw new RefusedError(keys);
  return keys;
}

async function keysOf({ values, environment }: OpenOptions, registry: Registry): Promise<KeyEncryptionKeys> {
  const [current, ...older] = keySources(values);
  return current ? readKeys([current, ...older], environment) : keysInFolder(values, registry);
}

async function openRegistry({ values, stop, onProblem }: OpenOptions): Promise<Registry> {
  const url = await databaseUrl(values);
  if (url === undefined) return openSqliteRegistry({ path: registryFile(values) });
  const { 'database-connections': connections = 2 } = values;
  return openPostgresRegistry({ url, stop, onProblem, connections, now: world.now });
}

/** @throws RefusedError where the records cannot be opened; the registry is closed again where the keys cannot be read */
export async function openRecords(options: OpenOptions): Promise<Records> {
  await makeFolder(resolve(options.values.data));
  const registry = await openRegistry(options);
  try {
    return { registry, keyEncryptionKeys: await keysOf(options, registry) };
  } catch (error) {
    await registry.close();
    throw error;
  }
}
