// What decisions are made from besides the pod and the configuration.
import type { Texts } from './fields.ts';
import type { Pod } from './pod.ts';

/** What was gathered about a pod before the decision. */
export interface Evidence {
  /** The request's, which is the pod's. */
  readonly namespace: string;
  /** How people know the pod, or what makes it. */
  readonly name: string;
  /** Undefined where there is none of the pod's name. */
  readonly serviceAccount: { readonly annotations: Texts } | undefined;
  readonly namespaceAnnotations?: Texts | undefined;
  /** The pod before an update of its ephemeral containers; undefined for a pod that is created. */
  readonly before?: Pod | undefined;
  /** Spreads the expiration of container credentials; without it they stay at the setting. */
  readonly randomBytes?: ((length: number) => Uint8Array) | undefined;
}
