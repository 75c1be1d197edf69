// The TokenRequest API of the stand-in cluster: signs what a kubelet projects into a pod.
import { encodeJwt, serviceAccountClaims } from '../../core/tokens/index.ts';

export interface ClusterIdentity {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  readonly keyId: string;
  readonly algorithm: 'RS256' | 'ES256';
  /** Signs bytes in the algorithm's JWS form (RFC 7518, section 3). */
  readonly sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

/** An object that the cluster knows by name and unique id. */
export interface ObjectReference {
  readonly name: string;
  readonly uid: string;
}

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: ObjectReference;
  readonly pod: ObjectReference;
  readonly node: ObjectReference;
  readonly audience: string;
  readonly expirationSeconds: number;
}

export interface TokenPorts {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
}

const shortestExpirationSeconds = 600;

/** The signed token. The API server raises an expiration below ten minutes to ten minutes. */
export async function requestToken(
  cluster: ClusterIdentity,
  request: TokenRequest,
  ports: TokenPorts,
): Promise<string> {
  const issuedAt = Math.floor(ports.now() / 1000);
  const claims = serviceAccountClaims({
    namespace: request.namespace,
    serviceAccount: request.serviceAccount,
    pod: request.pod,
    node: request.node,
    issuer: cluster.issuer,
    audiences: [request.audience],
    issuedAt,
    expirationSeconds: Math.max(shortestExpirationSeconds, request.expirationSeconds),
    tokenId: ports.newId(),
  });
  return encodeJwt({ alg: cluster.algorithm, kid: cluster.keyId }, claims, cluster.sign);
}
