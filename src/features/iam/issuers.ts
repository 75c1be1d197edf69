// The clusters whose tokens an account believes.
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { Issuer } from '../../core/registry/index.ts';
import { parseJwks } from '../../core/tokens/index.ts';
import type { IamPorts } from './ports.ts';

export interface IssuerRegistration {
  readonly accountId: string;
  /** Byte-equal to the `iss` of its tokens. */
  readonly url: string;
  readonly audiences: readonly string[];
  /** The public keys as the text of a JWK Set: uploaded, so nothing is fetched. */
  readonly jwks: string;
}

const longestUrl = 255;
const mostAudiences = 100;

/** What is wrong with an issuer's URL (OpenID Connect Discovery 1.0, section 2; AWS: https, no query, no fragment). */
function urlProblem(url: string): string | undefined {
  if (url.length > longestUrl) return `it is longer than ${longestUrl} characters`;
  if (!URL.canParse(url)) return 'it is no URL';
  const { protocol, search, hash, username } = new URL(url);
  if (protocol !== 'https:') return 'it does not begin with https://';
  if (search !== '' || hash !== '' || url.endsWith('?') || url.endsWith('#')) return 'it has a query or a fragment';
  return username === '' ? undefined : 'it names a user';
}

/** Registers a cluster's issuer, or replaces the keys and audiences of the one registered under that URL. */
export async function registerIssuer(ports: IamPorts, registration: IssuerRegistration): Promise<Issuer | Refusal> {
  const { accountId, url, audiences, jwks } = registration;
  const problem = urlProblem(url);
  if (problem !== undefined) return refuse('issuer-url-unfit', { url, problem });
  if (audiences.length === 0 || audiences.length > mostAudiences) {
    return refuse('issuer-audiences-unfit', { count: audiences.length, most: mostAudiences });
  }
  const keys = parseJwks(jwks);
  if (keys instanceof Refusal) return keys;
  const id = Buffer.from(ports.randomBytes(12)).toString('hex');
  const issuer = { id, accountId, url, audiences, jwks, createdAt: ports.now() };
  await ports.registry.putIssuer(issuer);
  return issuer;
}
