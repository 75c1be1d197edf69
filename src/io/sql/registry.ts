// What every engine of the registry offers: the operator's records here, each account's behind `account`.
import type { Refusal } from '../../core/refusals/index.ts';
import type {
  Account,
  AccountId,
  AuditEvent,
  Change,
  KeyStatus,
  NamedSecret,
  OperatorKey,
  RecordedRevocation,
  Revocation,
  Role,
  RootKey,
  SealedSecret,
  SealingKey,
  SessionRecord,
} from '../../core/registry/index.ts';
import type { AccountRegistry, NewRootKey } from './account-registry.ts';
import type { AuditFilter, ListQuery, Page, SessionFilter } from './queries.ts';

/**
 * All methods reject with a RefusedError: `registry-unavailable` when the engine fails, `registry-busy` when too much
 * waits to be written. Decisions that a caller can do something about come as a `Refusal` value. What is said to be
 * remembered is read from memory and forgotten with the change that makes it stale, here at once and on every other
 * replica within two seconds.
 */
export interface Registry {
  readonly engine: 'sqlite' | 'postgresql';
  /** The account's records, and nobody else's. Costs nothing; whether there is such an account shows in what it holds. */
  account(id: AccountId): AccountRegistry;

  /** Resolves once session and event are both on the disk; when it rejects, the credentials must not leave. */
  issueSession(session: SessionRecord, event: AuditEvent): Promise<void>;
  /** Resolves once the event is on the disk. */
  appendAudit(event: AuditEvent): Promise<void>;
  /**
   * By the key alone: it is what says whose account it is. Only active keys of open accounts. Remembered, and never relied
   * on for longer than two seconds after this replica last knew all changes: then the record is read again, or it fails.
   */
  findRootKey(accessKeyId: string): Promise<RootKey | undefined>;
  /** By the role's UUID alone, as `/v2` names roles: it says whose account it is. */
  findRoleByUuid(uuid: string): Promise<Role | undefined>;

  readonly accounts: AccountsRecords;
  readonly operatorKeys: OperatorKeyRecords;
  readonly sessions: { list(query: SessionFilter): Promise<Page<SessionRecord>> };
  readonly audit: { list(query: AuditFilter): Promise<Page<AuditEvent>> };
  readonly revocations: RevocationRecords;
  readonly sealingKeys: SealingKeyRecords;
  readonly secrets: SecretRecords;
  readonly settings: SettingRecords;
  readonly changes: ChangeFeed;

  /** Forgets, a few thousand at a time so that nothing waits for it, what ended before these times. */
  prune(before: PruneTimes): Promise<Pruned>;
  /** Puts on record what is told only now and then: when roles were last used. Happens by itself every minute. */
  flush(): Promise<void>;
  /**
   * Writes all that is on record to a new file, as it stands at one moment, while everything goes on. What secrets are
   * encrypted under is not part of it. A `Refusal` is `backup-exists`, `backup-failed` or `backup-elsewhere`.
   */
  backup(file: string): Promise<Refusal | undefined>;
  /** Whether the database answers and takes what is to be put on record, tried where the last was refused. Never rejects. */
  health(): Promise<Health>;
  /** For metrics. */
  load(): Load;
  /** Writes what is queued, then lets go of the data. */
  close(): Promise<void>;
}

export interface AccountsRecords {
  /** Account and key in one transaction, both or neither. A `Refusal` is `registry-duplicate`. */
  open(account: Account, rootKey?: NewRootKey): Promise<Refusal | undefined>;
  find(id: AccountId): Promise<Account | undefined>;
  /** By their digits. */
  list(query: ListQuery): Promise<Page<Account>>;
  rename(id: AccountId, name: string): Promise<Refusal | undefined>;
  /** For good: its digits are never used again, and its keys and sessions open nothing any more. */
  close(id: AccountId, at: number): Promise<Refusal | undefined>;
}

export interface OperatorKeyRecords {
  add(key: OperatorKey): Promise<Refusal | undefined>;
  find(id: string): Promise<OperatorKey | undefined>;
  list(): Promise<readonly OperatorKey[]>;
  setStatus(id: string, status: KeyStatus): Promise<Refusal | undefined>;
  remove(id: string): Promise<Refusal | undefined>;
}

export interface RevocationRecords {
  /** Of one account, or, without an account, of all. */
  add(revocation: Revocation): Promise<RecordedRevocation | Refusal>;
  /**
   * What was put on record after a position, in order; 0 begins at the beginning. `position` is where to go on: no
   * revocation at or before it comes later.
   */
  since(
    position: number,
    limit: number,
  ): Promise<{ readonly items: readonly RecordedRevocation[]; readonly position: number; readonly isAll: boolean }>;
}

export interface SealingKeyRecords {
  list(): Promise<readonly SealingKey[]>;
  /** The first is active at once, later ones are prepared. A `Refusal` is `registry-duplicate`. */
  add(key: Omit<SealingKey, 'state' | 'changedAt'>): Promise<SealingKey | Refusal>;
  /** The prepared key becomes the active one, and that one retires. */
  activate(id: string, at: number): Promise<Refusal | undefined>;
  /** A `registry-delete-conflict` for the active one. */
  remove(id: string): Promise<Refusal | undefined>;
}

/** Secrets of the installation by name. */
export interface SecretRecords {
  /** Puts it in place of what stood under the name. */
  put(name: string, secret: SealedSecret): Promise<void>;
  find(name: string): Promise<SealedSecret | undefined>;
  /** By name. */
  list(prefix: string): Promise<readonly NamedSecret[]>;
  remove(name: string): Promise<void>;
  /**
   * Every secret that is on record, root and sealing keys too, that is not encrypted under that key-encryption key; at
   * most `limit`. With `replace` a new key takes over while everything goes on.
   */
  notUnder(keyId: string, limit: number): Promise<readonly StoredSecret[]>;
  /** Does nothing where the secret was changed or removed in between. */
  replace(stored: StoredSecret, by: SealedSecret): Promise<void>;
}

/** A secret with its place: the purpose that it is bound to says the same. */
export interface StoredSecret {
  readonly table: 'root_keys' | 'sealing_keys' | 'secrets';
  /** The access key's id, the sealing key's id, or the name. */
  readonly id: string;
  readonly purpose: string;
  readonly secret: SealedSecret;
}

export interface SettingRecords {
  put(name: string, value: string): Promise<void>;
  find(name: string): Promise<string | undefined>;
  /** What stands under the name, which is `value` where nothing stood there: replicas that start together agree. */
  findOrPut(name: string, value: string): Promise<string>;
}

/** What `changes` tells: a change, or that more than can be told one by one may have changed. */
export type Heard = Change | 'anything';

export interface ChangeFeed {
  /**
   * Tells of every change, made here or elsewhere, at least once and in order; `anything` after the connection was lost
   * or the reader fell far behind. Returns what ends it.
   */
  subscribe(listener: (heard: Heard) => void): () => void;
  /** Milliseconds ago that this replica last knew all that is on record; 0 where nobody else can write. */
  staleness(): number;
  /** Asks at once instead of at the next poll. */
  refresh(): Promise<void>;
}

export interface PruneTimes {
  readonly auditBefore?: number;
  readonly sessionsEndedBefore?: number;
  readonly revocationsEndedBefore?: number;
}

export interface Pruned {
  readonly audit: number;
  readonly sessions: number;
  readonly revocations: number;
}

export interface Health {
  readonly isWell: boolean;
  /** In the engine's words, without a secret; empty where it is well. */
  readonly problem: string;
}

export interface Load {
  /** Records waiting for the next commit. */
  readonly queued: number;
  /** Connections of the pool; SQLite has one. */
  readonly connections: { readonly open: number; readonly idle: number; readonly waiting: number };
}
