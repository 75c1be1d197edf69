export {
  type ContainerProcess,
  containerProcess,
  mountedFolders,
  type Pod,
  type ProjectedToken,
  parsePod,
  projectedTokens,
} from './pod.ts';
export { type ClusterIdentity, type ObjectReference, requestToken, type TokenRequest } from './token-request.ts';
