// Signing keys of AWS Signature Version 4: derived from a secret for one day, region and service.
// Source: AWS IAM User Guide, "Create a signed AWS API request", steps 3 and 4.
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { keepLast } from '../memory/index.ts';

export const signingAlgorithm = 'AWS4-HMAC-SHA256';
const scopeEnd = 'aws4_request';

export interface SigningScope {
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The signing key of a secret in a scope: a key object, since HMAC is many times slower to start from raw bytes. */
export type SigningKeys = (secretAccessKey: string, scope: SigningScope) => KeyObject;

const hmac = (key: Uint8Array | KeyObject, text: string) => createHmac('sha256', key).update(text).digest();

/** Four HMACs: what `createSigningKeys` saves for all but the first request of a day. */
export const deriveSigningKey: SigningKeys = (secretAccessKey, { date, region, service }) => {
  const secret: Uint8Array = Buffer.from(`AWS4${secretAccessKey}`);
  return createSecretKey([date, region, service, scopeEnd].reduce(hmac, secret));
};

/**
 * `deriveSigningKey` with a memory of its last results. It is keyed by a digest over the tuple: no two tuples share an
 * entry, and no secret stands in it.
 * @param limit how many keys are kept; those used last stay
 */
export function createSigningKeys(limit: number): SigningKeys {
  const kept = keepLast<KeyObject>(limit);
  return (secretAccessKey, scope) => {
    const tuple = JSON.stringify([secretAccessKey, scope.date, scope.region, scope.service]);
    return kept(hash('sha256', tuple, 'base64'), () => deriveSigningKey(secretAccessKey, scope));
  };
}

export const scopeText = ({ date, region, service }: SigningScope): string =>
  `${date}/${region}/${service}/${scopeEnd}`;

export interface SignedAt {
  /** `YYYYMMDDTHHMMSSZ` */
  readonly amzDate: string;
  readonly scope: SigningScope;
}

/** SHA-256 of a canonical request, which is a byte string, in hexadecimal. */
export function requestDigest(canonicalRequest: string): string {
  return hash('sha256', Buffer.from(canonicalRequest, 'latin1'), 'hex');
}

/** The signature over the request with this digest: 32 bytes. */
export function signatureOf(digest: string, { amzDate, scope }: SignedAt, key: KeyObject): Buffer {
  return hmac(key, [signingAlgorithm, amzDate, scopeText(scope), digest].join('\n'));
}
