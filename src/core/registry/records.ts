// What the platform keeps on record, as plain values: io/sql stores them, features read and write them.
// Times are milliseconds since the epoch unless a name says seconds.

/** The 12 digits under which everything else is kept. */
export type AccountId = string;

export interface Account {
  readonly id: AccountId;
  readonly name: string;
  readonly createdAt: number;
}

/** A key of the account's owner. The secret stands only encrypted: SigV4's HMAC needs it whole, so a hash will not do. */
export interface RootKey {
  /** `AKIA` and 16 characters. */
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  readonly encryptedSecret: Uint8Array;
  readonly createdAt: number;
}

/** A cluster whose tokens the account believes. */
export interface Issuer {
  /** Never used again, so that an issuer registered anew revives nothing of an older one. */
  readonly id: string;
  readonly accountId: AccountId;
  /** Byte-equal to the `iss` of its tokens. */
  readonly url: string;
  /** The audiences (client ids) that its tokens may name. */
  readonly audiences: readonly string[];
  /** The public keys, as the text of a JWK Set (RFC 7517, section 5). */
  readonly jwks: string;
  readonly createdAt: number;
}

export interface PermissionPolicy {
  readonly name: string;
  /** The policy document's JSON text. */
  readonly document: string;
}

export interface Role {
  /** `AROA` and 17 characters; never used again. */
  readonly id: string;
  readonly accountId: AccountId;
  readonly name: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  /** The trust policy document's JSON text. */
  readonly trustPolicy: string;
  readonly permissions: readonly PermissionPolicy[];
  readonly maxSessionSeconds: number;
  readonly createdAt: number;
}

/** A session whose credentials left the platform. Holds nothing that opens anything. */
export interface SessionRecord {
  /** `ASIA` and 16 characters. */
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  readonly roleId: string;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
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
  readonly outcome: 'allowed' | 'refused';
  /** The refusal's code; empty where it was allowed. */
  readonly code: string;
  /** The exact reason, for whoever reads the record. */
  readonly reason: string;
  readonly sourceAddress: string;
}
