// Roles, and all that decides what their sessions may do.
import { homePartition, parsePolicyArn, policyArn } from '../../core/identity/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import {
  type PermissionPolicy,
  type Quotas,
  type Role,
  type RoleAccess,
  refuseCount,
  refuseInlineSize,
  refuseTrustSize,
} from '../../core/registry/index.ts';
import type { Edit, NewRole, RoleChange, RoleRecords } from './account-registry.ts';
import { absent, accountRefusal, duplicate } from './accounts.ts';
import type { RecordCache } from './cache.ts';
import { given, integer, type Row, text } from './columns.ts';
import { countOf } from './counts.ts';
import { revisionRefusal, tagsOf } from './issuers.ts';
import { nameKey, pathFilter, pathValues } from './names.ts';
import { limitOf, pageOf } from './queries.ts';
import { changed, type Engine, rowOf, rowsOf, type Value, type Work, type Writing } from './work.ts';

const boundaryOf = (row: Row): string => {
  const name = row['boundary_name'];
  return typeof name === 'string' ? policyArn(text(row, 'account_id'), text(row, 'boundary_path'), name) : '';
};

export const roleOf = (row: Row): Role => ({
  id: text(row, 'id'),
  uuid: text(row, 'uuid'),
  accountId: text(row, 'account_id'),
  name: text(row, 'name'),
  path: text(row, 'path'),
  trustPolicy: text(row, 'trust_policy'),
  maxSessionSeconds: integer(row, 'max_session_seconds'),
  description: text(row, 'description'),
  tags: tagsOf(row),
  ...given('permissionsBoundary', boundaryOf(row)),
  createdAt: integer(row, 'created_at'),
  updatedAt: integer(row, 'updated_at'),
  revision: integer(row, 'revision'),
  ...given('lastUsedAt', integer(row, 'last_used_at')),
});

/** Roles, each with what its boundary's ARN is made of. */
export const selectRoles = `
  SELECT r.*, b.path AS boundary_path, b.name AS boundary_name FROM roles r LEFT JOIN policies b ON b.id = r.boundary_id`;

export function* findRole(accountId: string, name: string): Work<Role | undefined> {
  const row = yield* rowOf(
    `${selectRoles} WHERE r.account_id = ? AND r.name_key IN (?, ?) ORDER BY r.name_key = ? DESC LIMIT 1`,
    [accountId, nameKey(name), name, name],
  );
  return row && roleOf(row);
}

export function* findRoleByUuid(uuid: string): Work<Role | undefined> {
  const row = yield* rowOf(`${selectRoles} WHERE r.uuid = ?`, [uuid]);
  return row && roleOf(row);
}

export const roleAbsent = (name: string) => absent('The role', name);

/** The id of the policy that an ARN names; of this account alone, as AWS has it. Empty where the role is to have none. */
function* boundaryId(accountId: string, arn: string | null | undefined): Work<string | Refusal> {
  if (arn === undefined || arn === null) return '';
  const { account, partition, path, name } = parsePolicyArn(arn) ?? { account: '', partition: '', path: '', name: '' };
  if (account !== accountId || partition !== homePartition) return absent('The policy', arn);
  const sql = 'SELECT id FROM policies WHERE account_id = ? AND name_key = ? AND name = ? AND path = ?';
  const row = yield* rowOf(sql, [accountId, nameKey(name), name, path]);
  return row ? text(row, 'id') : absent('The policy', arn);
}

const nullable = (id: string): string | null => (id === '' ? null : id);

interface Creation {
  readonly writing: Writing;
  readonly accountId: string;
  readonly role: NewRole;
  readonly inline: readonly PermissionPolicy[];
  readonly quotas: Quotas;
}

function refuseSizes({ role, inline, quotas }: Creation): Refusal | undefined {
  const documents = inline.map(({ document }) => document);
  return refuseTrustSize(role.trustPolicy, quotas) ?? refuseInlineSize(role.name, documents);
}

function* insertInline(roleId: string, inline: readonly PermissionPolicy[]): Work<Refusal | undefined> {
  for (const policy of inline) {
    const put = yield* rowOf(
      `INSERT INTO inline_policies (role_id, name, name_key, document) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING role_id`,
      [roleId, policy.name, nameKey(policy.name), policy.document],
    );
    if (!put) return duplicate('The inline policy', policy.name);
  }
  return undefined;
}

function* create(creation: Creation): Work<Role | Refusal> {
  const { writing, accountId, role, inline, quotas } = creation;
  const refusal = (yield* accountRefusal(accountId)) ?? refuseSizes(creation);
  if (refusal) return refusal;
  const boundary = yield* boundaryId(accountId, role.permissionsBoundary);
  if (boundary instanceof Refusal) return boundary;
  const { id, uuid, name, path, trustPolicy, maxSessionSeconds, description, tags, createdAt } = role;
  const inserted = yield* rowOf(
    `INSERT INTO roles (id, uuid, account_id, name, name_key, path, trust_policy, max_session_seconds, description, tags,
       boundary_id, created_at, updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT DO NOTHING RETURNING id`,
    [
      id,
      uuid,
      accountId,
      name,
      nameKey(name),
      path,
      trustPolicy,
      maxSessionSeconds,
      description,
      JSON.stringify(tags),
      nullable(boundary),
      createdAt,
      createdAt,
    ],
  );
  if (!inserted) return duplicate('The role', name);
  const full = refuseCount('RolesPerAccount', yield* countOf('roles', accountId), quotas);
  const unfit = full ?? (yield* insertInline(id, inline));
  if (unfit) return unfit;
  yield* changed(writing, 'role', accountId, id);
  return (yield* findRole(accountId, name)) ?? roleAbsent(name);
}

/** A role's row as one more change of it leaves it. */
export function* roleChanged(writing: Writing, { accountId, id }: Role, at: number): Work<void> {
  yield* rowsOf('UPDATE roles SET revision = revision + 1, updated_at = ? WHERE id = ?', [at, id]);
  yield* changed(writing, 'role', accountId, id);
}

function* update(
  accountId: string,
  name: string,
  { change, edit, writing, quotas }: { change: RoleChange; edit: Edit; writing: Writing; quotas: Quotas },
): Work<Role | Refusal> {
  const kept = yield* findRole(accountId, name);
  if (!kept) return roleAbsent(name);
  const stale = revisionRefusal('The role', kept.name, { kept, edit });
  const unfit = stale ?? (change.trustPolicy === undefined ? undefined : refuseTrustSize(change.trustPolicy, quotas));
  if (unfit) return unfit;
  const { trustPolicy, maxSessionSeconds, description, tags, permissionsBoundary } = { ...kept, ...change };
  const boundary = yield* boundaryId(accountId, permissionsBoundary);
  if (boundary instanceof Refusal) return boundary;
  yield* rowsOf(
    'UPDATE roles SET trust_policy = ?, max_session_seconds = ?, description = ?, tags = ?, boundary_id = ? WHERE id = ?',
    [trustPolicy, maxSessionSeconds, description, JSON.stringify(tags), nullable(boundary), kept.id],
  );
  yield* roleChanged(writing, kept, edit.at);
  return (yield* findRole(accountId, name)) ?? roleAbsent(name);
}

export const deleteConflict = (kind: string, name: string, reason: string) =>
  refuse('registry-delete-conflict', { kind, name, reason });

function* remove(writing: Writing, accountId: string, name: string): Work<Refusal | undefined> {
  const role = yield* findRole(accountId, name);
  if (!role) return roleAbsent(name);
  const attached = yield* rowOf('SELECT role_id FROM attachments WHERE role_id = ?', [role.id]);
  if (attached) return deleteConflict('The role', role.name, 'managed policies are attached to it');
  const inline = yield* rowOf('SELECT role_id FROM inline_policies WHERE role_id = ?', [role.id]);
  if (inline) return deleteConflict('The role', role.name, 'it has inline policies');
  yield* rowsOf('DELETE FROM roles WHERE id = ?', [role.id]);
  yield* changed(writing, 'role', accountId, role.id);
  return undefined;
}

const documentOf = (row: Row): PermissionPolicy => ({ name: text(row, 'name'), document: text(row, 'document') });

/** The documents in force of managed policies, by the policies' ARNs. */
const selectManaged = `
  SELECT p.path AS path, p.name AS name, v.document AS document FROM policies p
  JOIN policy_versions v ON v.policy_id = p.id AND v.number = p.default_version`;

function* accessOf(row: Row | undefined): Work<RoleAccess | undefined> {
  if (!row) return undefined;
  const role = roleOf(row);
  const managedOf = (policy: Row): PermissionPolicy => ({
    name: policyArn(role.accountId, text(policy, 'path'), text(policy, 'name')),
    document: text(policy, 'document'),
  });
  const inline = yield* rowsOf('SELECT * FROM inline_policies WHERE role_id = ? ORDER BY name_key', [role.id]);
  const attached = yield* rowsOf(
    `${selectManaged} JOIN attachments a ON a.policy_id = p.id WHERE a.role_id = ? ORDER BY p.name_key`,
    [role.id],
  );
  const boundary = yield* rowOf(`${selectManaged} JOIN roles r ON r.boundary_id = p.id WHERE r.id = ?`, [role.id]);
  return {
    role,
    inline: inline.map(documentOf),
    attached: attached.map(managedOf),
    boundary: boundary && managedOf(boundary),
  };
}

/** Of an account that is open. */
const selectOpen = `${selectRoles} JOIN accounts o ON o.id = r.account_id AND o.closed_at = 0`;

interface Parts {
  readonly engine: Engine;
  readonly accountId: string;
  readonly cache: RecordCache;
  readonly quotas: Quotas;
}

export function roleRecords({ engine, accountId, cache, quotas }: Parts): RoleRecords {
  /** Only a role that is there is worth a transaction: names that strangers think up are answered by one statement. */
  const access = async (condition: string, ...values: readonly Value[]) => {
    const find = () => rowOf(`${selectOpen} WHERE r.account_id = ? AND ${condition}`, [accountId, ...values]);
    const found = await engine.read(find);
    return (
      found &&
      engine.snapshot(function* () {
        return yield* accessOf(yield* find());
      })
    );
  };
  return {
    create: (role, inline = []) => engine.write((writing) => create({ writing, accountId, role, inline, quotas })),
    find: (name) => engine.read(() => findRole(accountId, name)),
    findById: (id) =>
      engine.read(function* () {
        const row = yield* rowOf(`${selectRoles} WHERE r.account_id = ? AND r.id = ?`, [accountId, id]);
        return row && roleOf(row);
      }),
    list: (query) =>
      engine.read(function* () {
        const rows = yield* rowsOf(
          `${selectRoles} WHERE r.account_id = ? AND r.name_key > ? AND ${pathFilter('r.path')} ORDER BY r.name_key LIMIT ?`,
          [accountId, query.after ?? '', ...pathValues(query.pathPrefix), limitOf(query) + 1],
        );
        return pageOf(rows, query, { itemOf: roleOf, positionOf: (row) => text(row, 'name_key') });
      }),
    update: (name, change, edit) =>
      engine.write((writing) => update(accountId, name, { change, edit, writing, quotas })),
    remove: (name) => engine.write((writing) => remove(writing, accountId, name)),
    access: (name) =>
      cache.roles(accountId, name, () => access('r.name_key IN (?, ?) AND r.name = ?', nameKey(name), name, name)),
    accessById: (id) => cache.rolesById(accountId, id, () => access('r.id = ?', id)),
  };
}
