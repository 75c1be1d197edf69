// The history of PostgreSQL's schema: each step forward is a row, applied once and never edited after a release.

export interface PostgresMigration {
  readonly about: string;
  /**
   * The oldest schema version whose programs can work on this one: what only adds leaves the release before it running,
   * and lets one go back to it.
   */
  readonly least: number;
  readonly sql: string;
}

/** Compared and ordered by bytes, as SQLite does, whatever the database's locale is. */
const text = 'text COLLATE "C" NOT NULL';

/** The schema's version is the number of migrations applied. */
export const postgresMigrations: readonly PostgresMigration[] = [
  {
    about: 'everything that SQLite’s schema 6 has, and marks of commits',
    least: 1,
    sql: `
      CREATE TABLE accounts (id ${text} PRIMARY KEY, name ${text}, created_at bigint NOT NULL,
        closed_at bigint NOT NULL DEFAULT 0);
      CREATE TABLE root_keys (access_key_id ${text} PRIMARY KEY, account_id ${text} REFERENCES accounts (id),
        key_id ${text}, sealed bytea NOT NULL, status ${text}, created_at bigint NOT NULL);
      CREATE INDEX root_keys_by_account ON root_keys (account_id);
      CREATE TABLE issuers (id ${text} PRIMARY KEY, account_id ${text} REFERENCES accounts (id), kind ${text},
        url ${text}, source_id ${text}, audiences ${text}, thumbprints ${text}, tags ${text}, jwks ${text},
        settings ${text}, created_at bigint NOT NULL, updated_at bigint NOT NULL, revision bigint NOT NULL,
        UNIQUE (account_id, url, source_id));
      CREATE TABLE policies (id ${text} PRIMARY KEY, account_id ${text} REFERENCES accounts (id), name ${text},
        name_key ${text}, path ${text}, description ${text}, tags ${text}, default_version bigint NOT NULL,
        last_version bigint NOT NULL, created_at bigint NOT NULL, updated_at bigint NOT NULL, revision bigint NOT NULL,
        UNIQUE (account_id, name_key));
      CREATE TABLE policy_versions (policy_id ${text} REFERENCES policies (id), number bigint NOT NULL, document ${text},
        created_at bigint NOT NULL, PRIMARY KEY (policy_id, number));
      CREATE TABLE roles (id ${text} PRIMARY KEY, uuid ${text} UNIQUE, account_id ${text} REFERENCES accounts (id),
        name ${text}, name_key ${text}, path ${text}, trust_policy ${text}, max_session_seconds bigint NOT NULL,
        description ${text}, tags ${text}, boundary_id text COLLATE "C" REFERENCES policies (id),
        created_at bigint NOT NULL, updated_at bigint NOT NULL, revision bigint NOT NULL,
        last_used_at bigint NOT NULL DEFAULT 0, UNIQUE (account_id, name_key));
      CREATE INDEX roles_by_boundary ON roles (boundary_id);
      CREATE TABLE inline_policies (role_id ${text} REFERENCES roles (id), name ${text}, name_key ${text},
        document ${text}, PRIMARY KEY (role_id, name_key));
      CREATE TABLE attachments (role_id ${text} REFERENCES roles (id), policy_id ${text} REFERENCES policies (id),
        PRIMARY KEY (role_id, policy_id));
      CREATE INDEX attachments_by_policy ON attachments (policy_id);

      CREATE TABLE operator_keys (id ${text} PRIMARY KEY, name ${text}, secret_hash bytea NOT NULL, status ${text},
        created_at bigint NOT NULL);
      CREATE TABLE sealing_keys (id ${text} PRIMARY KEY, state ${text}, key_id ${text}, sealed bytea NOT NULL,
        created_at bigint NOT NULL, changed_at bigint NOT NULL);
      CREATE TABLE secrets (name ${text} PRIMARY KEY, key_id ${text}, sealed bytea NOT NULL);
      CREATE TABLE settings (name ${text} PRIMARY KEY, value ${text});
      CREATE TABLE revocations (position bigint PRIMARY KEY, id ${text} UNIQUE, account_id ${text}, kind ${text},
        target ${text}, issuer ${text}, issued_before bigint NOT NULL, created_at bigint NOT NULL,
        ends_at bigint NOT NULL, created_by ${text}, reason ${text});
      CREATE INDEX revocations_by_account ON revocations (account_id, position);
      CREATE TABLE clock (position bigint NOT NULL) WITH (fillfactor = 50);
      INSERT INTO clock VALUES (0);
      CREATE TABLE changes (position bigint NOT NULL, ordinal bigint NOT NULL, kind ${text}, account_id ${text},
        id ${text}, PRIMARY KEY (position, ordinal));
      CREATE TABLE commits (id uuid PRIMARY KEY, at bigint NOT NULL);
      CREATE INDEX commits_by_time ON commits (at);

      CREATE TABLE sessions (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, access_key_id ${text} UNIQUE,
        account_id ${text}, kind ${text}, role_id ${text}, role_arn ${text}, session_name ${text}, issuer ${text},
        issuer_id ${text}, subject ${text}, audience ${text}, details ${text}, issued_at bigint NOT NULL,
        expires_at bigint NOT NULL, request_id ${text}, source_address ${text});
      CREATE INDEX sessions_by_account ON sessions (account_id, issued_at, seq);
      CREATE INDEX sessions_by_time ON sessions (issued_at, seq);
      CREATE TABLE audit (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at bigint NOT NULL, request_id ${text},
        account_id ${text}, action ${text}, resource ${text}, principal ${text}, role ${text}, pod ${text},
        access_key_id ${text}, outcome ${text}, code ${text}, reason ${text}, source_address ${text});
      CREATE INDEX audit_by_account ON audit (account_id, at, seq);
      CREATE INDEX audit_by_time ON audit (at, seq);
      CREATE INDEX audit_by_request ON audit (request_id);`,
  },
];
