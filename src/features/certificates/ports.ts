// What keeping a certificate wants of the world around it.
import type { CertificateSettings, SecretData, ServerNames } from '../../core/certificates/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { TlsMaterial } from '../../io/http/index.ts';
import type { Log } from '../../io/log/index.ts';

export interface KeeperPorts {
  /** Serves new connections with this; throws, and goes on with what was served, where it cannot. */
  readonly serve: (tls: TlsMaterial) => Promise<void> | void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Runs something once after so many milliseconds; what it returns cancels that. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** For a metric: another certificate is served, or what should have been could not be. */
  readonly onOutcome?: (outcome: 'served' | 'failed') => void;
}

/** A conflict is a write over something that has changed since it was read, or was made or deleted in between. */
export type WriteOutcome = 'written' | 'conflict' | 'forbidden';

export interface StoredSecret {
  readonly data: SecretData;
  readonly resourceVersion: string;
}

export interface WebhookConfiguration {
  /** PEM, one for each of its webhooks; empty where it has none. */
  readonly caBundles: readonly string[];
  readonly resourceVersion: string;
}

/** Whatever is neither an answer nor a refusal of rights rejects, and is tried again after a pause. */
export interface CertificatePorts extends KeeperPorts {
  /** From the API server itself, never from a cache. */
  readonly readSecret: () => Promise<StoredSecret | 'missing' | 'forbidden'>;
  /** Replaces these keys of the Secret's data and leaves all others; without a resourceVersion the Secret is made. */
  readonly writeSecret: (data: SecretData, resourceVersion: string | undefined) => Promise<WriteOutcome>;
  /** From the API server itself, never from a cache. */
  readonly readConfiguration: () => Promise<WebhookConfiguration | 'missing' | 'forbidden'>;
  /** Sets the caBundle of all its webhooks. @param caBundle PEM */
  readonly writeCaBundle: (caBundle: string, resourceVersion: string) => Promise<WriteOutcome>;
  /** Whether `writeCaBundle` would be let: asked of the API server, changing nothing. */
  readonly mayWriteCaBundle: () => Promise<boolean>;
  /** What they return ends the watch. A watch that was cut calls once it is back. */
  readonly onSecretChanged: (changed: () => void) => () => void;
  readonly onConfigurationChanged: (changed: () => void) => () => void;
  /** Milliseconds of a clock that does not jump. */
  readonly elapsed: () => number;
  /** From 0 to 1, to spread the replicas. */
  readonly random: () => number;
}

/** Milliseconds since the epoch. */
export interface Expiry {
  readonly leaf?: number;
  /** Of the authority that signs; unknown where files are served. */
  readonly authority?: number;
}

export interface CertificateKeeper {
  /** Whether a valid certificate is served, and clients are told to trust it as far as that can be known. */
  readonly ready: () => boolean;
  readonly expiry: () => Expiry;
  /** What is wrong with what is served, or keeps it from being served; undefined where all is well. */
  readonly trouble: () => Refusal | undefined;
  /** Ends the keeping, after the look that is under way; what is served is served on. */
  readonly stop: () => void;
}

export interface KeepCertificatesSettings extends Omit<CertificateSettings, 'names'> {
  readonly names: ServerNames;
  /** Milliseconds until what was forbidden is tried again. */
  readonly retry: number;
}
