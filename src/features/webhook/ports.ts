// What the webhook wants of the world around it, and what it tells that world.
import type { InjectionConfig, Texts } from '../../core/injection/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';

export interface Annotated {
  readonly annotations: Texts;
}

type Found = Annotated | undefined;

export interface Claimed {
  readonly key: string;
  readonly value: string;
}

/** What was decided about one review, for log, metrics and events. Holds nothing of the pod but its name. */
export interface AdmissionRecord {
  readonly uid: string;
  /** Such as `Pod`; empty where the review did not say. */
  readonly kind: string;
  readonly operation: string;
  readonly namespace: string;
  readonly name: string;
  /** Empty where it did not come to that. */
  readonly serviceAccount: string;
  readonly outcome: 'injected' | 'left' | 'refused' | 'failed';
  /** Why: a refusal's code, or that of what was left alone; `injected` for the rest. */
  readonly code: string;
  /** For people. */
  readonly reason: string;
  /** Where it was refused, or failed. */
  readonly refusal?: Refusal | undefined;
  /** The annotation that is refused, where a service account is under review that may never come to be. */
  readonly claimed?: Claimed | undefined;
  /** Of an error behind a failure; undefined for all else. */
  readonly cause: string | undefined;
  /** Empty where nothing was injected. */
  readonly profile: string;
  /** `sts_web_identity`, `container_credentials`, or empty where nothing was injected. */
  readonly method: string;
  readonly allowed: boolean;
  readonly warnings: readonly string[];
  /** Nothing was or will be created: no event may tell of it. */
  readonly dryRun: boolean;
}

export interface AdmissionPorts {
  /** Asked once a review, so that what is watched may change between two. */
  readonly config: () => InjectionConfig;
  /** Whether what may not be injected is let in without, with a warning, or kept out. */
  readonly onRefusal: 'warn' | 'deny';
  /** Whether a pod about which something could not be looked up in time is let in, with a warning, or kept out. */
  readonly onFailure?: 'warn' | 'deny';
  /**
   * Undefined where there is none; an error where that could not be found out.
   * @param patienceMs milliseconds after which the API server waits no longer
   */
  readonly findServiceAccount: (namespace: string, name: string, patienceMs: number) => Promise<Found> | Found;
  /** Given where namespaces may restrict their roles by annotation. */
  readonly findNamespace?: (name: string, patienceMs: number) => Promise<Found> | Found;
  readonly log: (record: AdmissionRecord) => void;
  /** Milliseconds by which what runs here lags behind the clock. */
  readonly lag?: () => number;
  /** Spreads the expiration of container credentials. */
  readonly randomBytes?: (length: number) => Uint8Array;
}
