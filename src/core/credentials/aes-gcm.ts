// AES-256-GCM (NIST SP 800-38D) as envelopes and session tokens use it: nonce, ciphertext and tag in one run of bytes.
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

export interface GcmKey {
  /** 32 bytes; as a key object (createSecretKey) it takes a quarter of the time. */
  readonly key: Uint8Array | KeyObject;
  /** What is not hidden but must be the same at opening. */
  readonly associatedData: Uint8Array;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** @param nonce 12 random bytes; never the same twice under one key (at most 2³² of them: SP 800-38D, section 8.3) */
export function gcmSeal(plaintext: Uint8Array, { key, associatedData }: GcmKey, nonce: Uint8Array): Buffer {
  if (nonce.length !== nonceBytes) throw new RangeError(`a nonce has ${nonceBytes} bytes, not ${nonce.length}`);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData);
  const sealed = Buffer.allocUnsafe(nonceBytes + plaintext.length + tagBytes);
  sealed.set(nonce);
  sealed.set(cipher.update(plaintext), nonceBytes);
  // Nothing is left for the end: this mode has no blocks to fill.
  cipher.final();
  sealed.set(cipher.getAuthTag(), nonceBytes + plaintext.length);
  return sealed;
}

/** The plaintext; undefined where anything differs from what was sealed. */
export function gcmOpen(sealed: Uint8Array, { key, associatedData }: GcmKey): Buffer | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const tagAt = sealed.length - tagBytes;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(associatedData);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(nonceBytes, tagAt));
  try {
    // Nothing of the plaintext is looked at before this: it throws where the tag does not fit.
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return undefined;
  }
}
