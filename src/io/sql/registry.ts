// What every engine of the registry offers. Account-bound reads take the account, so that no caller can reach another
// tenant's records by knowing an id.
import type { Refusal } from '../../core/refusals/index.ts';
import type {
  Account,
  AccountId,
  AuditEvent,
  Issuer,
  Role,
  RootKey,
  SessionRecord,
} from '../../core/registry/index.ts';

export interface ListQuery {
  /** Without it, the records of all accounts: for the operator alone. */
  readonly accountId?: AccountId;
  /** 1 to 1000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: number;
  /** From the newest on, instead of from the oldest. */
  readonly newestFirst?: boolean;
}

/** In the order in which they were put on record, or its reverse. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** For `after`; undefined on the last page. */
  readonly next: number | undefined;
}

/** Bytes that the caller encrypted, by name. */
export interface SealedSecret {
  readonly name: string;
  readonly sealed: Uint8Array;
}

/**
 * All methods reject with a RefusedError: `registry-unavailable` when the engine fails, `registry-busy` when too much
 * waits to be written. Decisions that a caller can do something about come as a `Refusal` value.
 */
export interface Registry {
  /** Account and key in one transaction, both or neither. A `Refusal` is `registry-duplicate`. */
  openAccount(account: Account, rootKey: Omit<RootKey, 'accountId'>): Promise<Refusal | undefined>;
  findAccount(id: AccountId): Promise<Account | undefined>;
  listAccounts(): Promise<readonly Account[]>;

  /** By the key alone: it is what says whose account it is. */
  findRootKey(accessKeyId: string): Promise<RootKey | undefined>;

  /**
   * Registers an issuer, or gives one of the same account and URL other audiences and keys; id and time of creation
   * then stay. Rejects also with `registry-account-unknown`.
   */
  putIssuer(issuer: Issuer): Promise<void>;
  findIssuer(accountId: AccountId, url: string): Promise<Issuer | undefined>;

  /** A `Refusal` is `registry-duplicate` or `registry-account-unknown`. */
  createRole(role: Role): Promise<Refusal | undefined>;
  findRole(accountId: AccountId, name: string): Promise<Role | undefined>;
  findRoleById(accountId: AccountId, roleId: string): Promise<Role | undefined>;

  /** Resolves once session and event are both on the disk; when it rejects, neither is on record. */
  issueSession(session: SessionRecord, event: AuditEvent): Promise<void>;
  /** Resolves once the event is on the disk. */
  appendAudit(event: AuditEvent): Promise<void>;
  findSession(accountId: AccountId, accessKeyId: string): Promise<SessionRecord | undefined>;
  listSessions(query: ListQuery): Promise<Page<SessionRecord>>;
  listAudit(query: ListQuery): Promise<Page<AuditEvent>>;

  /** Puts it in place of what stood under the name. */
  putSecret(name: string, sealed: Uint8Array): Promise<void>;
  getSecret(name: string): Promise<Uint8Array | undefined>;
  /** Ordered by name. */
  listSecrets(prefix: string): Promise<readonly SealedSecret[]>;

  putSetting(name: string, value: string): Promise<void>;
  getSetting(name: string): Promise<string | undefined>;

  /** Writes what is queued, then lets go of the data. */
  close(): Promise<void>;
}
