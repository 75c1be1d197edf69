// The keys that seal session tokens. A new one is prepared first, so that every replica can open what it seals before any of
// them seals with it; the old one stays until its last session has ended.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { Refusal } from '../../core/refusals/index.ts';
import { openSecret, type SealingKey, sealSecret, secretPurposes } from '../../core/registry/index.ts';
import type { KeyPorts } from './ports.ts';

export interface OpenKeyring {
  readonly currentId: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

const idBytes = 4;
const keyBytes = 32;

/** AWS's longest session, 12 hours, and a little for clocks that differ. */
const longestSessionMs = 43_500_000;
/** Replicas know of a change within two seconds; a day would do no harm either. */
const preparedForMs = 10_000;

function addKey({ registry, keyEncryptionKeys, now, randomBytes }: KeyPorts): Promise<SealingKey | Refusal> {
  const id = Buffer.from(randomBytes(idBytes)).toString('hex');
  const options = { purpose: secretPurposes.sealingKey(id), nonce: randomBytes(12) };
  const secret = sealSecret(randomBytes(keyBytes), keyEncryptionKeys, options);
  return registry.sealingKeys.add({ id, secret, createdAt: now() });
}

/** All keys that open session tokens, and the one that seals them; the first is made where there is none. */
export async function openKeyring(ports: KeyPorts): Promise<OpenKeyring | Refusal> {
  const { sealingKeys } = ports.registry;
  if ((await sealingKeys.list()).length === 0) await addKey(ports);
  const kept = await sealingKeys.list();
  const keys = new Map<string, KeyObject>();
  for (const { id, secret } of kept) {
    const key = openSecret(secret, ports.keyEncryptionKeys, secretPurposes.sealingKey(id));
    if (key instanceof Refusal) return key;
    keys.set(id, createSecretKey(key));
  }
  return { currentId: kept.find(({ state }) => state === 'active')?.id ?? '', keys };
}

/** Prepares the next key, unless one is prepared already: `tendSealingKeys` brings it into use. */
export async function prepareSealingKey(ports: KeyPorts): Promise<SealingKey | Refusal> {
  const kept = await ports.registry.sealingKeys.list();
  return kept.find(({ state }) => state === 'prepared') ?? addKey(ports);
}

/** What has to be done now, by any replica: doing it twice does no harm. */
export async function tendSealingKeys({ registry: { sealingKeys }, now }: KeyPorts): Promise<void> {
  for (const { id, state, changedAt } of await sealingKeys.list()) {
    const age = now() - changedAt;
    if (state === 'prepared' && age >= preparedForMs) await sealingKeys.activate(id, now());
    if (state === 'retiring' && age >= longestSessionMs) await sealingKeys.remove(id);
  }
}
