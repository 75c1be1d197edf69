// The discovery document of a cluster's issuer, as kube-apiserver serves it at `/.well-known/openid-configuration`
// (OpenID Connect Discovery 1.0, section 3; Kubernetes, "Service account issuer discovery").
import type { PublicJwk } from './public-jwk.ts';

export interface DiscoveryDocument {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly response_types_supported: readonly ['id_token'];
  readonly subject_types_supported: readonly ['public'];
  readonly id_token_signing_alg_values_supported: readonly string[];
}

export interface DiscoveredIssuer {
  /** The issuer's URL, byte-equal to the `iss` of its tokens. */
  readonly issuer: string;
  readonly jwksUri: string;
  readonly keys: readonly Pick<PublicJwk, 'alg'>[];
}

/** Exactly the members that kube-apiserver writes, in its order; the algorithms are the keys' own, sorted, each once. */
export function discoveryDocument({ issuer, jwksUri, keys }: DiscoveredIssuer): DiscoveryDocument {
  return {
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))].sort(),
  };
}
