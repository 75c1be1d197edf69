// The history of SQLite's schema: each step forward is a row, applied once and never edited after a release.
import type { DatabaseSync } from 'node:sqlite';

export interface Migration {
  readonly about: string;
  readonly sql: string;
}

/** A random UUID (RFC 9562, version 4) in SQLite's terms. */
const newUuid = `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
  substr('89AB', 1 + (abs(random()) % 4), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`;

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
  {
    // Names are one whatever their case, but for roles that were two before: those keep their own spelling as key. What
    // has no value is empty or 0; lists and settings are JSON.
    about:
      'the IAM API: issuers of several kinds, managed policies, versions, attachments, tags, boundaries, root keys by status',
    sql: `
      ALTER TABLE accounts ADD COLUMN closed_at INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE root_keys RENAME COLUMN encrypted_secret TO sealed;
      ALTER TABLE root_keys ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
      ALTER TABLE root_keys ADD COLUMN status TEXT NOT NULL DEFAULT 'active';
      ALTER TABLE secrets ADD COLUMN key_id TEXT NOT NULL DEFAULT '';

      ALTER TABLE issuers RENAME TO issuers_1;
      CREATE TABLE issuers (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        kind TEXT NOT NULL,
        url TEXT NOT NULL,
        source_id TEXT NOT NULL,
        audiences TEXT NOT NULL,
        thumbprints TEXT NOT NULL,
        tags TEXT NOT NULL,
        jwks TEXT NOT NULL,
        settings TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        UNIQUE (account_id, url, source_id)
      ) STRICT;
      INSERT INTO issuers SELECT id, account_id, 'external', url, '', audiences, '[]', '[]', jwks, '{"isCluster":true}',
        created_at, created_at, 1 FROM issuers_1;
      DROP TABLE issuers_1;

      CREATE TABLE policies (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        path TEXT NOT NULL,
        description TEXT NOT NULL,
        tags TEXT NOT NULL,
        default_version INTEGER NOT NULL,
        last_version INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        UNIQUE (account_id, name_key)
      ) STRICT;
      CREATE TABLE policy_versions (
        policy_id TEXT NOT NULL REFERENCES policies (id),
        number INTEGER NOT NULL,
        document TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (policy_id, number)
      ) STRICT;

      ALTER TABLE roles RENAME TO roles_1;
      CREATE TABLE roles (
        id TEXT PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        path TEXT NOT NULL,
        trust_policy TEXT NOT NULL,
        max_session_seconds INTEGER NOT NULL,
        description TEXT NOT NULL,
        tags TEXT NOT NULL,
        boundary_id TEXT REFERENCES policies (id),
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL DEFAULT 0,
        UNIQUE (account_id, name_key)
      ) STRICT;
      CREATE INDEX roles_by_boundary ON roles (boundary_id);
      INSERT INTO roles SELECT id, ${newUuid}, account_id, name,
        CASE WHEN row_number() OVER (PARTITION BY account_id, lower(name) ORDER BY name <> lower(name), created_at) = 1
          THEN lower(name) ELSE name END,
        path, trust_policy, max_session_seconds, '', '[]', NULL, created_at, created_at, 1, 0 FROM roles_1;
      CREATE TABLE inline_policies (
        role_id TEXT NOT NULL REFERENCES roles (id),
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (role_id, name_key)
      ) STRICT;
      INSERT INTO inline_policies
        SELECT r.id, p.value ->> 'name', lower(p.value ->> 'name') || CASE WHEN row_number() OVER
          (PARTITION BY r.id, lower(p.value ->> 'name') ORDER BY p.key) = 1 THEN '' ELSE ' ' || p.key END, p.value ->> 'document'
        FROM roles_1 r, json_each(r.permissions) p;
      DROP TABLE roles_1;
      CREATE TABLE attachments (
        role_id TEXT NOT NULL REFERENCES roles (id),
        policy_id TEXT NOT NULL REFERENCES policies (id),
        PRIMARY KEY (role_id, policy_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX attachments_by_policy ON attachments (policy_id);`,
  },
  {
    about: 'operator keys, sealing keys with states, revocations, and the record of changes',
    sql: `
      CREATE TABLE operator_keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        secret_hash BLOB NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE sealing_keys (
        id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        key_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL
      ) STRICT;
      INSERT INTO sealing_keys
        SELECT substr(name, 13), CASE WHEN substr(name, 13) = (SELECT value FROM settings WHERE name = 'sealing-key/current')
          THEN 'active' ELSE 'retiring' END, key_id, sealed, 0, 0 FROM secrets WHERE substr(name, 1, 12) = 'sealing-key/';
      DELETE FROM secrets WHERE substr(name, 1, 12) = 'sealing-key/';
      DELETE FROM settings WHERE name = 'sealing-key/current';
      CREATE TABLE revocations (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        target TEXT NOT NULL,
        issuer TEXT NOT NULL,
        issued_before INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        created_by TEXT NOT NULL,
        reason TEXT NOT NULL
      ) STRICT;
      CREATE INDEX revocations_by_account ON revocations (account_id, position);
      CREATE TABLE clock (position INTEGER NOT NULL) STRICT;
      INSERT INTO clock VALUES (0);
      CREATE TABLE changes (
        position INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        kind TEXT NOT NULL,
        account_id TEXT NOT NULL,
        id TEXT NOT NULL,
        PRIMARY KEY (position, ordinal)
      ) STRICT, WITHOUT ROWID;`,
  },
  {
    // Indexes that grow at their end cost little: keys and request ids begin with the time.
    about: 'sessions with pods and tags, the audit record with roles and pods, both by time',
    sql: `
      ALTER TABLE sessions RENAME TO sessions_1;
      CREATE TABLE sessions (
        seq INTEGER PRIMARY KEY,
        access_key_id TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        role_id TEXT NOT NULL,
        role_arn TEXT NOT NULL,
        session_name TEXT NOT NULL,
        issuer TEXT NOT NULL,
        issuer_id TEXT NOT NULL,
        subject TEXT NOT NULL,
        audience TEXT NOT NULL,
        details TEXT NOT NULL,
        issued_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        source_address TEXT NOT NULL
      ) STRICT;
      INSERT INTO sessions SELECT seq, access_key_id, account_id, '', role_id, role_arn, session_name, issuer, '', subject,
        audience, '', issued_at, expires_at, request_id, source_address FROM sessions_1;
      DROP TABLE sessions_1;
      CREATE INDEX sessions_by_account ON sessions (account_id, issued_at);
      CREATE INDEX sessions_by_time ON sessions (issued_at);
      ALTER TABLE audit ADD COLUMN role TEXT NOT NULL DEFAULT '';
      ALTER TABLE audit ADD COLUMN pod TEXT NOT NULL DEFAULT '';
      ALTER TABLE audit ADD COLUMN access_key_id TEXT NOT NULL DEFAULT '';
      DROP INDEX audit_by_account;
      CREATE INDEX audit_by_account ON audit (account_id, at);
      CREATE INDEX audit_by_time ON audit (at);
      CREATE INDEX audit_by_request ON audit (request_id);`,
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
