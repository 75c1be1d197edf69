// The decision of one exchange, over what was gathered for it: may this token become credentials of this role?
import { oidcProviderArn } from '../identity/index.ts';
import { evaluate, type Policy } from '../policy/index.ts';
import { Refusal, refuse } from '../refusals/index.ts';
import type { Issuer, Role } from '../registry/index.ts';
import {
  judgeClaims,
  type KeySet,
  type Proven,
  proveToken,
  type ShownToken,
  type TokenClaims,
} from '../tokens/index.ts';
import type { WebIdentityCall } from '../wire/index.ts';
import { trustContext } from './context.ts';
import { type Grant, judgeActions, neededActions, notAuthorized } from './grant.ts';
import { isCluster, podTags, refuseTags, withoutOwnTags } from './tags.ts';

/** An issuer that the role's account registered under the token's `iss`, with its keys. */
export interface GatheredIssuer {
  readonly issuer: Issuer;
  readonly keys: KeySet | Refusal;
}

export interface GatheredExchange {
  readonly call: WebIdentityCall;
  readonly token: ShownToken;
  /** Several clusters may share one URL; their keys tell them apart. */
  readonly issuers: readonly GatheredIssuer[];
  /** The role, and its trust policy, if it exists. */
  readonly role: Role | undefined;
  readonly trust: Policy | Refusal | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sourceAddress: string;
}

export interface WebIdentityGrant extends Grant {
  readonly claims: TokenClaims;
  /** What the claims stand on, to be known by from now on. */
  readonly proven: Proven;
  readonly issuer: Issuer;
  /** The identity provider's ARN. */
  readonly provider: string;
}

const action = 'sts:AssumeRoleWithWebIdentity';

/** The issuer whose keys have the one that the token names; the first where none has, so that its refusal is told. */
function chooseIssuer({ issuers, token }: GatheredExchange): GatheredIssuer | undefined {
  const { keyId } = token.head;
  const holder = issuers.find(({ keys }) => !(keys instanceof Refusal) && keyId !== undefined && keys.byId.has(keyId));
  return holder ?? issuers[0];
}

/** The claims, once the issuer's signature and its word are judged, with the proof that they stand on. */
function proveClaims(
  { token, now }: GatheredExchange,
  { issuer, keys }: GatheredIssuer,
): { readonly proven: Proven; readonly claims: TokenClaims } | Refusal {
  const proven = keys instanceof Refusal ? keys : proveToken(token, keys);
  if (proven instanceof Refusal) return proven;
  const claims = judgeClaims(proven.claims, { issuer: issuer.url, audiences: issuer.audiences, now });
  return claims instanceof Refusal ? claims : { proven, claims };
}

/** What the issuer asks for; a cluster's word about its pods is the platform's to give, and wins over the same claim. */
function requestOf(issuer: Issuer, { requestedTags }: TokenClaims) {
  const { tags = {}, transitiveKeys = [] } = requestedTags ?? {};
  return { tags: isCluster(issuer) ? withoutOwnTags(tags) : tags, transitiveKeys };
}

/**
 * Judges in this order. Before the signature is verified, the token's issuer selects the keys and nothing else is believed;
 * that an account does not know an issuer is told, since whoever sets a cluster up needs to know:
 *   1. the issuer is registered in the role's account,
 *   2. the signature is by one of its keys,
 *   3. issuer, audience and times hold,
 *   4. the tags that it asks for are fit to be tags,
 *   5. the role exists and its trust policy allows the exchange, and the tags and source identity that the token asks for,
 *   6. the duration is within the role's.
 */
export function judgeExchange(gathered: GatheredExchange): WebIdentityGrant | Refusal {
  const { call, token, role, trust } = gathered;
  const chosen = chooseIssuer(gathered);
  if (!chosen) return refuse('sts-issuer-unknown', { issuer: token.head.unverifiedIssuer });
  const stated = proveClaims(gathered, chosen);
  if (stated instanceof Refusal) return stated;
  const { claims, proven } = stated;
  const { issuer } = chosen;
  const requested = requestOf(issuer, claims);
  const unfit = refuseTags(requested.tags);
  if (unfit !== undefined) return unfit;
  if (!role || !trust) return notAuthorized(action, `there is no role ${call.role}; the token is ${claims.subject}'s`);
  if (trust instanceof Refusal) return notAuthorized(action, `the trust policy cannot be read: ${trust.sentence}`);
  const provider = oidcProviderArn(issuer.accountId, issuer.url);
  const policies = [{ name: `the trust policy of ${role.name}`, policy: trust }];
  const context = trustContext(claims, gathered);
  const actions = neededActions(action, { tags: requested.tags, sourceIdentity: claims.sourceIdentity });
  const allowed = judgeActions(actions, (one) =>
    evaluate(policies, { action: one, principal: { type: 'Federated', id: provider }, context }),
  );
  if (allowed instanceof Refusal) return allowed;
  if (call.durationSeconds > role.maxSessionSeconds) {
    return refuse('sts-duration-beyond-role', { longest: role.maxSessionSeconds });
  }
  return {
    role,
    claims,
    proven,
    issuer,
    provider,
    durationSeconds: call.durationSeconds,
    reason: allowed.reason,
    tags: { ...requested.tags, ...podTags(issuer, claims.kubernetes) },
    transitiveTagKeys: requested.transitiveKeys.filter((key) => Object.hasOwn(requested.tags, key)),
    sourceIdentity: claims.sourceIdentity,
  };
}
