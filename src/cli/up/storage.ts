// Where a run keeps what must outlive it: the registry, the key under which its secrets are encrypted, and the folder
// that stands for the demonstration container's file system.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import {
  type KeyEncryptionKeys,
  keyEncryptionKeys,
  openSecret,
  sealSecret,
  secretPurposes,
} from '../../core/registry/index.ts';
import { systemProblem } from '../../io/failures/index.ts';
import { makeFolder, writeWhole } from '../../io/files/index.ts';
import { readKeyEncryptionKeys } from '../../io/keys/index.ts';
import { openSqliteRegistry, type Registry } from '../../io/sql/index.ts';
import { world } from './world.ts';

export interface Storage {
  readonly registry: Registry;
  readonly keyEncryptionKeys: KeyEncryptionKeys;
  /** Stands for the container's file system; absolute. */
  readonly containerRoot: string;
  readonly close: () => Promise<void>;
}

const keyBytes = 32;

/**
 * The key-encryption key of a data folder. A registry that holds secrets without it is an accident that must not be
 * papered over with a new key: what was encrypted would be lost in silence.
 */
async function keysOf(folder: string, registry: Registry): Promise<KeyEncryptionKeys> {
  const path = join(folder, 'key-encryption-key');
  if (existsSync(path)) {
    const keys = await readKeyEncryptionKeys([{ kind: 'file', path }], {});
    if (keys instanceof Refusal) throw new RefusedError(keys);
    return keys;
  }
  const secrets = await registry.secrets.notUnder('no key', 1);
  if (secrets.length > 0) throw new RefusedError(refuse('key-encryption-key-missing', { file: path }));
  const key = world.randomBytes(keyBytes);
  await writeWhole(path, key);
  return keyEncryptionKeys([key]);
}

/** @throws RefusedError `working-directory-gone`: what is relative is relative to it */
function absolute(path: string): string {
  try {
    return resolve(path);
  } catch (error) {
    throw new RefusedError(refuse('working-directory-gone', { problem: systemProblem(error) }), { cause: error });
  }
}

async function openFolder(data: string): Promise<Storage> {
  const folder = absolute(data);
  await makeFolder(folder);
  // The registry first: holding it keeps every other process out of the folder.
  const registry = openSqliteRegistry({ path: join(folder, 'registry.db') });
  try {
    const keys = await keysOf(folder, registry);
    return { registry, keyEncryptionKeys: keys, containerRoot: join(folder, 'pod'), close: () => registry.close() };
  } catch (error) {
    await registry.close();
    throw error;
  }
}

async function makeTemporaryFolder(): Promise<string> {
  const parent = tmpdir();
  try {
    return await mkdtemp(join(parent, 'podiam-pod-'));
  } catch (error) {
    throw new RefusedError(refuse('file-unwritable', { file: parent, problem: systemProblem(error) }), {
      cause: error,
    });
  }
}

async function openEphemeral(): Promise<Storage> {
  const containerRoot = absolute(await makeTemporaryFolder());
  const registry = openSqliteRegistry({ path: ':memory:' });
  const close = async () => {
    await registry.close();
    await rm(containerRoot, { recursive: true, force: true });
  };
  return { registry, keyEncryptionKeys: keyEncryptionKeys([world.randomBytes(keyBytes)]), containerRoot, close };
}

/** @param data the folder; undefined keeps nothing */
export function openStorage(data: string | undefined): Promise<Storage> {
  return data === undefined ? openEphemeral() : openFolder(data);
}

/** The secret of that name, made and kept at the first asking. */
export async function keptSecret(storage: Storage, name: string, make: () => Uint8Array): Promise<Uint8Array> {
  const purpose = secretPurposes.named(name);
  const kept = await storage.registry.secrets.find(name);
  if (!kept) {
    const secret = make();
    const options = { purpose, nonce: world.randomBytes(12) };
    await storage.registry.secrets.put(name, sealSecret(secret, storage.keyEncryptionKeys, options));
    return secret;
  }
  const secret = openSecret(kept, storage.keyEncryptionKeys, purpose);
  if (secret instanceof Refusal) throw new RefusedError(secret);
  return secret;
}

/** The setting of that name, made and kept at the first asking. */
export async function keptSetting(storage: Storage, name: string, make: () => string): Promise<string> {
  const kept = await storage.registry.settings.find(name);
  return kept ?? storage.registry.settings.findOrPut(name, make());
}
