// What account keeping needs from the world.
import type { Authority, SessionFacts } from '../../core/credentials/index.ts';
import type { SessionPolicies } from '../../core/policy/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { Account, AuditEvent, Issuer, KeyEncryptionKeys, RootKey } from '../../core/registry/index.ts';
import type { AccountRegistry, NewRootKey } from '../../io/sql/index.ts';
import type { IamRates } from './limits.ts';

export interface IamPorts {
  readonly registry: {
    /** Both or neither. */
    readonly accounts: { open(account: Account, rootKey: NewRootKey): Promise<Refusal | undefined> };
    findRootKey(accessKeyId: string): Promise<RootKey | undefined>;
    account(id: string): Pick<AccountRegistry, 'issuers' | 'roles'>;
  };
  /** What secrets are encrypted under at rest. */
  readonly keyEncryptionKeys: KeyEncryptionKeys;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** What the IAM API needs from the world. */
export interface IamApiPorts extends Authority {
  readonly registry: {
    account(id: string): AccountRegistry;
    /** Resolves once the event is on the disk. */
    appendAudit(event: AuditEvent): Promise<void>;
  };
  /** What a session may do now; undefined where its role is gone. */
  readonly findPolicies: (session: SessionFacts) => Promise<SessionPolicies | undefined>;
  /** Whether the issuer publishes documents that tokens can be verified with; undefined where it does. */
  readonly checkIssuer: (issuer: Pick<Issuer, 'url' | 'settings'>) => Promise<Refusal | undefined>;
  /** How much is taken; `defaultIamRates` without it. */
  readonly rates?: IamRates;
  /**
   * Told once of every call that was answered: its action, empty for one that there is none of, and why it was refused,
   * undefined where it was not.
   */
  readonly onOutcome?: (action: string, refusal: Refusal | undefined) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newRequestId: () => string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}
