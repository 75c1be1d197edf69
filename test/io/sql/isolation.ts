// Each operation of an account's view, tried with what belongs to another account.
import { describe, expect, test } from 'vitest';
import { policyArn } from '../../../src/core/identity/index.ts';
import type { AccountRegistry, Registry } from '../../../src/io/sql/index.ts';
import { type Engine, must, useRegistry } from './engine.ts';
import {
  account,
  eventOf,
  issuer,
  noon,
  otherAccount,
  policy,
  revocation,
  role,
  rootKey,
  sealed,
  sessionOf,
} from './records.ts';

const edit = { at: noon };
const page = { limit: 10 };

/** What each operation answers where nothing of that name is there. */
const absent = { code: 'registry-absent', status: 404 };
const nothing = undefined;
const empty = { items: [], next: undefined };

type Operation = (of: AccountRegistry) => Promise<unknown>;

/** Every operation that names something, by what the stranger is answered. */
const operations: readonly [name: string, operation: Operation, answer: unknown][] = [
  ['counts', (of) => of.counts(), { roles: 0, policies: 0, policyVersions: 0, providers: 0 }],
  ['rootKeys.list', (of) => of.rootKeys.list(), [{ accessKeyId: 'AKIABBBBBBBBBBBBBBBB' }]],
  ['rootKeys.setStatus', (of) => of.rootKeys.setStatus(rootKey.accessKeyId, 'inactive'), absent],
  ['rootKeys.remove', (of) => of.rootKeys.remove(rootKey.accessKeyId), absent],
  ['issuers.find', (of) => of.issuers.find(issuer.id), nothing],
  ['issuers.withUrl', (of) => of.issuers.withUrl(issuer.url), []],
  ['issuers.list', (of) => of.issuers.list(page), empty],
  ['issuers.update', (of) => of.issuers.update(issuer.id, { jwks: 'mine' }, edit), absent],
  ['issuers.update', (of) => of.issuers.update(issuer.id, { reviewerToken: sealed(9) }, edit), absent],
  ['issuers.reviewerToken', (of) => of.issuers.reviewerToken(issuer.id), nothing],
  ['issuers.remove', (of) => of.issuers.remove(issuer.id), absent],
  ['roles.find', (of) => of.roles.find(role.name), nothing],
  ['roles.findById', (of) => of.roles.findById(role.id), nothing],
  ['roles.list', (of) => of.roles.list(page), empty],
  ['roles.access', (of) => of.roles.access(role.name), nothing],
  ['roles.accessById', (of) => of.roles.accessById(role.id), nothing],
  ['roles.update', (of) => of.roles.update(role.name, { trustPolicy: 'mine' }, edit), absent],
  ['roles.remove', (of) => of.roles.remove(role.name), absent],
  ['rolePolicies.putInline', (of) => of.rolePolicies.putInline(role.name, { name: 'x', document: '' }, noon), absent],
  ['rolePolicies.findInline', (of) => of.rolePolicies.findInline(role.name, 'read'), nothing],
  ['rolePolicies.listInline', (of) => of.rolePolicies.listInline(role.name, page), absent],
  ['rolePolicies.removeInline', (of) => of.rolePolicies.removeInline(role.name, 'read', noon), absent],
  ['rolePolicies.attach', (of) => of.rolePolicies.attach(role.name, policy.name, noon), absent],
  ['rolePolicies.detach', (of) => of.rolePolicies.detach(role.name, policy.name, noon), absent],
  ['rolePolicies.listAttached', (of) => of.rolePolicies.listAttached(role.name, page), absent],
  [
    'rolePolicies.listEntities',
    (of) => of.rolePolicies.listEntities(policy.name, { ...page, usage: 'attached' }),
    absent,
  ],
  ['policies.find', (of) => of.policies.find(policy.name), nothing],
  ['policies.list', (of) => of.policies.list(page), empty],
  ['policies.update', (of) => of.policies.update(policy.name, { description: 'mine' }, edit), absent],
  ['policies.remove', (of) => of.policies.remove(policy.name), absent],
  ['policies.addVersion', (of) => of.policies.addVersion(policy.name, { document: '', asDefault: true }, edit), absent],
  ['policies.findVersion', (of) => of.policies.findVersion(policy.name, 1), nothing],
  ['policies.listVersions', (of) => of.policies.listVersions(policy.name), absent],
  ['policies.setDefaultVersion', (of) => of.policies.setDefaultVersion(policy.name, 1, edit), absent],
  ['policies.removeVersion', (of) => of.policies.removeVersion(policy.name, 1, edit), absent],
  ['sessions.find', (of) => of.sessions.find('ASIA1'), nothing],
  ['sessions.list', (of) => of.sessions.list(page), empty],
  ['revocations.find', (of) => of.revocations.find(revocation.id), nothing],
  ['revocations.list', (of) => of.revocations.list(page), empty],
  ['audit.list', (of) => of.audit.list({ ...page, requestId: 'r1' }), empty],
];

const functionsOf = (group: object) =>
  Object.entries(group).flatMap(([name, value]: [string, unknown]) => (typeof value === 'function' ? [name] : []));

/** Operations that make something and so name nothing of anybody's; what they make is the account's own. */
const makers = new Set([
  'find',
  'rootKeys.add',
  'issuers.create',
  'roles.create',
  'policies.create',
  'revocations.add',
]);

async function fill(registry: Registry): Promise<void> {
  const own = registry.account(account.id);
  must(await own.issuers.create(issuer, sealed(7)));
  must(await own.policies.create(policy, '{"first":1}'));
  must(await own.policies.addVersion(policy.name, { document: '{}', asDefault: false }, edit));
  must(await own.roles.create(role, [{ name: 'read', document: '{}' }]));
  must(await own.rolePolicies.attach(role.name, policy.name, noon));
  must(await own.revocations.add(revocation));
  await registry.issueSession(sessionOf('ASIA1'), eventOf('r1'));
}

/** All that the first account sees. */
async function everything(registry: Registry): Promise<unknown> {
  const own = registry.account(account.id);
  return [
    await own.rootKeys.list(),
    await own.issuers.list(page),
    await own.issuers.reviewerToken(issuer.id),
    await own.roles.access(role.name),
    await own.policies.list(page),
    await own.policies.listVersions(policy.name),
    await own.sessions.list(page),
    await own.revocations.list(page),
    await own.audit.list(page),
  ];
}

export function describeIsolation(engine: Engine): void {
  describe('A16 another account', () => {
    const registry = useRegistry(engine);

    test('reaches nothing of the first by its names and ids, and changes nothing', async () => {
      await fill(registry());
      const before = await everything(registry());
      const other = registry().account(otherAccount.id);
      for (const [name, operation, answer] of operations) {
        const outcome = await operation(other);
        if (outcome !== answer) expect(outcome, name).toMatchObject(Object(answer));
        if (Array.isArray(answer)) expect(outcome, name).toHaveLength(answer.length);
      }
      expect(await everything(registry())).toEqual(before);
    });

    test('is answered otherwise than the first one itself', async () => {
      await fill(registry());
      for (const [name, operation, answer] of operations.filter(([name]) =>
        /find|list|access|withUrl|reviewerToken/.test(name),
      )) {
        expect(await operation(registry().account(account.id)), name).not.toEqual(answer);
      }
    });

    test('cannot bound a role with the first one’s policy', async () => {
      await fill(registry());
      const permissionsBoundary = policyArn(account.id, policy.path, policy.name);
      const bounded = { ...role, id: 'AROA2', uuid: 'u2', permissionsBoundary };
      expect(await registry().account(otherAccount.id).roles.create(bounded)).toMatchObject(absent);
    });

    test.each(['', '0.0', '-1.-1', '1e15.1', '9'.repeat(40), "' OR 1=1 --", 'NaN', '\u0000', noon + '.0'])(
      'A22 sees no more by the forged position %j',
      async (after) => {
        await fill(registry());
        const other = registry().account(otherAccount.id);
        for (const records of [other.roles, other.policies, other.issuers, other.sessions]) {
          expect(await records.list({ limit: 10, after })).toEqual(empty);
        }
        expect(await other.revocations.list({ limit: 10, after })).toEqual(empty);
        expect(await other.audit.list({ limit: 10, after, newestFirst: true })).toEqual(empty);
      },
    );

    test('is tried with every operation that there is', () => {
      const view = registry().account(account.id);
      const all = Object.entries(view).flatMap(([group, value]: [string, unknown]) => {
        if (typeof value === 'function') return [group];
        return typeof value === 'object' && value !== null ? functionsOf(value).map((name) => `${group}.${name}`) : [];
      });
      const tried = new Set(operations.map(([name]) => name));
      expect(all.filter((name) => !tried.has(name) && !makers.has(name))).toEqual([]);
    });
  });
}
