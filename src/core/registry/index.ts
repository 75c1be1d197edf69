export type {
  Account,
  AccountId,
  AuditEvent,
  Issuer,
  PermissionPolicy,
  Role,
  RootKey,
  SessionRecord,
} from './records.ts';
