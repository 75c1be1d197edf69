// Asking the cluster whether it still stands behind a token: a deleted pod's token has a good signature until it expires.
import { hash } from 'node:crypto';
import { keepLast } from '../../core/memory/index.ts';
import { causeOf, type Refusal, refuse } from '../../core/refusals/index.ts';
import type { Issuer } from '../../core/registry/index.ts';
import { reviewTrouble, type TokenReview } from '../../io/kubernetes/index.ts';

export type ReviewOutcome = 'authenticated' | 'refused' | 'unavailable';

export interface ReviewPorts {
  /** One TokenReview at the issuer's API server. Rejects where it cannot be asked. */
  readonly ask: (issuer: Issuer, token: string) => Promise<TokenReview>;
  /** Told of each one. */
  readonly onReview?: (outcome: ReviewOutcome) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds for which an answer holds, from when it was asked for. */
  readonly keptMs?: number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** That there was no answer holds only for as long as it takes a crowd to be told: whoever tries again is asked for. */
const silenceKeptMs = 1_000;
const keptTokens = 10_000;
/**
 * Of one account at once. With each question a caller's connection waits, and of those a listener has some four thousand
 * for all accounts: clusters that do not answer must not use them up, and a crowd that starts together must fit.
 */
const mostWaiting = 1000;

interface Kept {
  at: number;
  /** From then on; an answer that is still awaited holds for all who wait. */
  forMs: number;
  outcome: Promise<Refusal | undefined> | undefined;
}

/**
 * What speaks against the token; undefined where the cluster stands behind it, or is not to be asked. A cluster that
 * cannot be asked is no yes: the exchange is refused as one that may be tried again. What stands at the address that the
 * account's owner named is for the log; the audit record, which they read, says only what they can do something about.
 */
export function createReviewToken(ports: ReviewPorts): (issuer: Issuer, token: string) => Promise<Refusal | undefined> {
  const { ask, now, keptMs = 5_000, log, onReview } = ports;
  const kept = keepLast<Kept>(keptTokens);

  const waiting = new Map<string, number>();

  async function askWithin(issuer: Issuer, token: string): Promise<TokenReview> {
    const { accountId } = issuer;
    const others = waiting.get(accountId) ?? 0;
    if (others >= mostWaiting) throw new Error('too many questions of the account wait for their answers');
    waiting.set(accountId, others + 1);
    try {
      return await ask(issuer, token);
    } finally {
      const left = (waiting.get(accountId) ?? 0) - 1;
      if (left > 0) waiting.set(accountId, left);
      else waiting.delete(accountId);
    }
  }

  async function review(issuer: Issuer, token: string): Promise<Refusal | undefined> {
    try {
      const { authenticated, problem } = await askWithin(issuer, token);
      onReview?.(authenticated ? 'authenticated' : 'refused');
      if (authenticated) return undefined;
      return refuse('sts-token-review-failed', {}, problem === '' ? 'it does not say why' : problem);
    } catch (error) {
      onReview?.('unavailable');
      const { accountId, id, settings, url } = issuer;
      const server = settings.tokenReview?.url;
      const why = reviewTrouble(error);
      const facts = { accountId, issuer: url, issuerId: id, server, why, error: causeOf(error) };
      log('error', 'a cluster cannot be asked about its tokens', facts);
      return refuse('sts-token-review-unavailable', { issuer: url }, why);
    }
  }

  async function reviewInto(entry: Kept, issuer: Issuer, token: string): Promise<Refusal | undefined> {
    const refusal = await review(issuer, token);
    const isSilent = refusal?.code === 'sts-token-review-unavailable';
    Object.assign(entry, isSilent ? { at: now(), forMs: silenceKeptMs } : { forMs: keptMs });
    return refusal;
  }

  return (issuer, token) => {
    if (issuer.settings.tokenReview === undefined) return Promise.resolve(undefined);
    // The key says all that the answer depends on, and nothing that opens anything.
    const key = hash('sha256', JSON.stringify([issuer.id, issuer.revision, token]), 'base64url');
    const entry = kept(key, () => ({ at: 0, forMs: 0, outcome: undefined }));
    const isKept = entry.outcome !== undefined && Math.abs(now() - entry.at) < entry.forMs;
    if (!isKept) Object.assign(entry, { at: now(), forMs: Infinity, outcome: reviewInto(entry, issuer, token) });
    return entry.outcome ?? Promise.resolve(undefined);
  };
}
