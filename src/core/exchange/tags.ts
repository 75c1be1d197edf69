// Session tags: what a session carries for policies to ask about (`aws:PrincipalTag/…`). Those about the pod are the
// platform's own word, under the names that EKS Pod Identity uses; all others are somebody's request.
import { Refusal, refuse } from '../refusals/index.ts';
import type { Issuer } from '../registry/index.ts';
import type { KubernetesClaims } from '../tokens/index.ts';

export type SessionTags = Readonly<Record<string, string>>;

const mostTags = 50;
const longestKey = 128;
const longestValue = 256;
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Nobody but the platform gives these. In lower case: keys that differ only in case are one key. */
const ownKeys = new Set([
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
  'kubernetes-node-name',
  'eks-cluster-name',
  'eks-cluster-arn',
]);

const isOwn = (key: string) => ownKeys.has(key.toLowerCase());

/** Whether the issuer's word about pods is a cluster's: another issuer could write any pod's name into its tokens. */
export function isCluster({ kind, settings }: Pick<Issuer, 'kind' | 'settings'>): boolean {
  return settings.isCluster ?? kind !== 'oidc';
}

/** The platform's own tags, from what the cluster signed and was registered as; none for other issuers. */
export function podTags(
  issuer: Pick<Issuer, 'kind' | 'settings'>,
  kubernetes: KubernetesClaims | undefined,
): SessionTags {
  if (!kubernetes || !isCluster(issuer)) return {};
  const { clusterName, clusterArn } = issuer.settings;
  const tags: Record<string, string> = {
    'kubernetes-namespace': kubernetes.namespace,
    'kubernetes-service-account': kubernetes.serviceAccount.name,
  };
  if (kubernetes.pod !== undefined) {
    tags['kubernetes-pod-name'] = kubernetes.pod.name;
    tags['kubernetes-pod-uid'] = kubernetes.pod.uid;
  }
  if (clusterName !== undefined) tags['eks-cluster-name'] = clusterName;
  if (clusterArn !== undefined) tags['eks-cluster-arn'] = clusterArn;
  return tags;
}

/** The tags that only the platform gives, of those that a session has: chained sessions keep them, whoever asks. */
export function ownTags(tags: SessionTags): SessionTags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => isOwn(key)));
}

/** Tags without those that the platform gives itself. */
export function withoutOwnTags(tags: SessionTags): SessionTags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !isOwn(key)));
}

function problemOf(key: string, value: string): string | undefined {
  if (key === '' || key.length > longestKey) return `its key has not 1 to ${longestKey} characters`;
  if (value.length > longestValue) return `its value has more than ${longestValue} characters`;
  if (!tagText.test(key) || !tagText.test(value))
    return 'it has characters other than letters, digits, spaces and _.:/=+-@';
  return key.toLowerCase().startsWith('aws:') ? 'keys that begin with aws: are reserved' : undefined;
}

/** What is wrong with requested tags, if anything. */
export function refuseTags(tags: SessionTags): Refusal | undefined {
  const entries = Object.entries(tags);
  if (entries.length > mostTags) return refuse('sts-too-many-tags', { limit: mostTags });
  for (const [key, value] of entries) {
    const shown = key.slice(0, longestKey);
    if (isOwn(key)) return refuse('sts-tag-reserved', { key: shown });
    const problem = problemOf(key, value);
    if (problem !== undefined) return refuse('sts-tag-malformed', { key: shown, problem });
  }
  return undefined;
}

/** The condition keys of a request for tags. */
export function tagContext(tags: SessionTags, transitiveKeys: readonly string[]): Map<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(tags)) context.set(`aws:RequestTag/${key}`, [value]);
  if (context.size > 0) context.set('aws:TagKeys', Object.keys(tags));
  if (transitiveKeys.length > 0) context.set('sts:TransitiveTagKeys', transitiveKeys);
  return context;
}
