// What the platform keeps on record of what happened: sessions, revocations, the audit record, and changes to all else.
import type { AccountId } from './records.ts';

/** How a session came about: by a service account's token, by another session, by a token for a Bearer string. */
export type SessionKind = 'web-identity' | 'chained' | 'bearer';

/** The pod that a token was minted for, as its `kubernetes.io` claim has it; what the claim lacks is empty. */
export interface PodClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly serviceAccountUid: string;
  readonly pod: string;
  readonly podUid: string;
  readonly node: string;
}

/** A session whose credentials left the platform. Holds nothing that opens anything. */
export interface SessionRecord {
  /** `ASIA` and 16 characters. */
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  /** `web-identity` where absent. */
  readonly kind?: SessionKind;
  readonly roleId: string;
  readonly roleArn: string;
  readonly sessionName: string;
  /** The token's `iss`, and the id of the issuer that was found under it. */
  readonly issuer: string;
  readonly issuerId?: string;
  readonly subject: string;
  readonly audience: string;
  readonly pod?: PodClaims;
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The session that it was chained from. */
  readonly parentAccessKeyId?: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly requestId: string;
  readonly sourceAddress: string;
}

/** One line of the audit record: who asked for what, and what became of it. */
export interface AuditEvent {
  readonly at: number;
  readonly requestId: string;
  /** Empty where the request named no account that is known. */
  readonly accountId: AccountId;
  /** Such as `sts:AssumeRoleWithWebIdentity` or `compute:DeleteInstance`; empty where the request named none. */
  readonly action: string;
  readonly resource: string;
  /** Who asked: a token's subject, a session's ARN; empty where nothing was proven. */
  readonly principal: string;
  /** The ARN of the role asked for, or of the role whose session asked. */
  readonly role?: string;
  /** `NAMESPACE/NAME` of the pod, where the token named one. */
  readonly pod?: string;
  /** The key of the session that was issued, or that asked. */
  readonly accessKeyId?: string;
  readonly outcome: 'allowed' | 'refused';
  /** The refusal's code; empty where it was allowed. */
  readonly code: string;
  /** The exact reason, for whoever reads the record. */
  readonly reason: string;
  readonly sourceAddress: string;
}

/** Whose sessions are revoked. */
export type RevocationScope =
  | { readonly kind: 'session'; readonly accessKeyId: string }
  | { readonly kind: 'role'; readonly roleId: string }
  /** Of one issuer, or of every issuer of the account where it is absent. */
  | { readonly kind: 'service-account'; readonly subject: string; readonly issuer?: string }
  /** A cluster: all sessions given for its tokens. */
  | { readonly kind: 'issuer'; readonly issuer: string }
  /** Everything of the account. */
  | { readonly kind: 'account' };

/** Sessions of the scope that were issued before a time open nothing any more. */
export interface Revocation {
  readonly id: string;
  /** Absent: of every account, and then the scope is `account`. Only the operator makes such a one. */
  readonly accountId?: AccountId;
  readonly scope: RevocationScope;
  /** Sessions issued before this are revoked; equal or later ones live. */
  readonly issuedBefore: number;
  readonly createdAt: number;
  /** By then every session that it concerns has ended, and it may be forgotten. */
  readonly endsAt: number;
  /** Who made it, and why. */
  readonly createdBy: string;
  readonly reason: string;
}

/** A revocation on record: the position is the registry's clock, which grows with every change. */
export interface RecordedRevocation extends Revocation {
  readonly position: number;
}

export type ChangedKind =
  | 'account'
  | 'root-key'
  | 'operator-key'
  | 'issuer'
  | 'role'
  | 'policy'
  | 'revocation'
  | 'sealing-key'
  | 'secret'
  | 'setting';

/** That something is no longer as it was. */
export interface Change {
  /** The registry's clock: one step for every transaction that changed something. */
  readonly position: number;
  readonly kind: ChangedKind;
  /** Empty where it belongs to no account. */
  readonly accountId: AccountId;
  /** The record's unique id, or a name where it has no other. */
  readonly id: string;
}
