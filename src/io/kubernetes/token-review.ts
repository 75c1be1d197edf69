// The TokenReview API: the cluster's own word on one of its tokens (authentication.k8s.io/v1). Unlike the signature it
// knows whether the pod, the service account and the secret that the token is bound to are still there.
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { KubernetesClient } from './client.ts';
import { isObject, textAt } from './json.ts';
import { StatusError } from './status.ts';

export interface TokenReview {
  readonly authenticated: boolean;
  /** Why not, in the API server's words; empty where it gives none. */
  readonly problem: string;
}

const path = '/apis/authentication.k8s.io/v1/tokenreviews';

/** The answer repeats the token and names the user with all groups. */
const mostAnswerBytes = 256 * 1024;

/** @throws as the client does; RefusedError `kubernetes-answer-malformed` for what is no TokenReview */
export async function reviewToken(
  client: Pick<KubernetesClient, 'create'>,
  token: string,
  audiences: readonly string[],
): Promise<TokenReview> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } };
  const answer = await client.create(path, review, { isSafe: true, maxResponseBytes: mostAnswerBytes });
  const { kind, status } = answer;
  if (kind !== 'TokenReview' || !isObject(status))
    throw new RefusedError(refuse('kubernetes-answer-malformed', { problem: 'it is no TokenReview with a status' }));
  // An authenticator that knows nothing of audiences says yes to every one; one that does names those that hold.
  const named: unknown = status['audiences'];
  const holds = Array.isArray(named) && named.some((audience) => audiences.includes(String(audience)));
  const authenticated = status['authenticated'] === true && holds;
  return { authenticated, problem: textAt(status, 'error') ?? '' };
}

/**
 * Why a cluster cannot be asked, as far as whoever registered it may learn: what Kubernetes says of the reviewer, and of
 * everything else no more than that there is no answer. Open ports, other servers and other failures look alike.
 */
export function reviewTrouble(error: unknown): string {
  const reason = error instanceof StatusError ? error.reason : '';
  if (reason === 'Unauthorized') return 'the API server does not know the reviewer’s token: it expired or was revoked';
  if (reason === 'Forbidden') return 'the API server does not let the reviewer create TokenReviews';
  return 'the API server gives no answer';
}
