// One account's records. Nothing here takes an account: the view is bound to one, and another account's records are not
// there for it, whatever id or name is asked for.
import type { Refusal } from '../../core/refusals/index.ts';
import type {
  Account,
  AccountCounts,
  AccountId,
  AttachedPolicy,
  AuditEvent,
  Issuer,
  KeyStatus,
  ManagedPolicy,
  PermissionPolicy,
  PolicyVersion,
  Quotas,
  RecordedRevocation,
  Revocation,
  Role,
  RoleAccess,
  RootKey,
  SealedSecret,
  SessionRecord,
} from '../../core/registry/index.ts';
import type { AuditFilter, ListQuery, Page, SessionFilter } from './queries.ts';

/** What a caller gives of a record that the registry completes. */
type Given<Kept, Completed extends keyof Kept> = Omit<Kept, 'accountId' | 'revision' | 'updatedAt' | Completed>;

export type NewRootKey = Given<RootKey, never>;
export type NewIssuer = Given<Issuer, never>;
export type NewRole = Given<Role, 'lastUsedAt'>;
export type NewPolicy = Given<ManagedPolicy, 'defaultVersion' | 'attachmentCount' | 'boundaryCount'>;
export type NewRevocation = Omit<Revocation, 'accountId'>;

/** `reviewerToken: null` takes the token away that the issuer's cluster is asked with. */
export type IssuerChange = Partial<Pick<Issuer, 'audiences' | 'thumbprints' | 'tags' | 'jwks' | 'settings'>> & {
  readonly reviewerToken?: SealedSecret | null;
};
/** `permissionsBoundary: null` takes the boundary away. */
export type RoleChange = Partial<Pick<Role, 'trustPolicy' | 'maxSessionSeconds' | 'description' | 'tags'>> & {
  readonly permissionsBoundary?: string | null;
};
export type PolicyChange = Partial<Pick<ManagedPolicy, 'description' | 'tags'>>;

/** When a change is made, and the revision that it was drawn from: another one in between refuses it. */
export interface Edit {
  readonly at: number;
  /** Absent: whatever the revision is now. */
  readonly revision?: number;
}

/** AWS's paths: those that begin with it. */
export interface PathQuery extends ListQuery {
  readonly pathPrefix?: string;
}

/**
 * Every `Refusal` undoes what was begun. They are, where a method does not say otherwise: `registry-absent` (what is
 * named is not there, in this account), `registry-duplicate`, `registry-changed` (another revision),
 * `registry-delete-conflict`, and of whatever makes something new `registry-account-unknown`, `registry-account-closed`.
 * Whatever adds something is refused beyond the account's quotas, counted in the same transaction: `iam-quota-exceeded`,
 * `iam-inline-too-large`, `iam-versions-limit`; what is there already stays, whatever the quotas become. Names that differ only in case are one name, and records are found by any of its spellings;
 * only `roles.access` wants the very one, since an ARN is matched byte for byte.
 */
export interface AccountRegistry {
  readonly id: AccountId;
  /** How much of everything it may keep. */
  readonly quotas: Quotas;
  find(): Promise<Account | undefined>;
  /** How much of everything it keeps. */
  counts(): Promise<AccountCounts>;
  readonly rootKeys: RootKeyRecords;
  readonly issuers: IssuerRecords;
  readonly roles: RoleRecords;
  readonly rolePolicies: RolePolicyRecords;
  readonly policies: PolicyRecords;
  readonly sessions: {
    find(accessKeyId: string): Promise<SessionRecord | undefined>;
    list(query: SessionFilter): Promise<Page<SessionRecord>>;
  };
  readonly revocations: {
    add(revocation: NewRevocation): Promise<RecordedRevocation | Refusal>;
    find(id: string): Promise<RecordedRevocation | undefined>;
    list(query: ListQuery): Promise<Page<RecordedRevocation>>;
  };
  readonly audit: { list(query: AuditFilter): Promise<Page<AuditEvent>> };
}

export interface RootKeyRecords {
  add(key: NewRootKey): Promise<RootKey | Refusal>;
  list(): Promise<readonly RootKey[]>;
  setStatus(accessKeyId: string, status: KeyStatus): Promise<Refusal | undefined>;
  remove(accessKeyId: string): Promise<Refusal | undefined>;
}

export interface IssuerRecords {
  /** With the token that its cluster is asked with, both or neither. */
  create(issuer: NewIssuer, reviewerToken?: SealedSecret): Promise<Issuer | Refusal>;
  find(id: string): Promise<Issuer | undefined>;
  /** Those whose URL is this, byte for byte: one in most accounts. Remembered. */
  withUrl(url: string): Promise<readonly Issuer[]>;
  /** By id. */
  list(query: ListQuery): Promise<Page<Issuer>>;
  update(id: string, change: IssuerChange, edit: Edit): Promise<Issuer | Refusal>;
  /** The token that its cluster is asked with, as it was sealed (core/registry, `openReviewerToken`). */
  reviewerToken(id: string): Promise<SealedSecret | undefined>;
  /** With that token. */
  remove(id: string): Promise<Refusal | undefined>;
}

export interface RoleRecords {
  /** With its inline policies, both or neither. `registry-absent` where its boundary is not there. */
  create(role: NewRole, inline?: readonly PermissionPolicy[]): Promise<Role | Refusal>;
  find(name: string): Promise<Role | undefined>;
  findById(id: string): Promise<Role | undefined>;
  /** By name. */
  list(query: PathQuery): Promise<Page<Role>>;
  update(name: string, change: RoleChange, edit: Edit): Promise<Role | Refusal>;
  /** `registry-delete-conflict` while it has policies, inline or attached. */
  remove(name: string): Promise<Refusal | undefined>;
  /** The role of that name with all that decides what its sessions may do. Remembered; nothing absent is. */
  access(name: string): Promise<RoleAccess | undefined>;
  /** The same by the role's id: what a session names. */
  accessById(id: string): Promise<RoleAccess | undefined>;
}

/** What roles are given. Roles and policies are told by name. */
export interface RolePolicyRecords {
  /** Puts it in place of an inline policy of that name. */
  putInline(role: string, policy: PermissionPolicy, at: number): Promise<Refusal | undefined>;
  findInline(role: string, name: string): Promise<PermissionPolicy | undefined>;
  /** By name. */
  listInline(role: string, query: ListQuery): Promise<Page<PermissionPolicy> | Refusal>;
  removeInline(role: string, name: string, at: number): Promise<Refusal | undefined>;
  /** Attaching what is attached already changes nothing. */
  attach(role: string, policy: string, at: number): Promise<Refusal | undefined>;
  detach(role: string, policy: string, at: number): Promise<Refusal | undefined>;
  /** By name. */
  listAttached(role: string, query: PathQuery): Promise<Page<AttachedPolicy> | Refusal>;
  /** The roles that a policy is attached to, or that it bounds; by name. */
  listEntities(policy: string, query: PathQuery & { readonly usage: PolicyUsage }): Promise<Page<Role> | Refusal>;
}

export type PolicyUsage = 'attached' | 'boundary';

export interface PolicyRecords {
  /** With its first version. */
  create(policy: NewPolicy, document: string): Promise<ManagedPolicy | Refusal>;
  find(name: string): Promise<ManagedPolicy | undefined>;
  /** By name. */
  list(query: PathQuery & { readonly onlyAttached?: boolean }): Promise<Page<ManagedPolicy>>;
  update(name: string, change: PolicyChange, edit: Edit): Promise<ManagedPolicy | Refusal>;
  /** `registry-delete-conflict` while it is attached, bounds a role, or has versions beside its default one. */
  remove(name: string): Promise<Refusal | undefined>;
  addVersion(
    name: string,
    version: { readonly document: string; readonly asDefault: boolean },
    edit: Edit,
  ): Promise<PolicyVersion | Refusal>;
  findVersion(name: string, number: number): Promise<PolicyVersion | undefined>;
  /** From the newest on; there are five at most. */
  listVersions(name: string): Promise<readonly PolicyVersion[] | Refusal>;
  setDefaultVersion(name: string, number: number, edit: Edit): Promise<ManagedPolicy | Refusal>;
  /** `registry-delete-conflict` for the default one. */
  removeVersion(name: string, number: number, edit: Edit): Promise<Refusal | undefined>;
}
