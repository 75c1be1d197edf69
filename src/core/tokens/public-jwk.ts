// Public keys as a cluster publishes them: JSON Web Keys (RFC 7517) under the key ids that kube-apiserver gives.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** The members in the order in which kube-apiserver writes them. */
export interface PublicJwk {
  readonly use: 'sig';
  readonly kty: string;
  readonly kid: string;
  readonly alg: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

const publicHalf = (key: KeyObject) => (key.type === 'private' ? createPublicKey(key) : key);

/** base64url(SHA-256(DER SPKI)) without padding: the `kid` of tokens that kube-apiserver signs with this key. */
export function kubernetesKeyId(publicKey: KeyObject): string {
  const spki = publicHalf(publicKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64url');
}

/**
 * The key as a member of a JWK Set. Only public members are ever named here, so that a private key given by mistake
 * publishes its public half.
 * @param alg the one JWS algorithm that the key signs with, such as `RS256`
 */
export function publicJwk(publicKey: KeyObject, kid: string, alg: string): PublicJwk {
  const { kty, crv, x, y, n, e } = publicHalf(publicKey).export({ format: 'jwk' });
  return {
    use: 'sig',
    kty: kty ?? '',
    kid,
    alg,
    ...(crv !== undefined && { crv }),
    ...(x !== undefined && { x }),
    ...(y !== undefined && { y }),
    ...(n !== undefined && { n }),
    ...(e !== undefined && { e }),
  };
}
