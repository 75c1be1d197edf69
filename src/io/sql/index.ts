export type {
  AccountRegistry,
  Edit,
  IssuerChange,
  IssuerRecords,
  NewIssuer,
  NewPolicy,
  NewRevocation,
  NewRole,
  NewRootKey,
  PathQuery,
  PolicyChange,
  PolicyRecords,
  PolicyUsage,
  RoleChange,
  RolePolicyRecords,
  RoleRecords,
  RootKeyRecords,
} from './account-registry.ts';
export { restoreSqlite, sqliteSchema } from './backup.ts';
export { checkPostgres, openPostgresRegistry, type PostgresOptions } from './postgres.ts';
export type { AuditFilter, ListQuery, Page, SessionFilter } from './queries.ts';
export type {
  AccountsRecords,
  ChangeFeed,
  Health,
  Heard,
  Load,
  OperatorKeyRecords,
  Pruned,
  PruneTimes,
  Registry,
  RevocationRecords,
  SealingKeyRecords,
  SecretRecords,
  SettingRecords,
  StoredSecret,
} from './registry.ts';
export type { SchemaState } from './schema-state.ts';
export { openSqliteRegistry, type SqliteOptions } from './sqlite.ts';
