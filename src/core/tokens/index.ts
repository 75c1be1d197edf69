export { type SignatureAlgorithm } from './algorithms.ts';
export { decodeBase64url } from './base64url.ts';
export { type ClaimExpectations, judgeClaims, readClaims, type TokenClaims } from './claims.ts';
export { type DiscoveredIssuer, type DiscoveryDocument, discoveryDocument } from './discovery.ts';
export { encodeJwt } from './encode.ts';
export type { VerificationKey } from './jwk.ts';
export { type KeySet, parseJwks } from './jwks.ts';
export { keySetCache } from './key-set-cache.ts';
export { defaultKeyTimes, type KeyTimes, type KeyUse, type KnownKeys, planKeyUse } from './key-use.ts';
export { KnownTokens, type Proven, proveToken, type ShownToken } from './known-tokens.ts';
export {
  type BoundObject,
  type KubernetesClaims,
  type ServiceAccountTokenRequest,
  serviceAccountClaims,
} from './kubernetes.ts';
export { kubernetesKeyId, type PublicJwk, publicJwk } from './public-jwk.ts';
export { readToken } from './read.ts';
export { discoveryUrl, readDiscovery } from './read-discovery.ts';
export { type VerifiedToken, verifySignature } from './verify.ts';
