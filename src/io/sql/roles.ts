// Roles with their trust and permission policies.
import type { DatabaseSync } from 'node:sqlite';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { PermissionPolicy, Role } from '../../core/registry/index.ts';
import { integer, list, type Row, text } from './columns.ts';
import { asked, breachesReference, breachesUniqueness } from './failures.ts';
import type { Registry } from './registry.ts';

function isPermissionPolicy(value: unknown): value is PermissionPolicy {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'document' in value &&
    typeof value.document === 'string'
  );
}

const roleOf = (row: Row): Role => ({
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  name: text(row, 'name'),
  path: text(row, 'path'),
  trustPolicy: text(row, 'trust_policy'),
  permissions: list(row, 'permissions', isPermissionPolicy),
  maxSessionSeconds: integer(row, 'max_session_seconds'),
  createdAt: integer(row, 'created_at'),
});

export function roleRecords(database: DatabaseSync): Pick<Registry, 'createRole' | 'findRole' | 'findRoleById'> {
  const insert = database.prepare(`
    INSERT INTO roles (id, account_id, name, path, trust_policy, permissions, max_session_seconds, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const find = database.prepare('SELECT * FROM roles WHERE account_id = ? AND name = ?');
  const findById = database.prepare('SELECT * FROM roles WHERE account_id = ? AND id = ?');
  return {
    createRole: (role) => asked(() => create(role)),
    findRole: (accountId, name) =>
      asked(() => {
        const row = find.get(accountId, name);
        return row && roleOf(row);
      }),
    findRoleById: (accountId, roleId) =>
      asked(() => {
        const row = findById.get(accountId, roleId);
        return row && roleOf(row);
      }),
  };

  function create(role: Role): Refusal | undefined {
    const { id, accountId, name, path, trustPolicy, permissions, maxSessionSeconds, createdAt } = role;
    try {
      const policies = JSON.stringify(permissions);
      insert.run(id, accountId, name, path, trustPolicy, policies, maxSessionSeconds, createdAt);
      return undefined;
    } catch (error) {
      if (breachesUniqueness(error)) return refuse('registry-duplicate', { kind: 'The role', name });
      if (breachesReference(error)) return refuse('registry-account-unknown', { account: accountId });
      throw error;
    }
  }
}
