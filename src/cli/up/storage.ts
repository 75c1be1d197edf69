// Where a run keeps what must outlive it: the registry, the key under which its secrets are encrypted, and the folder
// that stands for the demonstration container's file system.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openEnvelope, sealEnvelope } from '../../core/credentials/index.ts';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../../io/failures/index.ts';
import { makeFolder, readBytes, writeWhole } from '../../io/files/index.ts';
import { openSqliteRegistry, type Registry } from '../../io/sql/index.ts';
import { world } from './world.ts';

export interface Storage {
  readonly registry: Registry;
  readonly keyEncryptionKey: Uint8Array;
  /** Stands for the container's file system; absolute. */
  readonly containerRoot: string;
  readonly close: () => Promise<void>;
}

const keyBytes = 32;

/**
 * The key-encryption key of a data folder. A registry that holds secrets without it is an accident that must not be
 * papered over with a new key: what was encrypted would be lost in silence.
 */
async function keyEncryptionKeyOf(folder: string, registry: Registry): Promise<Uint8Array> {
  const path = join(folder, 'key-encryption-key');
  if (existsSync(path)) {
    const key = await readBytes(path);
    if (key.length === keyBytes) return key;
    throw new RefusedError(refuse('key-encryption-key-unfit', { file: path, length: key.length, wanted: keyBytes }));
  }
  const secrets = await registry.listSecrets('');
  if (secrets.length > 0) throw new RefusedError(refuse('key-encryption-key-missing', { file: path }));
  const key = world.randomBytes(keyBytes);
  await writeWhole(path, key);
  return key;
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
    const keyEncryptionKey = await keyEncryptionKeyOf(folder, registry);
    return { registry, keyEncryptionKey, containerRoot: join(folder, 'pod'), close: () => registry.close() };
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
  return { registry, keyEncryptionKey: world.randomBytes(keyBytes), containerRoot, close };
}

/** @param data the folder; undefined keeps nothing */
export function openStorage(data: string | undefined): Promise<Storage> {
  return data === undefined ? openEphemeral() : openFolder(data);
}

/** The secret of that name, made and kept at the first asking. */
export async function keptSecret(storage: Storage, name: string, make: () => Uint8Array): Promise<Uint8Array> {
  const envelope = { key: storage.keyEncryptionKey, purpose: `secret/${name}` };
  const kept = await storage.registry.getSecret(name);
  if (!kept) {
    const secret = make();
    await storage.registry.putSecret(name, sealEnvelope(secret, { ...envelope, nonce: world.randomBytes(12) }));
    return secret;
  }
  const secret = openEnvelope(kept, envelope);
  if (secret instanceof Refusal) throw new RefusedError(secret);
  return secret;
}

/** The setting of that name, made and kept at the first asking. */
export async function keptSetting(storage: Storage, name: string, make: () => string): Promise<string> {
  const kept = await storage.registry.getSetting(name);
  if (kept !== undefined) return kept;
  const value = make();
  await storage.registry.putSetting(name, value);
  return value;
}
