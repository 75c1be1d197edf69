export {
  type AccessKey,
  type AccessKeyPrefix,
  accessKeyPrefix,
  newAccessKey,
  newPolicyId,
  newRoleId,
  newSessionKey,
} from './access-keys.ts';
export { type AuthenticationPorts, type Authority, authenticate, type Caller } from './authenticate.ts';
export {
  authenticateBearer,
  authenticateSession,
  bearerOf,
  newOperatorKey,
  type OperatorCaller,
  rootBearer,
  sealBearer,
} from './bearer.ts';
export { type EnvelopeKey, openEnvelope, sealEnvelope } from './envelope.ts';
export { openMarker, sealMarker } from './page-marker.ts';
export { type Keyring, openSession, sealSession } from './seal.ts';
export type { SessionFacts } from './session-facts.ts';
export { isSigningPair } from './sigv4-fields.ts';
export { createSigningKeys, deriveSigningKey, type SigningKeys, type SigningScope } from './sigv4-key.ts';
export { readSignedRequest, type SignedRequest } from './sigv4-request.ts';
export { type Signer, signRequest, type UnsignedRequest } from './sigv4-sign.ts';
export { type SignatureCheck, verifySignature } from './sigv4-verify.ts';
export { newTimeOrderedUuid, newUuid } from './uuid.ts';
