export { connectAnonymously, parseAddress } from './address.ts';
export type { Backoff } from './backoff.ts';
export {
  type CallOptions,
  type ClientOptions,
  createKubernetesClient,
  type KubernetesClient,
  type ListOptions,
  type ListPage,
  type PatchKind,
  type ReadOptions,
} from './client.ts';
export type { ApiServer, Connection, Credentials, TlsIdentity } from './connection.ts';
export { type InClusterOptions, loadInCluster } from './in-cluster.ts';
export type { JsonObject } from './json.ts';
export { type KubeconfigOptions, type KubeconfigText, loadKubeconfig } from './kubeconfig.ts';
export { createFindLive, type FindLive, type LiveLookupOptions } from './live-lookup.ts';
export { type Resource, resourcePath } from './paths.ts';
export type { WatchedObject } from './resource.ts';
export type { Lookup, ResourceChange } from './resource-cache.ts';
export {
  createReviewers,
  type Reviewers,
  type ReviewLimits,
  type ReviewServer,
} from './reviewers.ts';
export { StatusError } from './status.ts';
export { reviewTrouble, type TokenReview } from './token-review.ts';
export { type WatchOneOptions, watchOne } from './watch-one.ts';
export type { Clock, ResourceWatch, WatchOptions, WatchStats, WatchTrouble } from './watch-options.ts';
export { watchResources } from './watch-resources.ts';
