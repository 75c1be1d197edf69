// What the `/v2` API needs from the world.
import type { Authority, SessionFacts } from '../../core/credentials/index.ts';
import type { SessionPolicies } from '../../core/policy/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { Account, Issuer, KeyEncryptionKeys } from '../../core/registry/index.ts';
import type { KeySet } from '../../core/tokens/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';
import type { ReviewServer } from '../../io/kubernetes/index.ts';
import type { Registry } from '../../io/sql/index.ts';
import type { ApiRates } from './limits.ts';
import type { PublishedDocuments } from './published.ts';

/** The exchange of a service-account token for a session that is shown as a Bearer string. */
export interface TokenExchange {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly token: string;
  /** A role's ARN or UUID. */
  readonly role: string;
  readonly sessionName: string;
}

export interface BearerSession {
  readonly bearer: string;
  readonly accessKeyId: string;
  readonly roleArn: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** How the platform's own clusters are found. `{source_id}` and `{account}` stand for what a registration says. */
export interface OwnClusters {
  /** The `iss` of their tokens. */
  readonly issuer: string;
  /** Where the keys of one are. */
  readonly jwksUrl: string;
}

export interface ProviderSettings {
  /** Where the platform is reached from outside, without a last slash; empty where it is not known. */
  readonly publicUrl: string;
  /** The audience of issuers that are registered without one. */
  readonly audience: string;
  /** Undefined where the platform runs no clusters. */
  readonly ownClusters: OwnClusters | undefined;
}

export interface NewRootKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export type AdministrationRegistry = Pick<
  Registry,
  | 'account'
  | 'accounts'
  | 'appendAudit'
  | 'audit'
  | 'findRoleByUuid'
  | 'health'
  | 'operatorKeys'
  | 'revocations'
  | 'sealingKeys'
  | 'sessions'
>;

export interface AdministrationPorts extends Authority {
  readonly registry: AdministrationRegistry;
  /** What a session may do now; undefined where its role is gone. */
  readonly findPolicies: (session: SessionFacts) => Promise<SessionPolicies | undefined>;
  /** A refusal of it is in the log and on record already. */
  readonly exchange: (call: TokenExchange) => Promise<BearerSession | Refusal>;
  /** An issuer's keys as it publishes them now. */
  readonly fetchKeys: (issuer: Pick<Issuer, 'url' | 'settings'>) => Promise<KeySet | Refusal>;
  /** Asks an API server for a TokenReview, of no token. Rejects where it does not answer as one. */
  readonly tryReview: (server: ReviewServer) => Promise<void>;
  /** What secrets are encrypted under at rest. */
  readonly keyEncryptionKeys: KeyEncryptionKeys;
  readonly openAccount: (
    name: string,
  ) => Promise<{ readonly account: Account; readonly rootKey: NewRootKey } | Refusal>;
  /** A root key whose secret is sealed for the registry. */
  readonly addRootKey: (accountId: string) => Promise<NewRootKey | Refusal>;
  /** Prepares the key that session tokens will be sealed with. */
  readonly prepareSealingKey: () => Promise<{ readonly id: string } | Refusal>;
  /** Encrypts every stored secret under the current key-encryption key. */
  readonly renewSecrets: () => Promise<number>;
  /** Writes a copy of the registry into a file of the platform's machine. */
  readonly backup: (file: string) => Promise<Refusal | undefined>;
  readonly provider: ProviderSettings;
  /** Of the issuer that the platform's own clusters share; undefined where it runs none. */
  readonly published: PublishedDocuments | undefined;
  /** How much is taken; as much as the IAM API takes by default without it. */
  readonly rates?: ApiRates;
  /** Of the program, for `/openapi.json`. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newRequestId: () => string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}
