// What the STS needs from the world.
import type { Authority, SessionFacts } from '../../core/credentials/index.ts';
import type { SessionPolicies } from '../../core/policy/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent, Issuer, ManagedPolicy, Role, RoleAccess, SessionRecord } from '../../core/registry/index.ts';
import type { KeySource } from './keys.ts';

export interface StsPorts extends Authority {
  readonly registry: {
    account(accountId: string): {
      readonly issuers: { withUrl(url: string): Promise<readonly Issuer[]> };
      readonly roles: { access(name: string): Promise<RoleAccess | undefined> };
      readonly policies: { find(name: string): Promise<ManagedPolicy | undefined> };
      readonly sessions: { find(accessKeyId: string): Promise<SessionRecord | undefined> };
    };
    findRoleByUuid(uuid: string): Promise<Role | undefined>;
    /** Resolves once session and event are on the disk. */
    issueSession(session: SessionRecord, event: AuditEvent): Promise<void>;
    appendAudit(event: AuditEvent): Promise<void>;
  };
  readonly keys: KeySource;
  /** What a session may do now; undefined where its role is gone. */
  readonly findPolicies: (session: SessionFacts) => Promise<SessionPolicies | undefined>;
  /** Whether the cluster still stands behind the token, for issuers that are registered so; undefined where it does. */
  readonly reviewToken?: (issuer: Issuer, token: string) => Promise<Refusal | undefined>;
  /**
   * Told once of every call that was answered: its action, empty for one that there is none of, and why it was refused,
   * undefined where it was not.
   */
  readonly onOutcome?: (action: string, refusal: Refusal | undefined) => void;
  /** How much is taken; `defaultRates` without it. */
  readonly rates?: Rates;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newRequestId: () => string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}

export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface Rates {
  /** Exchanges that are granted, by account and by issuer. */
  readonly account: Rate;
  readonly issuer: Rate;
  /** Calls that prove nothing, by the address that they come from. */
  readonly unproven: Rate;
}
