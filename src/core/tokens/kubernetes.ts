// What Kubernetes signs about a pod's service account: the private claim `kubernetes.io` of tokens from the TokenRequest
// API (Kubernetes, "Managing Service Accounts", "Bound service account tokens").
import { serviceAccountSubject } from '../identity/index.ts';
import { isObject, isText } from './json.ts';

export interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

export interface KubernetesClaims {
  readonly namespace: string;
  readonly serviceAccount: BoundObject;
  readonly pod?: BoundObject;
  /** Its uid is absent where the API server knew only the name. */
  readonly node?: { readonly name: string; readonly uid?: string };
}

const hasName = (value: unknown): value is { readonly name: string; readonly uid?: unknown } =>
  isObject(value) && isText(value['name']);

const isBoundObject = (value: unknown): value is BoundObject => hasName(value) && isText(value.uid);

const isNode = (value: unknown): value is { readonly name: string; readonly uid?: string } =>
  hasName(value) && (value.uid === undefined || isText(value.uid));

const pick = ({ name, uid }: BoundObject): BoundObject => ({ name, uid });

/** The claim's value in our words; undefined where it has another form than Kubernetes gives it. */
export function readKubernetesClaims(value: unknown): KubernetesClaims | undefined {
  if (!isObject(value)) return undefined;
  const { namespace, serviceaccount, pod, node } = value;
  if (!isText(namespace) || !isBoundObject(serviceaccount)) return undefined;
  if (pod !== undefined && !isBoundObject(pod)) return undefined;
  if (node !== undefined && !isNode(node)) return undefined;
  return {
    namespace,
    serviceAccount: pick(serviceaccount),
    ...(pod && { pod: pick(pod) }),
    ...(node && { node: node.uid === undefined ? { name: node.name } : { name: node.name, uid: node.uid } }),
  };
}

export interface ServiceAccountTokenRequest extends KubernetesClaims {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** The token's own id, a UUID. */
  readonly tokenId: string;
  /** Seconds since the epoch, as in the token. */
  readonly issuedAt: number;
  readonly expirationSeconds: number;
}

/** The claims that the TokenRequest API signs, in its order, for issuers of our own making. */
export function serviceAccountClaims(request: ServiceAccountTokenRequest): Readonly<Record<string, unknown>> {
  const { namespace, node, pod, serviceAccount } = request;
  return {
    aud: request.audiences,
    exp: request.issuedAt + request.expirationSeconds,
    iat: request.issuedAt,
    iss: request.issuer,
    jti: request.tokenId,
    'kubernetes.io': {
      namespace,
      ...(node && { node }),
      ...(pod && { pod: pick(pod) }),
      serviceaccount: pick(serviceAccount),
    },
    nbf: request.issuedAt,
    sub: serviceAccountSubject({ namespace, name: serviceAccount.name }),
  };
}
