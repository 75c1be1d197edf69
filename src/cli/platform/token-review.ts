// Asking clusters about their tokens, over the registry: the API server that an issuer names, and as whom it is asked.
import { Refusal, RefusedError } from '../../core/refusals/index.ts';
import { type Issuer, type KeyEncryptionKeys, openReviewerToken } from '../../core/registry/index.ts';
import { createReviewToken, type ReviewOutcome, type StsPorts } from '../../features/sts/index.ts';
import {
  createReviewers,
  type Reviewers,
  type ReviewLimits,
  type ReviewServer,
  type TokenReview,
} from '../../io/kubernetes/index.ts';
import type { Registry } from '../../io/sql/index.ts';
import { world } from '../up/world.ts';

export interface TokenReviewOptions {
  readonly registry: Pick<Registry, 'account'>;
  readonly keyEncryptionKeys: KeyEncryptionKeys;
  readonly log: StsPorts['log'];
  /** Without them, public addresses are asked for as long as `podiam platform` waits by default. */
  readonly reviewLimits?: ReviewLimits;
  readonly onReview?: (outcome: ReviewOutcome) => void;
}

const defaultReviewLimits: ReviewLimits = { timeoutMs: 3_000, allowsPrivate: false };

/** The token is read from the database, not from what this replica remembers: it may have been replaced at another one. */
async function serverOf(issuer: Issuer, { registry, keyEncryptionKeys }: TokenReviewOptions): Promise<ReviewServer> {
  const { accountId, id, settings } = issuer;
  const { url = '', certificateAuthority } = settings.tokenReview ?? {};
  const sealed = await registry.account(accountId).issuers.reviewerToken(id);
  if (sealed === undefined) throw new Error('the issuer has no reviewer’s token on record');
  const token = openReviewerToken(sealed, { accountId, issuerId: id, url }, keyEncryptionKeys);
  if (token instanceof Refusal) throw new RefusedError(token);
  return { url, certificateAuthority, token };
}

export function openTokenReviews(options: TokenReviewOptions) {
  const { log, onReview, reviewLimits = defaultReviewLimits } = options;
  const reviewers: Reviewers = createReviewers(reviewLimits);
  const ask = (issuer: Issuer, token: string): Promise<TokenReview> =>
    reviewers.ask(issuer, () => serverOf(issuer, options), { token, audiences: issuer.audiences });
  return {
    reviewToken: createReviewToken({
      ask,
      now: world.now,
      log,
      ...(onReview && { onReview }),
    }),
    tryReview: reviewers.tryOut,
    stop: reviewers.close,
  };
}
