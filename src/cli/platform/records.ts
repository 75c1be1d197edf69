// The platform's records as a command opens them: SQLite in its folder or PostgreSQL, and the key that secrets stand under.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { type KeyEncryptionKeys, keyEncryptionKeys, type Quotas } from '../../core/registry/index.ts';
import { readText, writeWhole } from '../../io/files/index.ts';
import { type KeySource, parseKeySource, readKeyEncryptionKeys } from '../../io/keys/index.ts';
import { checkPostgres, openPostgresRegistry, openSqliteRegistry, type Registry } from '../../io/sql/index.ts';
import { world } from '../up/world.ts';
import { type PlatformValues, type StorageValues, storageSettings } from './settings.ts';

export interface Records {
  readonly registry: Registry;
  readonly keyEncryptionKeys: KeyEncryptionKeys;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenOptions {
  readonly values: StorageValues & { readonly 'database-connections'?: number };
  readonly environment: Environment;
  /** How much each account may keep; AWS's defaults where it is left out. */
  readonly quotas?: Quotas;
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

/** How much each account may keep. */
export const quotasOf = (values: PlatformValues): Quotas => ({
  RolesPerAccount: values['roles-per-account'],
  PoliciesPerAccount: values['policies-per-account'],
  OpenIDConnectProvidersPerAccount: values['providers-per-account'],
  PoliciesPerRole: values['policies-per-role'],
  ACLSizePerRole: values['trust-policy-size'],
});

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

async function openRegistry({ values, quotas, stop, onProblem }: OpenOptions): Promise<Registry> {
  const url = await databaseUrl(values);
  if (url === undefined) return openSqliteRegistry({ path: registryFile(values), quotas });
  const { 'database-connections': connections = 2 } = values;
  return openPostgresRegistry({ url, stop, onProblem, connections, quotas, now: world.now });
}

/** Whether nothing is there; what is there and may not be looked at is for whoever opens it to complain about. */
async function isAbsent(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
  }
}

/**
 * Only the platform begins with nothing: a command that made records in a folder that was mistyped would answer from them,
 * and an account that it opened there would be nobody's.
 * @throws RefusedError `setting-data-empty`
 */
export async function refuseEmptyFolder(values: StorageValues): Promise<void> {
  const folder = resolve(values.data);
  if (await isAbsent(registryFile(values))) throw new RefusedError(refuse('setting-data-empty', { folder }));
}

/** The same for a database. @throws RefusedError `setting-data-empty`, `setting-database-empty`, `database-unusable` */
export async function refuseNoRecords(values: StorageValues): Promise<void> {
  const url = await databaseUrl(values);
  if (url === undefined) return refuseEmptyFolder(values);
  const { found } = await checkPostgres({ url });
  if (found === 0) throw new RefusedError(refuse('setting-database-empty', {}));
}

/** In a data folder that is there. @throws RefusedError where the records cannot be opened; the registry is closed again where the keys cannot be read */
export async function openRecords(options: OpenOptions): Promise<Records> {
  const registry = await openRegistry(options);
  try {
    return { registry, keyEncryptionKeys: await keysOf(options, registry) };
  } catch (error) {
    await registry.close();
    throw error;
  }
}
