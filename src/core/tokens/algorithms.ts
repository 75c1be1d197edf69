// The signature algorithms that a service-account token may have (RFC 7518, section 3.1): asymmetric ones only, each fit
// for one type of key. A new algorithm is a new row; `none` and HMAC have none.
import type { KeyObject } from 'node:crypto';

export interface SignatureAlgorithm {
  /** The JWS `alg` value. */
  readonly name: string;
  /** The digest, by node:crypto's name. */
  readonly hash: string;
  /** The type of key, by node:crypto's name. */
  readonly keyType: 'rsa' | 'ec';
  /** The curve, by node:crypto's name; RSA has none. */
  readonly curve?: string;
  /** The exact length that RFC 7518, section 3.4 gives an ECDSA signature; an RSA one is as long as its key. */
  readonly signatureBytes?: number;
}

const rows: readonly SignatureAlgorithm[] = [
  { name: 'RS256', hash: 'sha256', keyType: 'rsa' },
  { name: 'RS384', hash: 'sha384', keyType: 'rsa' },
  { name: 'RS512', hash: 'sha512', keyType: 'rsa' },
  { name: 'ES256', hash: 'sha256', keyType: 'ec', curve: 'prime256v1', signatureBytes: 64 },
  { name: 'ES384', hash: 'sha384', keyType: 'ec', curve: 'secp384r1', signatureBytes: 96 },
  { name: 'ES512', hash: 'sha512', keyType: 'ec', curve: 'secp521r1', signatureBytes: 132 },
];

/** By their `alg`. A map, so that a stranger's `alg` finds nothing that an object inherits. */
export const signatureAlgorithms: ReadonlyMap<string, SignatureAlgorithm> = new Map(
  rows.map((algorithm) => [algorithm.name, algorithm]),
);

/** Those that fit the key; none for a type or a curve that is not taken. */
export function algorithmsFor(key: KeyObject): readonly SignatureAlgorithm[] {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return rows.filter((algorithm) => algorithm.keyType === key.asymmetricKeyType && algorithm.curve === curve);
}
