// Managed policies and their versions.
import { Refusal } from '../../core/refusals/index.ts';
import {
  type ManagedPolicy,
  type PolicyVersion,
  type Quotas,
  refuseCount,
  refuseManagedSize,
  refuseVersions,
} from '../../core/registry/index.ts';
import type { Edit, NewPolicy, PathQuery, PolicyChange, PolicyRecords } from './account-registry.ts';
import { absent, accountRefusal, duplicate } from './accounts.ts';
import { integer, type Row, text } from './columns.ts';
import { countOf } from './counts.ts';
import { revisionRefusal, tagsOf } from './issuers.ts';
import { nameKey, pathFilter, pathValues } from './names.ts';
import { limitOf, type Page, pageOf } from './queries.ts';
import { deleteConflict } from './roles.ts';
import { changed, type Engine, rowOf, rowsOf, type Work, type Writing } from './work.ts';

const policyOf = (row: Row): ManagedPolicy => ({
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  name: text(row, 'name'),
  path: text(row, 'path'),
  description: text(row, 'description'),
  tags: tagsOf(row),
  defaultVersion: integer(row, 'default_version'),
  attachmentCount: integer(row, 'attached'),
  boundaryCount: integer(row, 'bounding'),
  createdAt: integer(row, 'created_at'),
  updatedAt: integer(row, 'updated_at'),
  revision: integer(row, 'revision'),
});

const versionOf = (row: Row): PolicyVersion => ({
  number: integer(row, 'number'),
  document: text(row, 'document'),
  isDefault: integer(row, 'number') === integer(row, 'default_version'),
  createdAt: integer(row, 'created_at'),
});

const selectPolicies = `
  SELECT p.*, (SELECT count(*) FROM attachments a WHERE a.policy_id = p.id) AS attached,
    (SELECT count(*) FROM roles r WHERE r.boundary_id = p.id) AS bounding FROM policies p`;

const selectVersions = `
  SELECT v.number AS number, v.document AS document, v.created_at AS created_at, p.default_version AS default_version
  FROM policy_versions v JOIN policies p ON p.id = v.policy_id`;

export const policyAbsent = (name: string) => absent('The policy', name);

function* find(accountId: string, name: string): Work<ManagedPolicy | undefined> {
  const row = yield* rowOf(`${selectPolicies} WHERE p.account_id = ? AND p.name_key = ?`, [accountId, nameKey(name)]);
  return row && policyOf(row);
}

function* findVersion(accountId: string, name: string, number: number): Work<PolicyVersion | undefined> {
  const where = 'WHERE p.account_id = ? AND p.name_key = ? AND v.number = ?';
  const row = yield* rowOf(`${selectVersions} ${where}`, [accountId, nameKey(name), number]);
  return row && versionOf(row);
}

function* create(
  writing: Writing,
  accountId: string,
  { policy, document, quotas }: { policy: NewPolicy; document: string; quotas: Quotas },
): Work<ManagedPolicy | Refusal> {
  const refusal = (yield* accountRefusal(accountId)) ?? refuseManagedSize(document);
  if (refusal) return refusal;
  const { id, name, path, description, tags, createdAt } = policy;
  const inserted = yield* rowOf(
    `INSERT INTO policies (id, account_id, name, name_key, path, description, tags, default_version, last_version,
       created_at, updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, ?, ?, 1)
     ON CONFLICT DO NOTHING RETURNING id`,
    [id, accountId, name, nameKey(name), path, description, JSON.stringify(tags), createdAt, createdAt],
  );
  if (!inserted) return duplicate('The policy', name);
  const full = refuseCount('PoliciesPerAccount', yield* countOf('policies', accountId), quotas);
  if (full) return full;
  const insertVersion = 'INSERT INTO policy_versions (policy_id, number, document, created_at) VALUES (?, 1, ?, ?)';
  yield* rowsOf(insertVersion, [id, document, createdAt]);
  yield* changed(writing, 'policy', accountId, id);
  return (yield* find(accountId, name)) ?? policyAbsent(name);
}

function* list(accountId: string, query: PathQuery & { readonly onlyAttached?: boolean }): Work<Page<ManagedPolicy>> {
  const used = query.onlyAttached === true ? 'AND p.id IN (SELECT policy_id FROM attachments)' : '';
  const rows = yield* rowsOf(
    `${selectPolicies} WHERE p.account_id = ? AND p.name_key > ? AND ${pathFilter('p.path')} ${used}
     ORDER BY p.name_key LIMIT ?`,
    [accountId, query.after ?? '', ...pathValues(query.pathPrefix), limitOf(query) + 1],
  );
  return pageOf(rows, query, { itemOf: policyOf, positionOf: (row) => text(row, 'name_key') });
}

function* remove(writing: Writing, policy: ManagedPolicy): Work<Refusal | undefined> {
  const conflict = (reason: string) => deleteConflict('The policy', policy.name, reason);
  if (policy.attachmentCount > 0) return conflict(`it is attached to ${policy.attachmentCount} roles`);
  if (policy.boundaryCount > 0) return conflict(`it is the permissions boundary of ${policy.boundaryCount} roles`);
  const row = yield* rowOf('SELECT count(*) AS versions FROM policy_versions WHERE policy_id = ?', [policy.id]);
  if (row && integer(row, 'versions') > 1) return conflict('it has versions beside its default one');
  yield* rowsOf('DELETE FROM policy_versions WHERE policy_id = ?', [policy.id]);
  yield* rowsOf('DELETE FROM policies WHERE id = ?', [policy.id]);
  yield* changed(writing, 'policy', policy.accountId, policy.id);
  return undefined;
}

/** The policy's row as one more change of it leaves it. */
function* touch(writing: Writing, { id, accountId }: ManagedPolicy, at: number): Work<void> {
  yield* rowsOf('UPDATE policies SET revision = revision + 1, updated_at = ? WHERE id = ?', [at, id]);
  yield* changed(writing, 'policy', accountId, id);
}

function* addVersion(
  policy: ManagedPolicy,
  { document, asDefault }: { document: string; asDefault: boolean },
  at: number,
): Work<PolicyVersion | Refusal> {
  const counted = yield* rowOf('SELECT count(*) AS versions FROM policy_versions WHERE policy_id = ?', [policy.id]);
  const versions = counted ? integer(counted, 'versions') : 0;
  const unfit = refuseVersions(versions + 1) ?? refuseManagedSize(document);
  if (unfit) return unfit;
  // Counted on, never reused: a number that was removed must not come to mean another document.
  const sql = 'UPDATE policies SET last_version = last_version + 1 WHERE id = ? RETURNING last_version';
  const row = yield* rowOf(sql, [policy.id]);
  const number = row ? integer(row, 'last_version') : 1;
  const insert = 'INSERT INTO policy_versions (policy_id, number, document, created_at) VALUES (?, ?, ?, ?)';
  yield* rowsOf(insert, [policy.id, number, document, at]);
  if (asDefault) yield* rowsOf('UPDATE policies SET default_version = ? WHERE id = ?', [number, policy.id]);
  return { number, document, isDefault: asDefault, createdAt: at };
}

function* removeVersion(policy: ManagedPolicy, number: number): Work<Refusal | undefined> {
  if (number === policy.defaultVersion) {
    return deleteConflict('The version', `v${number}`, `it is the default one of ${policy.name}`);
  }
  const sql = 'DELETE FROM policy_versions WHERE policy_id = ? AND number = ? RETURNING number';
  return (yield* rowOf(sql, [policy.id, number])) ? undefined : absent('The version', `v${number}`);
}

export function policyRecords(engine: Engine, accountId: string, quotas: Quotas): PolicyRecords {
  /** Changes a policy of this account that is still as the edit found it. */
  const change = <Result>(name: string, edit: Edit, body: (policy: ManagedPolicy) => Work<Result | Refusal>) =>
    engine.write(function* (writing): Work<Result | Refusal> {
      const policy = yield* find(accountId, name);
      if (!policy) return policyAbsent(name);
      const stale = revisionRefusal('The policy', policy.name, { kept: policy, edit });
      if (stale) return stale;
      yield* touch(writing, policy, edit.at);
      return yield* body(policy);
    });

  /** The same, for what is told as it is after the change. */
  const changeAndTell = (name: string, edit: Edit, body: (policy: ManagedPolicy) => Work<Refusal | undefined>) =>
    change<ManagedPolicy>(name, edit, function* (policy) {
      return (yield* body(policy)) ?? (yield* find(accountId, name)) ?? policyAbsent(name);
    });

  const update = (name: string, given: PolicyChange, edit: Edit) =>
    changeAndTell(name, edit, function* (policy) {
      const { description, tags } = { ...policy, ...given };
      const sql = 'UPDATE policies SET description = ?, tags = ? WHERE id = ?';
      yield* rowsOf(sql, [description, JSON.stringify(tags), policy.id]);
      return undefined;
    });

  const setDefaultVersion = (name: string, number: number, edit: Edit) =>
    changeAndTell(name, edit, function* (policy) {
      if (!(yield* findVersion(accountId, name, number))) return absent('The version', `v${number}`);
      yield* rowsOf('UPDATE policies SET default_version = ? WHERE id = ?', [number, policy.id]);
      return undefined;
    });

  return {
    create: (policy, document) => engine.write((writing) => create(writing, accountId, { policy, document, quotas })),
    find: (name) => engine.read(() => find(accountId, name)),
    list: (query) => engine.read(() => list(accountId, query)),
    update,
    remove: (name) =>
      engine.write(function* (writing) {
        const policy = yield* find(accountId, name);
        return policy ? yield* remove(writing, policy) : policyAbsent(name);
      }),
    addVersion: (name, version, edit) => change(name, edit, (policy) => addVersion(policy, version, edit.at)),
    findVersion: (name, number) => engine.read(() => findVersion(accountId, name, number)),
    listVersions: (name) =>
      engine.read(function* () {
        const policy = yield* find(accountId, name);
        if (!policy) return policyAbsent(name);
        const rows = yield* rowsOf(`${selectVersions} WHERE v.policy_id = ? ORDER BY v.number DESC`, [policy.id]);
        return rows.map(versionOf);
      }),
    setDefaultVersion,
    removeVersion: (name, number, edit) => change(name, edit, (policy) => removeVersion(policy, number)),
  };
}
