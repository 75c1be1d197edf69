// Secrets at rest: encrypted under the installation's key-encryption key, bound to the place where they lie.
import { type Refusal, refuse } from '../refusals/index.ts';
import { gcmOpen, gcmSeal } from './aes-gcm.ts';

export interface EnvelopeKey {
  /** The key-encryption key, 32 bytes. */
  readonly key: Uint8Array;
  /** What the secret is and whose: an envelope moved to another place does not open there. */
  readonly purpose: string;
}

/** The first byte, so that another algorithm can follow this one: AES-256-GCM, nonce, ciphertext, tag. */
const version = 1;

const gcmKey = ({ key, purpose }: EnvelopeKey) => ({
  key,
  associatedData: Buffer.from(`podiam-envelope/${version}/${purpose}`),
});

/** @param options its nonce is 12 random bytes, never used before with this key */
export function sealEnvelope(secret: Uint8Array, options: EnvelopeKey & { readonly nonce: Uint8Array }): Uint8Array {
  return Buffer.concat([Buffer.of(version), gcmSeal(secret, gcmKey(options), options.nonce)]);
}

/** The secret; refused where the key, the purpose or a single bit is another one than at sealing. */
export function openEnvelope(envelope: Uint8Array, key: EnvelopeKey): Uint8Array | Refusal {
  const secret = envelope[0] === version ? gcmOpen(envelope.subarray(1), gcmKey(key)) : undefined;
  return secret ?? refuse('envelope-unopened', {}, `the envelope for ${key.purpose}`);
}
