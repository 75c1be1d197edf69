// The clusters whose tokens an account believes.
import { isAccountId, issuerUrlProblem } from '../../core/identity/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { fixedQuotas, type Issuer } from '../../core/registry/index.ts';
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

/** IAM API reference, CreateOpenIDConnectProvider: ClientIDList. */
export const mostAudiences = fixedQuotas.clientIdsPerProvider;
const longestAudience = 255;

export function refuseIssuerUrl(url: string): Refusal | undefined {
  const problem = issuerUrlProblem(url);
  return problem === undefined ? undefined : refuse('issuer-url-unfit', { url, problem });
}

function audiencesRefusal(audiences: readonly string[]): Refusal | undefined {
  const count = audiences.length;
  if (count === 0 || count > mostAudiences) return refuse('issuer-audiences-unfit', { count, most: mostAudiences });
  const unfit = audiences.find(({ length }) => length === 0 || length > longestAudience);
  return unfit === undefined
    ? undefined
    : refuse('issuer-audience-unfit', { length: unfit.length, most: longestAudience });
}

/** Registers a cluster's issuer, or replaces the keys and audiences of the one registered under that URL. */
export async function registerIssuer(ports: IamPorts, registration: IssuerRegistration): Promise<Issuer | Refusal> {
  const { accountId, url, audiences, jwks } = registration;
  if (!isAccountId(accountId)) return refuse('account-id-unfit', { account: accountId });
  const unfit = refuseIssuerUrl(url) ?? audiencesRefusal(audiences);
  if (unfit) return unfit;
  const keys = parseJwks(jwks);
  if (keys instanceof Refusal) return keys;
  const id = Buffer.from(ports.randomBytes(12)).toString('hex');
  const { issuers } = ports.registry.account(accountId);
  const [registered] = await issuers.withUrl(url);
  if (registered) return issuers.update(registered.id, { audiences, jwks }, { at: ports.now() });
  const given = { kind: 'external', sourceId: '', thumbprints: [], tags: [], settings: { isCluster: true } } as const;
  return issuers.create({ id, url, audiences, jwks, ...given, createdAt: ports.now() });
}
