// Where the next page of a list begins, as strangers carry it: sealed, so that nobody learns or invents a position, and
// bound to the list that it was given for (Ory CVE-2026-33503).
import { hkdfSync, type KeyObject } from 'node:crypto';
import { Refusal, refuse } from '../refusals/index.ts';
import { decodeBase64url } from '../tokens/index.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import type { Keyring } from './seal.ts';

/** A key of its own, so that nothing sealed for another end is a marker. */
const markerKey = (key: Uint8Array | KeyObject) =>
  new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), 'podiam-page-marker/1', 32));

export interface MarkerPlace {
  /** The list with everything that it is filtered by, and whose it is. */
  readonly list: string;
  readonly keyring: Keyring;
}

/** @param nonce 12 random bytes */
export function sealMarker(position: string, { list, keyring }: MarkerPlace, nonce: Uint8Array): string {
  const key = keyring.keys.get(keyring.currentId);
  if (!key) throw new TypeError(`the keyring has no key ${keyring.currentId}`);
  const sealed = sealEnvelope(Buffer.from(position), { key: markerKey(key), purpose: `page/${list}`, nonce });
  return `${keyring.currentId}.${Buffer.from(sealed).toString('base64url')}`;
}

/** The position; refused is a marker of another list, or one that was changed or is older than the keys at hand. */
export function openMarker(marker: string, { list, keyring }: MarkerPlace): string | Refusal {
  const [keyId = '', text = '', ...others] = marker.split('.', 3);
  const key = keyring.keys.get(keyId);
  const sealed = decodeBase64url(text);
  if (!key || !sealed || others.length > 0) return refuse('page-marker-invalid', {});
  const position = openEnvelope(sealed, { key: markerKey(key), purpose: `page/${list}` });
  return position instanceof Refusal ? refuse('page-marker-invalid', {}) : Buffer.from(position).toString();
}
