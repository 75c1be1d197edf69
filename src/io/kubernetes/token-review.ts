// The TokenReview API: the cluster's own word on one of its tokens (authentication.k8s.io/v1). Unlike the signature it
// knows whether the pod, the service account and the secret that the token is bound to are still there.
import type { KubernetesClient } from './client.ts';
import { isObject, textAt } from './json.ts';

export interface TokenReview {
  readonly authenticated: boolean;
  /** Why not, in the API server's words; empty where it gives none. */
  readonly problem: string;
}

const path = '/apis/authentication.k8s.io/v1/tokenreviews';

/** @throws as the client does */
export async function reviewToken(
  client: Pick<KubernetesClient, 'create'>,
  token: string,
  audiences: readonly string[],
): Promise<TokenReview> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } };
  const { status } = await client.create(path, review);
  if (!isObject(status)) return { authenticated: false, problem: 'the answer has no status' };
  // An authenticator that knows nothing of audiences says yes to every one; one that does names those that hold.
  const named: unknown = status['audiences'];
  const holds = Array.isArray(named) && named.some((audience) => audiences.includes(String(audience)));
  const authenticated = status['authenticated'] === true && holds;
  return { authenticated, problem: textAt(status, 'error') ?? '' };
}
