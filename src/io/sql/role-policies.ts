// What roles are given: inline policies, and managed policies attached.
import { policyArn } from '../../core/identity/index.ts';
import { Refusal } from '../../core/refusals/index.ts';
import {
  type AttachedPolicy,
  type PermissionPolicy,
  type Quotas,
  type Role,
  refuseCount,
  refuseInlineSize,
} from '../../core/registry/index.ts';
import type { PathQuery, PolicyUsage, RolePolicyRecords } from './account-registry.ts';
import { absent } from './accounts.ts';
import { integer, type Row, text } from './columns.ts';
import { nameKey, pathFilter, pathValues } from './names.ts';
import { policyAbsent } from './policies.ts';
import { type ListQuery, limitOf, type Page, pageOf } from './queries.ts';
import { findRole, roleAbsent, roleChanged, roleOf, selectRoles } from './roles.ts';
import { type Engine, rowOf, rowsOf, type Work } from './work.ts';

const inlineOf = (row: Row): PermissionPolicy => ({ name: text(row, 'name'), document: text(row, 'document') });

const inlineAbsent = (name: string) => absent('The inline policy', name);

const positionOf = (row: Row) => text(row, 'name_key');

function* putInline(role: Role, policy: PermissionPolicy): Work<Refusal | undefined> {
  const { name, document } = policy;
  const others = yield* rowsOf('SELECT document FROM inline_policies WHERE role_id = ? AND name_key <> ?', [
    role.id,
    nameKey(name),
  ]);
  const tooLarge = refuseInlineSize(role.name, [...others.map((row) => text(row, 'document')), document]);
  if (tooLarge) return tooLarge;
  yield* rowsOf(
    `INSERT INTO inline_policies (role_id, name, name_key, document) VALUES (?, ?, ?, ?)
     ON CONFLICT (role_id, name_key) DO UPDATE SET document = excluded.document`,
    [role.id, name, nameKey(name), document],
  );
  return undefined;
}

function* removeInline(role: Role, name: string): Work<Refusal | undefined> {
  const sql = 'DELETE FROM inline_policies WHERE role_id = ? AND name_key = ? RETURNING role_id';
  return (yield* rowOf(sql, [role.id, nameKey(name)])) ? undefined : inlineAbsent(name);
}

function* policyId(accountId: string, name: string): Work<string | Refusal> {
  const row = yield* rowOf('SELECT id FROM policies WHERE account_id = ? AND name_key = ?', [accountId, nameKey(name)]);
  return row ? text(row, 'id') : policyAbsent(name);
}

function* attach(role: Role, policy: string, quotas: Quotas): Work<Refusal | undefined> {
  const id = yield* policyId(role.accountId, policy);
  if (id instanceof Refusal) return id;
  const sql = `INSERT INTO attachments (role_id, policy_id) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING role_id`;
  if (!(yield* rowOf(sql, [role.id, id]))) return undefined;
  const row = yield* rowOf('SELECT count(*) AS attached FROM attachments WHERE role_id = ?', [role.id]);
  return refuseCount('PoliciesPerRole', row ? integer(row, 'attached') : 0, quotas);
}

function* detach(role: Role, policy: string): Work<Refusal | undefined> {
  const id = yield* policyId(role.accountId, policy);
  if (id instanceof Refusal) return id;
  const sql = 'DELETE FROM attachments WHERE role_id = ? AND policy_id = ? RETURNING role_id';
  return (yield* rowOf(sql, [role.id, id])) ? undefined : absent('The attached policy', policy);
}

function* listInline(accountId: string, role: string, query: ListQuery): Work<Page<PermissionPolicy> | Refusal> {
  const found = yield* findRole(accountId, role);
  if (!found) return roleAbsent(role);
  const rows = yield* rowsOf(
    'SELECT * FROM inline_policies WHERE role_id = ? AND name_key > ? ORDER BY name_key LIMIT ?',
    [found.id, query.after ?? '', limitOf(query) + 1],
  );
  return pageOf(rows, query, { itemOf: inlineOf, positionOf });
}

function* listAttached(accountId: string, role: string, query: PathQuery): Work<Page<AttachedPolicy> | Refusal> {
  const found = yield* findRole(accountId, role);
  if (!found) return roleAbsent(role);
  const rows = yield* rowsOf(
    `SELECT p.name AS name, p.path AS path, p.name_key AS name_key FROM attachments a
     JOIN policies p ON p.id = a.policy_id
     WHERE a.role_id = ? AND p.name_key > ? AND ${pathFilter('p.path')} ORDER BY p.name_key LIMIT ?`,
    [found.id, query.after ?? '', ...pathValues(query.pathPrefix), limitOf(query) + 1],
  );
  const itemOf = (row: Row): AttachedPolicy => ({
    arn: policyArn(accountId, text(row, 'path'), text(row, 'name')),
    name: text(row, 'name'),
  });
  return pageOf(rows, query, { itemOf, positionOf });
}

/** Which roles have to do with a policy, by how they use it. */
const usages: Readonly<Record<PolicyUsage, string>> = {
  attached: 'r.id IN (SELECT role_id FROM attachments WHERE policy_id = ?)',
  boundary: 'r.boundary_id = ?',
};

type EntitiesQuery = PathQuery & { readonly usage: PolicyUsage };

function* listEntities(accountId: string, policy: string, query: EntitiesQuery): Work<Page<Role> | Refusal> {
  const id = yield* policyId(accountId, policy);
  if (id instanceof Refusal) return id;
  const rows = yield* rowsOf(
    `${selectRoles} WHERE r.account_id = ? AND ${usages[query.usage]} AND r.name_key > ? AND ${pathFilter('r.path')}
     ORDER BY r.name_key LIMIT ?`,
    [accountId, id, query.after ?? '', ...pathValues(query.pathPrefix), limitOf(query) + 1],
  );
  return pageOf(rows, query, { itemOf: roleOf, positionOf });
}

export function rolePolicyRecords(engine: Engine, accountId: string, quotas: Quotas): RolePolicyRecords {
  /** Changes what a role is given: the role counts as changed. */
  const edit = (name: string, at: number, body: (role: Role) => Work<Refusal | undefined>) =>
    engine.write(function* (writing) {
      const role = yield* findRole(accountId, name);
      if (!role) return roleAbsent(name);
      const refusal = yield* body(role);
      if (refusal) return refusal;
      yield* roleChanged(writing, role, at);
      return undefined;
    });
  return {
    putInline: (role, policy, at) => edit(role, at, (found) => putInline(found, policy)),
    findInline: (role, name) =>
      engine.read(function* () {
        const row = yield* rowOf(
          `SELECT i.* FROM inline_policies i JOIN roles r ON r.id = i.role_id
           WHERE r.account_id = ? AND r.name_key = ? AND i.name_key = ?`,
          [accountId, nameKey(role), nameKey(name)],
        );
        return row && inlineOf(row);
      }),
    listInline: (role, query) => engine.read(() => listInline(accountId, role, query)),
    removeInline: (role, name, at) => edit(role, at, (found) => removeInline(found, name)),
    attach: (role, policy, at) => edit(role, at, (found) => attach(found, policy, quotas)),
    detach: (role, policy, at) => edit(role, at, (found) => detach(found, policy)),
    listAttached: (role, query) => engine.read(() => listAttached(accountId, role, query)),
    listEntities: (policy, query) => engine.read(() => listEntities(accountId, policy, query)),
  };
}
