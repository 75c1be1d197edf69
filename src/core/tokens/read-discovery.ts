// Reading an issuer's discovery document: where its keys are, and whether it is the issuer that it was taken for
// (OpenID Connect Discovery 1.0, sections 4.1 and 4.3).
import { Refusal, refuse } from '../refusals/index.ts';
import { parseStrictJson } from '../wire/index.ts';
import { isObject, isText } from './json.ts';

/** Where an issuer's discovery document lies: a last slash of the issuer is not doubled. */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/**
 * The address of the key set.
 * @param issuer as registered; the document's own must be byte-equal to it
 */
export function readDiscovery(text: string, issuer: string): string | Refusal {
  const json = parseStrictJson(text);
  if ('problem' in json) return refuse('discovery-malformed', { issuer, problem: json.problem });
  const document = json.value;
  if (!isObject(document)) return refuse('discovery-malformed', { issuer, problem: 'it is no JSON object' });
  const { issuer: stated, jwks_uri: jwksUri } = document;
  if (!isText(stated)) return refuse('discovery-malformed', { issuer, problem: 'it has no issuer' });
  if (stated !== issuer) return refuse('discovery-of-other', { issuer, stated: stated.slice(0, 255) });
  return isText(jwksUri) ? jwksUri : refuse('discovery-malformed', { issuer, problem: 'it has no jwks_uri' });
}
