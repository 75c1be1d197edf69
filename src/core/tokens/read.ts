// A service-account token (TOKEN #1) taken apart: what it says before anyone looked at its signature.
import { Refusal, refuse } from '../refusals/index.ts';
import { isText, type JsonObject } from './json.ts';
import { decodeObject, readSignature, type UnverifiedSignature } from './read-signature.ts';

export interface UnverifiedToken extends UnverifiedSignature {
  /** Selects whose keys to try, and nothing else: `judgeClaims` decides whether the issuer is the right one. */
  readonly unverifiedIssuer: string;
  readonly unverifiedClaims: JsonObject;
}

/** Takes a token apart and judges its form alone. The caller has trimmed it. */
export function readToken(jwt: string): UnverifiedToken | Refusal {
  const signed = readSignature(jwt);
  if (signed instanceof Refusal) return signed;
  const { payload, ...signature } = signed;
  const claims = decodeObject(payload, 'payload');
  if (claims instanceof Refusal) return claims;
  const { iss } = claims;
  if (!isText(iss)) return refuse('token-claim-malformed', { claim: 'iss', expected: 'one text' });
  return { ...signature, unverifiedIssuer: iss, unverifiedClaims: claims };
}
