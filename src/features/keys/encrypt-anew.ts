// The exchange of the key-encryption key: every secret on record is opened with the key that it was encrypted under, and
// encrypted under the current one, while everything goes on.
import { Refusal } from '../../core/refusals/index.ts';
import { openSecret, sealSecret } from '../../core/registry/index.ts';
import type { KeyPorts } from './ports.ts';

const secretsAtOnce = 100;

/** @returns how many were encrypted anew; a refusal where one cannot be opened, which leaves it and all after it */
export async function encryptAnew(ports: KeyPorts): Promise<number | Refusal> {
  const { registry, keyEncryptionKeys: keys, randomBytes } = ports;
  for (let done = 0; ; ) {
    const stored = await registry.secrets.notUnder(keys.currentId, secretsAtOnce);
    if (stored.length === 0) return done;
    for (const one of stored) {
      const secret = openSecret(one.secret, keys, one.purpose);
      if (secret instanceof Refusal) return secret;
      const options = { purpose: one.purpose, nonce: randomBytes(12) };
      await registry.secrets.replace(one, sealSecret(secret, keys, options));
      done += 1;
    }
  }
}
