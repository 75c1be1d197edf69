// The schema's history: each step forward is a row, applied once and never edited after a release.
import type { DatabaseSync } from 'node:sqlite';

interface Migration {
  readonly about: string;
  readonly sql: string;
}

/** The schema's version is the number of migrations applied. */
export const migrations: readonly Migration[] = [
  {
    about: 'accounts, their keys, issuers and roles',
    sql: `
      CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE root_keys (
        access_key_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        encrypted_secret BLOB NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX root_keys_by_account ON root_keys (account_id);
      CREATE TABLE issuers (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        url TEXT NOT NULL,
        audiences TEXT NOT NULL,
        jwks TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (account_id, url)
      ) STRICT;
      CREATE TABLE roles (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        trust_policy TEXT NOT NULL,
        permissions TEXT NOT NULL,
        max_session_seconds INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (account_id, name)
      ) STRICT;`,
  },
  {
    // A session outlives its role, and an event may name an account that does not exist: no references there.
    about: 'sessions and the audit record',
    sql: `
      CREATE TABLE sessions (
        seq INTEGER PRIMARY KEY,
        access_key_id TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        role_id TEXT NOT NULL,
        role_arn TEXT NOT NULL,
        session_name TEXT NOT NULL,
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        audience TEXT NOT NULL,
        issued_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        source_address TEXT NOT NULL
      ) STRICT;
      CREATE INDEX sessions_by_account ON sessions (account_id);
      CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        action TEXT NOT NULL,
        resource TEXT NOT NULL,
        principal TEXT NOT NULL,
        outcome TEXT NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        source_address TEXT NOT NULL
      ) STRICT;
      CREATE INDEX audit_by_account ON audit (account_id);`,
  },
  {
    about: 'sealed secrets and settings',
    sql: `
      CREATE TABLE secrets (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  },
];

/** `Podi` in ASCII: tells file(1), and us, whose database it is (https://www.sqlite.org/fileformat2.html#application_id). */
export const applicationId = 0x506f6469;

/** Brings the schema from version `from` to the newest, each step whole or not at all. */
export function migrate(database: DatabaseSync, from: number, steps = migrations): void {
  for (const [index, { sql }] of steps.entries()) {
    if (index < from) continue;
    database.exec(`
      BEGIN IMMEDIATE;
      ${sql}
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${index + 1};
      COMMIT;`);
  }
}
