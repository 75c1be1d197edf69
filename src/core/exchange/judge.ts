// The decision of one exchange, over what was gathered for it: may this token become credentials of this role?
import { oidcProviderArn } from '../identity/index.ts';
import { evaluate, type Policy } from '../policy/index.ts';
import { Refusal, refuse } from '../refusals/index.ts';
import type { Issuer, Role } from '../registry/index.ts';
import { judgeClaims, type KeySet, type TokenClaims, type UnverifiedToken, verifySignature } from '../tokens/index.ts';
import type { WebIdentityCall } from '../wire/index.ts';
import { trustContext } from './context.ts';

export interface GatheredExchange {
  readonly call: WebIdentityCall;
  readonly token: UnverifiedToken;
  /** The issuer that the role's account registered under the token's `iss`, if any, with its keys. */
  readonly issuer: Issuer | undefined;
  readonly keys: KeySet | Refusal | undefined;
  /** The role, and its trust policy, if it exists. */
  readonly role: Role | undefined;
  readonly trust: Policy | Refusal | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sourceAddress: string;
}

export interface Grant {
  readonly role: Role;
  readonly claims: TokenClaims;
  /** The identity provider's ARN. */
  readonly provider: string;
  readonly durationSeconds: number;
  /** Why, for the audit record. */
  readonly reason: string;
}

/** A role that does not exist and one that does not trust the token answer alike: a stranger learns no role's name. */
const notAuthorized = (cause: string) => refuse('sts-not-authorized', {}, cause);

/**
 * Judges in this order. Before the signature is verified, the token's issuer selects the keys and nothing else is believed;
 * that an account does not know an issuer is told, since whoever sets a cluster up needs to know:
 *   1. the issuer is registered in the role's account,
 *   2. the signature is by one of its keys,
 *   3. issuer, audience and times hold,
 *   4. the role exists and its trust policy allows the exchange,
 *   5. the duration is within the role's.
 */
export function judgeExchange(gathered: GatheredExchange): Grant | Refusal {
  const { call, token, issuer, keys, role, trust, now } = gathered;
  if (!issuer || !keys) return refuse('sts-issuer-unknown', { issuer: token.unverifiedIssuer });
  if (keys instanceof Refusal) return keys;
  const verified = verifySignature(token, keys);
  if (verified instanceof Refusal) return verified;
  const claims = judgeClaims(verified, { issuer: issuer.url, audiences: issuer.audiences, now });
  if (claims instanceof Refusal) return claims;
  if (!role || !trust) return notAuthorized(`there is no role ${call.roleArn}; the token is ${claims.subject}'s`);
  if (trust instanceof Refusal) return notAuthorized(`the trust policy cannot be read: ${trust.sentence}`);
  const provider = oidcProviderArn(issuer.accountId, issuer.url);
  const decision = evaluate([{ name: `the trust policy of ${role.name}`, policy: trust }], {
    action: 'sts:AssumeRoleWithWebIdentity',
    principal: { type: 'Federated', id: provider },
    context: trustContext(claims, gathered),
  });
  if (decision.outcome !== 'allowed') return notAuthorized(decision.reason);
  if (call.durationSeconds > role.maxSessionSeconds) {
    return refuse('sts-duration-beyond-role', { longest: role.maxSessionSeconds });
  }
  return { role, claims, provider, durationSeconds: call.durationSeconds, reason: decision.reason };
}
