// Secrets at rest: each stands encrypted, with the id of the key-encryption key beside it, so that keys can be exchanged
// one after the other while the platform runs.
import { createHash } from 'node:crypto';
import { openEnvelope, sealEnvelope } from '../credentials/index.ts';
import { Refusal, refuse } from '../refusals/index.ts';

export interface SealedSecret {
  /** Of the key-encryption key; empty where it was sealed before keys had ids. */
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/** The keys that secrets are encrypted under: sealed with the current one, opened with any. */
export interface KeyEncryptionKeys {
  readonly currentId: string;
  /** 32 bytes each, by id. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

/** A key's id is drawn from the key: whoever configures keys need not invent names, and two cannot be mixed up. */
export function keyEncryptionKeyId(key: Uint8Array): string {
  return createHash('sha256').update('podiam-key-encryption-key/').update(key).digest('hex').slice(0, 16);
}

/** @param keys 32 bytes each; the first is the current one */
export function keyEncryptionKeys(keys: readonly [Uint8Array, ...Uint8Array[]]): KeyEncryptionKeys {
  return {
    currentId: keyEncryptionKeyId(keys[0]),
    keys: new Map(keys.map((key) => [keyEncryptionKeyId(key), key])),
  };
}

/** What a secret is and whose: moved to another place it does not open there. */
export const secretPurposes = {
  rootKey: (accountId: string, accessKeyId: string) => `root-key/${accountId}/${accessKeyId}`,
  sealingKey: (id: string) => `secret/sealing-key/${id}`,
  named: (name: string) => `secret/${name}`,
} as const;

/** @param options its nonce is 12 random bytes, never used before */
export function sealSecret(
  secret: Uint8Array,
  { keys, currentId }: KeyEncryptionKeys,
  options: { readonly purpose: string; readonly nonce: Uint8Array },
): SealedSecret {
  const key = keys.get(currentId);
  if (!key) throw new TypeError('the current key-encryption key is missing');
  return { keyId: currentId, sealed: sealEnvelope(secret, { key, ...options }) };
}

/** The secret; refused where its key is not among these, or anything differs from what was sealed. */
export function openSecret(
  { keyId, sealed }: SealedSecret,
  { keys }: KeyEncryptionKeys,
  purpose: string,
): Uint8Array | Refusal {
  const candidates = [...keys].filter(([id]) => keyId === '' || id === keyId);
  for (const [, key] of candidates) {
    const secret = openEnvelope(sealed, { key, purpose });
    if (!(secret instanceof Refusal)) return secret;
  }
  return keyId === '' || candidates.length > 0
    ? refuse('envelope-unopened', {}, `the envelope for ${purpose}`)
    : refuse('key-encryption-key-unknown', { keyId });
}

/** The keys that seal session tokens: one is active; prepared ones are known to every replica before they are used. */
export interface SealingKey {
  readonly id: string;
  readonly state: 'prepared' | 'active' | 'retiring';
  readonly secret: SealedSecret;
  readonly createdAt: number;
  /** When it got its state. */
  readonly changedAt: number;
}

/** Bytes that stand encrypted, by name. */
export interface NamedSecret {
  readonly name: string;
  readonly secret: SealedSecret;
}
