// What every engine of the registry does alike: roles, their policies, managed policies and versions.
import { describe, expect, test } from 'vitest';
import { policyArn } from '../../../src/core/identity/index.ts';
import { defaultQuotas, fixedQuotas } from '../../../src/core/registry/index.ts';
import { type Engine, everyItem, must, useRegistry } from './engine.ts';
import { account, named, noon, otherAccount, policy, role } from './records.ts';

const read = { name: 'Read', document: '{"Statement":"‘”"}' };
const boundaryArn = policyArn(account.id, policy.path, policy.name);

export function describeRoles(engine: Engine): void {
  describe('roles', () => {
    const registry = useRegistry(engine);
    const own = () => registry().account(account.id);

    test('are found by name whatever its case, by id and by UUID', async () => {
      const kept = { ...role, accountId: account.id, revision: 1, updatedAt: role.createdAt };
      expect(await own().roles.create(role)).toEqual(kept);
      expect(await own().roles.find('rEADER')).toEqual(kept);
      expect(await own().roles.findById(role.id)).toEqual(kept);
      expect(await registry().findRoleByUuid(role.uuid)).toEqual(kept);
      expect(await registry().findRoleByUuid(role.uuid.toUpperCase())).toBeUndefined();
      expect((await own().roles.access('Reader'))?.role).toEqual(kept);
      expect(await own().roles.access('rEADER')).toBeUndefined();
    });

    test('exist once per name, and the same name in another account is another role', async () => {
      must(await own().roles.create(role));
      expect(await own().roles.create(named('READER', 2))).toMatchObject({ code: 'registry-duplicate', status: 409 });
      expect(await own().roles.create(named('other', 3, { id: role.id }))).toMatchObject({
        code: 'registry-duplicate',
      });
      must(await registry().account(otherAccount.id).roles.create(named('Reader', 4)));
      expect((await own().roles.find('Reader'))?.id).toBe(role.id);
      expect(await registry().account('000000000000').roles.create(named('x', 5))).toMatchObject({
        code: 'registry-account-unknown',
      });
    });

    test('are listed by name, below a path, each once', async () => {
      const names = ['b', 'A', 'c_1', 'C_2', 'a%', 'd'];
      for (const [i, name] of names.entries()) {
        must(await own().roles.create(named(name, i, { path: i % 2 ? '/apps/web/' : '/' })));
      }
      const listed = await everyItem((query) => own().roles.list(query), 2);
      expect(listed.map(({ name }) => name)).toEqual(['A', 'a%', 'b', 'c_1', 'C_2', 'd']);
      const below = await everyItem((query) => own().roles.list({ ...query, pathPrefix: '/apps/' }), 2);
      expect(below.map(({ name }) => name)).toEqual(['A', 'C_2', 'd']);
      expect(await everyItem((query) => own().roles.list({ ...query, pathPrefix: '/%' }), 2)).toEqual([]);
    });

    test('are changed member by member, by whoever read them last', async () => {
      must(await own().policies.create(policy, '{}'));
      must(await own().roles.create(role));
      const bounded = must(
        await own().roles.update('reader', { permissionsBoundary: boundaryArn }, { at: noon + 5, revision: 1 }),
      );
      expect(bounded).toEqual({
        ...role,
        accountId: account.id,
        permissionsBoundary: boundaryArn,
        revision: 2,
        updatedAt: noon + 5,
      });
      expect(await own().roles.update('Reader', { tags: [] }, { at: noon, revision: 1 })).toMatchObject({
        code: 'registry-changed',
      });
      const described = must(await own().roles.update('Reader', { description: 'x', tags: [] }, { at: noon + 6 }));
      expect(described).toMatchObject({ description: 'x', tags: [], permissionsBoundary: boundaryArn, revision: 3 });
      const freed = must(await own().roles.update('Reader', { permissionsBoundary: null }, { at: noon + 7 }));
      expect(freed.permissionsBoundary).toBeUndefined();
      expect(await own().roles.update('nobody', {}, { at: noon })).toMatchObject({ code: 'registry-absent' });
    });

    test('of two edits of one revision at once, one wins and the other is told', async () => {
      must(await own().roles.create(role));
      const outcomes = await Promise.all(
        ['a', 'b', 'c'].map((description) => own().roles.update('Reader', { description }, { at: noon, revision: 1 })),
      );
      expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : 'taken')).sort()).toEqual([
        'registry-changed',
        'registry-changed',
        'taken',
      ]);
    });

    test('A8 made anew are others: nothing of the removed one is left', async () => {
      must(await own().roles.create(role, [read]));
      expect(await own().roles.access('Reader')).toMatchObject({ role: { id: role.id }, inline: [read] });
      expect(await own().rolePolicies.removeInline('Reader', 'read', noon)).toBeUndefined();
      expect(await own().roles.remove('READER')).toBeUndefined();
      expect(await own().roles.access('Reader')).toBeUndefined();
      must(await own().roles.create(named('Reader', 2)));
      expect(await own().roles.access('Reader')).toMatchObject({ role: { id: named('', 2).id }, inline: [] });
      expect(await own().roles.accessById(role.id)).toBeUndefined();
    });

    test('whose boundary or inline policies cannot be kept are not made', async () => {
      const bounded = { ...role, permissionsBoundary: boundaryArn };
      expect(await own().roles.create(bounded)).toMatchObject({ code: 'registry-absent' });
      expect(await own().roles.create(role, [read, { ...read, name: 'READ' }])).toMatchObject({
        code: 'registry-duplicate',
      });
      expect(await own().roles.find(role.name)).toBeUndefined();
      must(await own().policies.create(policy, '{"b":1}'));
      expect(must(await own().roles.create(bounded)).permissionsBoundary).toBe(boundaryArn);
      expect((await own().roles.access(role.name))?.boundary).toEqual({ name: boundaryArn, document: '{"b":1}' });
    });
  });
}

export function describePolicies(engine: Engine): void {
  describe('policies', () => {
    const registry = useRegistry(engine);
    const own = () => registry().account(account.id);
    const edit = { at: noon + 9 };

    test('inline ones are put, replaced, listed and removed, and seen at once by whoever judges', async () => {
      must(await own().roles.create(role));
      const { rolePolicies, roles } = own();
      expect((await roles.access('Reader'))?.inline).toEqual([]);
      expect(await rolePolicies.putInline('reader', read, noon)).toBeUndefined();
      expect((await roles.access('Reader'))?.inline).toEqual([read]);
      expect(await rolePolicies.putInline('Reader', { name: 'READ', document: '{}' }, noon)).toBeUndefined();
      expect((await roles.accessById(role.id))?.inline).toEqual([{ name: 'Read', document: '{}' }]);
      expect(await rolePolicies.putInline('Reader', { name: 'also', document: '{}' }, noon)).toBeUndefined();
      const listed = await everyItem((query) => rolePolicies.listInline('Reader', query), 1);
      expect(listed.map(({ name }) => name)).toEqual(['also', 'Read']);
      expect(await roles.remove('Reader')).toMatchObject({ code: 'registry-delete-conflict' });
      expect(await rolePolicies.findInline('Reader', 'ALSO')).toEqual({ name: 'also', document: '{}' });
      expect(await rolePolicies.removeInline('Reader', 'also', noon)).toBeUndefined();
      expect(await rolePolicies.removeInline('Reader', 'also', noon)).toMatchObject({ code: 'registry-absent' });
      expect(await rolePolicies.putInline('nobody', read, noon)).toMatchObject({ code: 'registry-absent' });
      expect((await roles.find('Reader'))?.revision).toBe(5);
    });

    test('managed ones are attached, judged by their default version, and detached', async () => {
      const { policies, rolePolicies, roles } = own();
      must(await roles.create(role));
      const made = must(await policies.create(policy, '{"v":1}'));
      expect(made).toEqual({
        ...policy,
        accountId: account.id,
        defaultVersion: 1,
        attachmentCount: 0,
        boundaryCount: 0,
        revision: 1,
        updatedAt: policy.createdAt,
      });
      expect(await rolePolicies.attach('Reader', 'look', noon)).toBeUndefined();
      expect(await rolePolicies.attach('Reader', 'Look', noon)).toBeUndefined();
      expect((await roles.access('Reader'))?.attached).toEqual([{ name: boundaryArn, document: '{"v":1}' }]);
      must(await policies.addVersion('Look', { document: '{"v":2}', asDefault: true }, edit));
      expect((await roles.access('Reader'))?.attached).toEqual([{ name: boundaryArn, document: '{"v":2}' }]);
      must(await policies.setDefaultVersion('Look', 1, edit));
      expect((await roles.accessById(role.id))?.attached).toEqual([{ name: boundaryArn, document: '{"v":1}' }]);
      expect(await everyItem((query) => rolePolicies.listAttached('Reader', query), 1)).toEqual([
        { arn: boundaryArn, name: 'Look' },
      ]);
      const entities = (usage: 'attached' | 'boundary') =>
        everyItem((query) => rolePolicies.listEntities('Look', { ...query, usage }), 1);
      expect((await entities('attached')).map(({ name }) => name)).toEqual(['Reader']);
      expect(await entities('boundary')).toEqual([]);
      expect(await policies.find('look')).toMatchObject({ attachmentCount: 1, boundaryCount: 0 });
      expect(await policies.remove('Look')).toMatchObject({ code: 'registry-delete-conflict' });
      expect(await roles.remove('Reader')).toMatchObject({ code: 'registry-delete-conflict' });
      expect(await rolePolicies.detach('Reader', 'Look', noon)).toBeUndefined();
      expect(await rolePolicies.detach('Reader', 'Look', noon)).toMatchObject({ code: 'registry-absent' });
      expect((await roles.access('Reader'))?.attached).toEqual([]);
      expect(await rolePolicies.attach('Reader', 'nothing', noon)).toMatchObject({ code: 'registry-absent' });
    });

    test('versions are at most five, numbered on, and the default one stays', async () => {
      const { policies } = own();
      must(await policies.create(policy, '{"v":1}'));
      for (let number = 2; number <= fixedQuotas.versionsPerPolicy; number += 1) {
        const version = { document: `{"v":${number}}`, asDefault: false };
        expect(must(await policies.addVersion('Look', version, edit)).number).toBe(number);
      }
      const sixth = { document: '{"v":6}', asDefault: true };
      expect(await policies.addVersion('Look', sixth, edit)).toMatchObject({ code: 'iam-versions-limit' });
      expect(await policies.removeVersion('Look', 1, edit)).toMatchObject({ code: 'registry-delete-conflict' });
      expect(await policies.removeVersion('Look', 5, edit)).toBeUndefined();
      expect(await policies.removeVersion('Look', 5, edit)).toMatchObject({ code: 'registry-absent' });
      expect(must(await policies.addVersion('Look', sixth, edit))).toMatchObject({ number: 6, isDefault: true });
      const versions = must(await policies.listVersions('Look'));
      expect(versions.map(({ number, isDefault }) => [number, isDefault])).toEqual([
        [6, true],
        [4, false],
        [3, false],
        [2, false],
        [1, false],
      ]);
      expect(await policies.findVersion('look', 6)).toMatchObject({ document: '{"v":6}' });
      expect(await policies.remove('Look')).toMatchObject({ code: 'registry-delete-conflict' });
      for (const number of [1, 2, 3, 4]) expect(await policies.removeVersion('Look', number, edit)).toBeUndefined();
      expect(await policies.remove('Look')).toBeUndefined();
      expect(await policies.find('Look')).toBeUndefined();
      expect(await policies.setDefaultVersion('Look', 1, edit)).toMatchObject({ code: 'registry-absent' });
    });

    test('one that bounds a role cannot be removed, and is listed as its boundary', async () => {
      const { policies, rolePolicies, roles } = own();
      must(await policies.create(policy, '{}'));
      must(await roles.create({ ...role, permissionsBoundary: boundaryArn }));
      expect(await policies.remove('Look')).toMatchObject({
        code: 'registry-delete-conflict',
        sentence: 'The policy Look cannot be deleted: it is the permissions boundary of 1 roles.',
      });
      expect(await rolePolicies.listEntities('Look', { limit: 5, usage: 'boundary' })).toMatchObject({
        items: [{ name: 'Reader' }],
      });
    });

    test('are listed by name, below a path, or only those in use, and changed by revision', async () => {
      const { policies, rolePolicies, roles } = own();
      must(await roles.create(role));
      for (const [i, name] of ['c', 'B', 'a'].entries()) {
        must(await policies.create({ ...policy, id: `ANPA${i}`, name, path: i === 1 ? '/x/' : '/' }, '{}'));
      }
      expect(await policies.create({ ...policy, id: 'ANPA9', name: 'A' }, '{}')).toMatchObject({
        code: 'registry-duplicate',
      });
      must(await policies.update('a', { tags: [{ key: 'k', value: 'v' }] }, { ...edit, revision: 1 }));
      expect(await policies.update('a', {}, { ...edit, revision: 1 })).toMatchObject({ code: 'registry-changed' });
      await rolePolicies.attach('Reader', 'c', noon);
      const names = async (filter: object) =>
        (await everyItem((query) => policies.list({ ...query, ...filter }), 1)).map(({ name }) => name);
      expect(await names({})).toEqual(['a', 'B', 'c']);
      expect(await names({ pathPrefix: '/x/' })).toEqual(['B']);
      expect(await names({ onlyAttached: true })).toEqual(['c']);
    });

    test('at most ten are attached to a role', async () => {
      const { policies, rolePolicies, roles } = own();
      must(await roles.create(role));
      const { PoliciesPerRole: most } = defaultQuotas;
      const attach = async (i: number) => {
        must(await policies.create({ ...policy, id: `ANPA${i}`, name: `p${i}` }, '{}'));
        return rolePolicies.attach('Reader', `p${i}`, noon);
      };
      for (let i = 0; i < most; i += 1) expect(await attach(i)).toBeUndefined();
      expect(await attach(most)).toMatchObject({ code: 'iam-quota-exceeded' });
      expect(await rolePolicies.listAttached('Reader', { limit: 100 })).toMatchObject({
        items: { length: most },
      });
    });
  });
}
