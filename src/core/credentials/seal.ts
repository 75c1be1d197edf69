// Session tokens: all that a verifier needs to know of a session, sealed so that only the platform can read or write it.
// Any replica that has the keyring opens them, without a database.
import type { KeyObject } from 'node:crypto';
import { type Refusal, refuse } from '../refusals/index.ts';
import { decodeBase64url } from '../tokens/index.ts';
import { gcmOpen, gcmSeal } from './aes-gcm.ts';
import { decodeSession, encodeSession, type SessionFacts } from './session-facts.ts';

/** The keys that seal session tokens. One that no longer seals stays until the last token under it has expired. */
export interface Keyring {
  /** Seals; letters, digits, `_` and `-`. */
  readonly currentId: string;
  /** 32 bytes each, by id; as key objects (createSecretKey) they open tokens about four times as fast. */
  readonly keys: ReadonlyMap<string, Uint8Array | KeyObject>;
}

/** The form of the token, in its first characters: `P1.KEYID.` and nonce, ciphertext and tag in base64url. */
const form = 'P1';
/** Characters; room for a session policy of the longest kind. */
const longestToken = 8192;
const keyIdShape = /^[\w-]{1,32}$/;

/** Form, key and access key id are in clear and authenticated; none of them can have a dot. */
const associatedData = (keyId: string, accessKeyId: string) => Buffer.from(`${form}.${keyId}.${accessKeyId}`);

/**
 * The session token, bound to the session's access key.
 * @param nonce 12 random bytes, never used before with the keyring's current key
 * @throws TypeError where the keyring does not have the key that it calls current
 */
export function sealSession(session: SessionFacts, accessKeyId: string, keyring: Keyring, nonce: Uint8Array): string {
  const { currentId, keys } = keyring;
  const key = keyIdShape.test(currentId) ? keys.get(currentId) : undefined;
  if (!key) throw new TypeError(`the keyring has no key ${currentId}`);
  const sealed = gcmSeal(
    encodeSession(session),
    { key, associatedData: associatedData(currentId, accessKeyId) },
    nonce,
  );
  return `${form}.${currentId}.${sealed.toString('base64url')}`;
}

const invalid = (cause: string) => refuse('session-token-invalid', {}, cause);

/**
 * The facts of the session that was given this very access key. Anything else is refused: a token of another key, one
 * that is cut, joined or changed in a single bit. Says nothing about the session's end: that is for who knows the time.
 */
export function openSession(token: string, accessKeyId: string, keyring: Keyring): SessionFacts | Refusal {
  if (token.length > longestToken) return invalid(`it has more than ${longestToken} characters`);
  const [prefix, keyId, text, ...others] = token.split('.', 4);
  if (prefix !== form || keyId === undefined || !keyIdShape.test(keyId) || text === undefined || others.length > 0) {
    return invalid('it has not the form of a session token');
  }
  const sealed = decodeBase64url(text);
  if (!sealed) return invalid('it is not base64url');
  const key = keyring.keys.get(keyId);
  if (!key) return refuse('session-token-key-unknown', { keyId });
  const plaintext = gcmOpen(sealed, { key, associatedData: associatedData(keyId, accessKeyId) });
  if (!plaintext) return invalid(`it was changed, or belongs to another access key than ${accessKeyId}`);
  return decodeSession(plaintext) ?? invalid('it was sealed by a newer release');
}
