// What is on record already when the operator lowers a quota.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultQuotas } from '../../../src/core/registry/index.ts';
import { openSqliteRegistry } from '../../../src/io/sql/index.ts';
import { must } from './engine.ts';
import { account, named, noon, openAccounts, policy, role } from './records.ts';

test('what is beyond a quota that was lowered stays and can be changed, and nothing is added', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podiam-quotas-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'registry.db');
  const before = openSqliteRegistry({ path });
  await openAccounts(before);
  const trustPolicy = `"${'x'.repeat(5000)}"`;
  must(await before.account(account.id).roles.create({ ...role, trustPolicy }));
  must(await before.account(account.id).roles.create(named('second', 2)));
  for (const name of ['p1', 'p2']) {
    must(await before.account(account.id).policies.create({ ...policy, id: `ANPA${name}`, name }, '{}'));
    must(await before.account(account.id).rolePolicies.attach('Reader', name, noon));
  }
  await before.close();

  const quotas = { ...defaultQuotas, RolesPerAccount: 1, PoliciesPerRole: 1, ACLSizePerRole: 2048 };
  const after = openSqliteRegistry({ path, quotas });
  const { roles, rolePolicies, policies } = after.account(account.id);
  expect(must(await roles.update('Reader', { tags: [] }, { at: noon })).trustPolicy).toBe(trustPolicy);
  expect(await rolePolicies.attach('Reader', 'p1', noon)).toBeUndefined();
  expect((await roles.access('Reader'))?.attached).toHaveLength(2);
  must(await policies.create({ ...policy, name: 'p3' }, '{}'));
  const refused = { code: 'iam-quota-exceeded' };
  expect(await roles.update('Reader', { trustPolicy }, { at: noon })).toMatchObject(refused);
  expect(await roles.create(named('third', 3))).toMatchObject(refused);
  expect(await rolePolicies.attach('Reader', 'p3', noon)).toMatchObject(refused);
  await after.close();
});
