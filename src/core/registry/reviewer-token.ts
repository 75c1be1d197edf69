// The token with which a cluster is asked about the tokens of its pods: sealed for one issuer of one account, and for the
// API server that it was given for, so that no change of what is on record can send it anywhere else.
import { Refusal, refuse } from '../refusals/index.ts';
import { type KeyEncryptionKeys, openSecret, type SealedSecret, sealSecret, secretPurposes } from './secrets.ts';

/** Whose it is, and the one server that it may be shown to. */
export interface ReviewerTokenPlace {
  readonly accountId: string;
  readonly issuerId: string;
  /** Of the API server, as the issuer's settings have it. */
  readonly url: string;
}

/** The name of the secret in the registry: account and issuer stand in it, and by it in what the envelope is bound to. */
export function reviewerTokenName(accountId: string, issuerId: string): string {
  return `reviewer-token/${accountId}/${issuerId}`;
}

/**
 * @param token as it is sent: one line
 * @param nonce 12 random bytes, never used before
 */
export function sealReviewerToken(
  token: string,
  { accountId, issuerId, url }: ReviewerTokenPlace,
  keys: KeyEncryptionKeys,
  nonce: Uint8Array,
): SealedSecret {
  const purpose = secretPurposes.named(reviewerTokenName(accountId, issuerId));
  return sealSecret(Buffer.from(`${url}\n${token}`), keys, { purpose, nonce });
}

/** The token; `envelope-unopened` where it was sealed for another account, issuer or server. */
export function openReviewerToken(
  sealed: SealedSecret,
  { accountId, issuerId, url }: ReviewerTokenPlace,
  keys: KeyEncryptionKeys,
): string | Refusal {
  const secret = openSecret(sealed, keys, secretPurposes.named(reviewerTokenName(accountId, issuerId)));
  if (secret instanceof Refusal) return secret;
  // Neither has a line break in it.
  const [server, token, ...others] = Buffer.from(secret).toString().split('\n');
  if (server !== url || token === undefined || others.length > 0)
    return refuse('envelope-unopened', {}, 'the reviewer’s token was given for another API server');
  return token;
}
