// Asking the cluster whether it still stands behind a token: a deleted pod's token has a good signature until it expires.
import { hash } from 'node:crypto';
import { keepLast } from '../../core/memory/index.ts';
import { causeOf, type Refusal, refuse } from '../../core/refusals/index.ts';
import type { Issuer, IssuerSettings } from '../../core/registry/index.ts';

export interface ReviewPorts {
  /** One TokenReview at the issuer's API server. Rejects where it cannot be asked. */
  readonly ask: (
    review: NonNullable<IssuerSettings['tokenReview']>,
    token: string,
    audiences: readonly string[],
  ) => Promise<{ readonly authenticated: boolean; readonly problem: string }>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds for which an answer holds. */
  readonly keptMs?: number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}

interface Kept {
  at: number;
  outcome: Promise<Refusal | undefined> | undefined;
}

const keptTokens = 10_000;

/**
 * What speaks against the token; undefined where the cluster stands behind it, or is not to be asked. A cluster that
 * cannot be asked is no yes: the exchange is refused as one that may be tried again.
 */
export function createReviewToken({
  ask,
  now,
  keptMs = 5_000,
  log,
}: ReviewPorts): (issuer: Issuer, token: string) => Promise<Refusal | undefined> {
  const kept = keepLast<Kept>(keptTokens);

  async function review({ url, audiences, settings }: Issuer, token: string): Promise<Refusal | undefined> {
    if (settings.tokenReview === undefined) return undefined;
    try {
      const { authenticated, problem } = await ask(settings.tokenReview, token, audiences);
      if (authenticated) return undefined;
      return refuse('sts-token-review-failed', {}, problem === '' ? 'it does not say why' : problem);
    } catch (error) {
      log('error', 'a cluster cannot be asked about its tokens', { issuer: url, error: causeOf(error) });
      return refuse('sts-token-review-unavailable', { issuer: url });
    }
  }

  return (issuer, token) => {
    // The key says all that the answer depends on, and nothing that opens anything.
    const key = hash('sha256', JSON.stringify([issuer.id, issuer.revision, token]), 'base64url');
    const entry = kept(key, () => ({ at: 0, outcome: undefined }));
    const isKept = entry.outcome !== undefined && Math.abs(now() - entry.at) < keptMs;
    if (!isKept) Object.assign(entry, { at: now(), outcome: review(issuer, token) });
    return entry.outcome ?? Promise.resolve(undefined);
  };
}
