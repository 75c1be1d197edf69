// What every engine of the registry does alike: accounts, keys, issuers, sessions, the audit record.
import { describe, expect, test } from 'vitest';
import type { Heard } from '../../../src/io/sql/index.ts';
import { describeQuotas } from './conformance-quotas.ts';
import { describePolicies, describeRoles } from './conformance-roles.ts';
import { type Engine, everyItem, must, useRegistry } from './engine.ts';
import { describeIsolation } from './isolation.ts';
import {
  account,
  eventOf,
  issuer,
  named,
  noon,
  otherAccount,
  otherRootKey,
  policy,
  revocation,
  role,
  rootKey,
  sealed,
  sessionOf,
} from './records.ts';

function describeAccounts(engine: Engine): void {
  describe('accounts and keys', () => {
    const registry = useRegistry(engine);

    test('accounts are found as they were put, listed by their digits, and renamed', async () => {
      const { accounts } = registry();
      expect(await accounts.find(account.id)).toEqual(account);
      expect(await accounts.find('000000000000')).toBeUndefined();
      expect(await everyItem((query) => accounts.list(query), 1)).toEqual([account, otherAccount]);
      expect(await accounts.rename(account.id, 'renamed')).toBeUndefined();
      expect(await registry().account(account.id).find()).toEqual({ ...account, name: 'renamed' });
      expect(await accounts.rename('000000000000', 'x')).toMatchObject({ code: 'registry-account-unknown' });
    });

    test('an account exists once, with its key or not at all', async () => {
      const { accounts } = registry();
      const findRootKey = (id: string) => registry().findRootKey(id);
      const third = { ...account, id: '777788889999' };
      const thirdKey = { ...rootKey, accessKeyId: 'AKIACCCCCCCCCCCCCCCC' };
      expect(await accounts.open({ ...account, name: 'thief' }, thirdKey)).toMatchObject({
        code: 'registry-duplicate',
        sentence: 'The account 111122223333 exists already.',
      });
      expect(await findRootKey(thirdKey.accessKeyId)).toBeUndefined();
      expect(await accounts.open(third, rootKey)).toMatchObject({ code: 'registry-duplicate' });
      expect(await accounts.find(third.id)).toBeUndefined();
      expect(await accounts.open(third, thirdKey)).toBeUndefined();
      expect(await findRootKey(thirdKey.accessKeyId)).toEqual({ ...thirdKey, accountId: third.id });
    });

    test('A8 a closed account is dead: its keys, roles and name', async () => {
      const { accounts } = registry();
      const findRootKey = (id: string) => registry().findRootKey(id);
      const own = registry().account(account.id);
      must(await own.roles.create(role));
      expect(await own.roles.access(role.name)).toBeDefined();
      expect(await accounts.close(account.id, noon)).toBeUndefined();
      expect(await own.roles.access(role.name)).toBeUndefined();
      expect(await own.roles.accessById(role.id)).toBeUndefined();
      expect(await findRootKey(rootKey.accessKeyId)).toBeUndefined();
      expect(await accounts.open(account, otherRootKey)).toMatchObject({ code: 'registry-duplicate' });
      expect(await own.roles.create(named('second', 2))).toMatchObject({ code: 'registry-account-closed' });
      expect(await accounts.close(account.id, noon)).toMatchObject({ code: 'registry-account-closed' });
      expect(await accounts.find(account.id)).toEqual({ ...account, closedAt: noon });
    });

    test('root keys are several, and only active ones are found by themselves', async () => {
      const { rootKeys } = registry().account(account.id);
      const second = { ...rootKey, accessKeyId: 'AKIADDDDDDDDDDDDDDDD', createdAt: noon + 1 };
      expect(await rootKeys.add(second)).toEqual({ ...second, accountId: account.id });
      expect(await rootKeys.add(otherRootKey)).toMatchObject({ code: 'registry-duplicate' });
      expect(await rootKeys.setStatus(second.accessKeyId, 'inactive')).toBeUndefined();
      expect(await registry().findRootKey(second.accessKeyId)).toBeUndefined();
      expect((await rootKeys.list()).map(({ status }) => status)).toEqual(['active', 'inactive']);
      expect(await rootKeys.remove(second.accessKeyId)).toBeUndefined();
      expect(await rootKeys.remove(second.accessKeyId)).toMatchObject({ code: 'registry-absent' });
      expect(await rootKeys.list()).toHaveLength(1);
    });
  });
}

function describeIssuers(engine: Engine): void {
  describe('issuers', () => {
    const registry = useRegistry(engine);

    test('are found by id, and by URL byte for byte', async () => {
      const { issuers } = registry().account(account.id);
      const kept = { ...issuer, accountId: account.id, revision: 1, updatedAt: issuer.createdAt };
      expect(await issuers.create(issuer)).toEqual(kept);
      expect(await issuers.find(issuer.id)).toEqual(kept);
      expect(await issuers.withUrl(issuer.url)).toEqual([kept]);
      for (const url of [`${issuer.url}/`, issuer.url.toUpperCase(), issuer.url.slice(0, -1), '%', '']) {
        expect(await issuers.withUrl(url)).toEqual([]);
      }
    });

    test('of one URL are told apart by their source, and otherwise exist once', async () => {
      const { issuers } = registry().account(account.id);
      must(await issuers.create(issuer));
      expect(await issuers.create({ ...issuer, id: 'issuer-2' })).toMatchObject({ code: 'registry-duplicate' });
      must(await issuers.create({ ...issuer, id: 'issuer-2', sourceId: 'cluster-2', kind: 'vke' }));
      expect((await issuers.withUrl(issuer.url)).map(({ id }) => id)).toEqual(['issuer-1', 'issuer-2']);
      expect(await everyItem((query) => issuers.list(query), 1)).toHaveLength(2);
    });

    test('A8 registered anew are others: nothing remembered of the removed one is used', async () => {
      const { issuers } = registry().account(account.id);
      must(await issuers.create(issuer));
      expect(await issuers.withUrl(issuer.url)).toHaveLength(1);
      expect(await issuers.remove(issuer.id)).toBeUndefined();
      expect(await issuers.withUrl(issuer.url)).toEqual([]);
      must(await issuers.create({ ...issuer, id: 'issuer-2', jwks: '{"keys":[2]}' }));
      expect(await issuers.withUrl(issuer.url)).toMatchObject([{ id: 'issuer-2', jwks: '{"keys":[2]}' }]);
      expect(await issuers.remove(issuer.id)).toMatchObject({ code: 'registry-absent' });
    });

    test('are changed where the revision is the one that was read', async () => {
      const { issuers } = registry().account(account.id);
      must(await issuers.create(issuer));
      const changed = must(await issuers.update(issuer.id, { jwks: '{"keys":[3]}' }, { at: noon + 9, revision: 1 }));
      expect(changed).toMatchObject({ revision: 2, updatedAt: noon + 9, jwks: '{"keys":[3]}', tags: issuer.tags });
      expect(await issuers.withUrl(issuer.url)).toEqual([changed]);
      expect(await issuers.update(issuer.id, { jwks: '' }, { at: noon, revision: 1 })).toMatchObject({
        code: 'registry-changed',
        status: 409,
      });
      expect(await issuers.find(issuer.id)).toEqual(changed);
    });

    test('have a sealed token that comes and goes with them', async () => {
      const { issuers } = registry().account(account.id);
      const kept = () => issuers.reviewerToken(issuer.id);
      must(await issuers.create(issuer, sealed(1)));
      expect(await kept()).toEqual(sealed(1));
      // Refused as a whole: neither a second issuer of the URL nor an edit of an older state leaves its token behind.
      expect(await issuers.create({ ...issuer, id: 'issuer-2' }, sealed(2))).toMatchObject({ status: 409 });
      expect(await issuers.reviewerToken('issuer-2')).toBeUndefined();
      const late = { at: noon, revision: 7 };
      expect(await issuers.update(issuer.id, { reviewerToken: sealed(3) }, late)).toMatchObject({ status: 409 });
      must(await issuers.update(issuer.id, { tags: [] }, { at: noon }));
      expect(await kept()).toEqual(sealed(1));
      must(await issuers.update(issuer.id, { reviewerToken: sealed(4) }, { at: noon }));
      expect(await kept()).toEqual(sealed(4));
      must(await issuers.update(issuer.id, { reviewerToken: null }, { at: noon }));
      expect(await kept()).toBeUndefined();
      must(await issuers.update(issuer.id, { reviewerToken: sealed(5) }, { at: noon }));
      expect(await registry().secrets.list('')).toHaveLength(1);
      expect(await issuers.remove(issuer.id)).toBeUndefined();
      expect(await registry().secrets.list('')).toEqual([]);
    });

    test('A5 of the same URL in two accounts are two', async () => {
      const other = registry().account(otherAccount.id).issuers;
      must(await registry().account(account.id).issuers.create(issuer));
      must(await other.create({ ...issuer, id: 'issuer-2', jwks: '{"keys":[2]}' }));
      expect(await other.withUrl(issuer.url)).toMatchObject([{ id: 'issuer-2', accountId: otherAccount.id }]);
      expect(await registry().account('000000000000').issuers.create(issuer)).toMatchObject({
        code: 'registry-account-unknown',
      });
    });
  });
}

function describeHappenings(engine: Engine): void {
  describe('sessions and the audit record', () => {
    const registry = useRegistry(engine);

    test('are written together and read back as they were', async () => {
      const pod = { namespace: 'n', serviceAccount: 's', serviceAccountUid: 'u', pod: 'p', podUid: 'v', node: '' };
      const full = {
        ...sessionOf('ASIA1'),
        kind: 'bearer',
        issuerId: 'issuer-1',
        pod,
        sourceIdentity: 'me',
        tags: { __proto__x: '1' },
        parentAccessKeyId: 'ASIA0',
      } as const;
      const event = { ...eventOf('r1'), role: 'arn', pod: 'n/p', accessKeyId: 'ASIA1' };
      await registry().issueSession(full, event);
      await registry().issueSession(sessionOf('ASIA2'), eventOf('r2'));
      const own = registry().account(account.id);
      expect(await own.sessions.find('ASIA1')).toEqual(full);
      expect(await own.sessions.find('ASIA2')).toEqual(sessionOf('ASIA2'));
      expect((await own.audit.list({ limit: 10 })).items).toEqual([event, eventOf('r2')]);
    });

    test('a session that the schema refuses fails alone, with its event', async () => {
      const results = await Promise.allSettled([
        registry().issueSession(sessionOf('A'), eventOf('a')),
        registry().issueSession(sessionOf('A'), eventOf('twin')),
        registry().issueSession(sessionOf('C'), eventOf('c')),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      const keys = (await registry().sessions.list({ limit: 10 })).items.map(({ accessKeyId }) => accessKeyId);
      expect(keys).toEqual(['A', 'C']);
      expect((await registry().audit.list({ limit: 10 })).items.map(({ requestId }) => requestId)).toEqual(['a', 'c']);
    });

    test('strange texts are kept as they are, but for what no database takes', async () => {
      const texts = [
        "' OR 1=1 --",
        '\u202e"\\',
        '😀'.repeat(300),
        'a\u0000b',
        'half \ud800',
        '{"a":[1,"\\n"]}',
        '$1 ?',
      ];
      for (const [i, text] of texts.entries()) {
        await registry().issueSession(
          { ...sessionOf(`K${i}`), sessionName: text },
          { ...eventOf(`r${i}`), reason: text },
        );
      }
      const { items } = await registry().audit.list({ limit: 100 });
      const expected = texts.map((text) => text.toWellFormed().replaceAll('\0', '\uFFFD'));
      expect(items.map(({ reason }) => reason)).toEqual(expected);
    });

    test('come in pages by time, both ways, each record once, filtered', async () => {
      const { audit } = registry();
      const times = Array.from({ length: 25 }, (_, i) => noon + ((i * 7) % 10));
      for (const [i, at] of times.entries()) {
        await registry().appendAudit({
          ...eventOf(`r${i}`, i % 2 ? otherAccount.id : account.id),
          at,
          role: `role${i % 3}`,
        });
      }
      const forward = await everyItem((query) => audit.list(query), 4);
      expect(forward.map(({ at }) => at)).toEqual([...times].sort((a, b) => a - b));
      const backward = await everyItem((query) => audit.list({ ...query, newestFirst: true }), 4);
      expect(backward).toEqual(forward.toReversed());
      const some = await everyItem(
        (query) => audit.list({ ...query, from: noon + 3, until: noon + 7, role: 'role1' }),
        2,
      );
      expect(some).toEqual(
        forward.filter((event) => event.at >= noon + 3 && event.at < noon + 7 && event.role === 'role1'),
      );
      expect((await audit.list({ limit: 9, requestId: 'r7' })).items).toEqual([
        forward.find((e) => e.requestId === 'r7'),
      ]);
      const own = await everyItem((query) => registry().account(account.id).audit.list(query), 4);
      expect(own).toEqual(forward.filter(({ accountId }) => accountId === account.id));
      expect(await everyItem((query) => audit.list({ ...query, outcome: 'refused' }), 4)).toEqual([]);
    });

    test('sessions are filtered by role, issuer, subject and kind', async () => {
      await registry().issueSession({ ...sessionOf('A'), roleId: 'other' }, eventOf('a'));
      await registry().issueSession({ ...sessionOf('B'), kind: 'chained' }, eventOf('b'));
      const { sessions } = registry().account(account.id);
      const keys = async (filter: object) =>
        (await sessions.list({ limit: 10, ...filter })).items.map(({ accessKeyId }) => accessKeyId);
      expect(await keys({ roleId: role.id })).toEqual(['B']);
      expect(await keys({ kind: 'chained' })).toEqual(['B']);
      expect(await keys({ subject: 'nobody' })).toEqual([]);
      expect(await keys({ issuer: issuer.url, newestFirst: true })).toEqual(['B', 'A']);
    });

    test.each([0, -5, 1e9, 2.5, Number.NaN])('a limit of %d gives between 1 and 1000', async (limit) => {
      await registry().appendAudit(eventOf('r1'));
      expect((await registry().audit.list({ limit })).items).toHaveLength(1);
    });

    test('are forgotten from the oldest on, once they ended', async () => {
      for (let i = 0; i < 6; i += 1) {
        const session = { ...sessionOf(`K${i}`), issuedAt: noon + i, expiresAt: noon + i + 10 };
        await registry().issueSession(session, { ...eventOf(`r${i}`), at: noon + i });
      }
      must(await registry().account(account.id).revocations.add(revocation));
      const before = {
        auditBefore: noon + 3,
        sessionsEndedBefore: noon + 12,
        revocationsEndedBefore: revocation.endsAt,
      };
      expect(await registry().prune(before)).toEqual({ audit: 3, sessions: 2, revocations: 0 });
      expect((await registry().audit.list({ limit: 1 })).items).toMatchObject([{ requestId: 'r3' }]);
      expect((await registry().sessions.list({ limit: 9 })).items).toHaveLength(4);
      expect(await registry().prune({ revocationsEndedBefore: revocation.endsAt + 1 })).toMatchObject({
        revocations: 1,
      });
    });

    test('say when a role was last used, in time', async () => {
      const { roles } = registry().account(account.id);
      must(await roles.create(role));
      await registry().issueSession(sessionOf('A'), eventOf('a'));
      expect((await roles.find(role.name))?.lastUsedAt).toBeUndefined();
      await registry().flush();
      expect((await roles.find(role.name))?.lastUsedAt).toBe(noon);
    });
  });
}

function describeInstallation(engine: Engine): void {
  describe('what belongs to the installation', () => {
    const registry = useRegistry(engine);

    test('operator keys', async () => {
      const { operatorKeys } = registry();
      const key = {
        id: 'op1',
        name: 'ops',
        secretHash: new Uint8Array(32),
        status: 'active',
        createdAt: noon,
      } as const;
      expect(await operatorKeys.add(key)).toBeUndefined();
      expect(await operatorKeys.add(key)).toMatchObject({ code: 'registry-duplicate' });
      expect(await operatorKeys.find('op1')).toEqual(key);
      expect(await operatorKeys.setStatus('op1', 'inactive')).toBeUndefined();
      expect(await operatorKeys.list()).toEqual([{ ...key, status: 'inactive' }]);
      expect(await operatorKeys.remove('op1')).toBeUndefined();
      expect(await operatorKeys.remove('op1')).toMatchObject({ code: 'registry-absent' });
    });

    test('sealing keys go from prepared to active to retiring, one active at a time', async () => {
      const { sealingKeys } = registry();
      const key = (id: string, createdAt: number) => ({ id, secret: sealed(7), createdAt });
      expect(must(await sealingKeys.add(key('s1', 1))).state).toBe('active');
      expect(must(await sealingKeys.add(key('s2', 2))).state).toBe('prepared');
      expect(await sealingKeys.add(key('s2', 3))).toMatchObject({ code: 'registry-duplicate' });
      expect(await sealingKeys.remove('s1')).toMatchObject({ code: 'registry-delete-conflict' });
      expect(await sealingKeys.activate('s1', 9)).toMatchObject({ code: 'registry-absent' });
      expect(await sealingKeys.activate('s2', 9)).toBeUndefined();
      expect(await sealingKeys.list()).toEqual([
        { ...key('s1', 1), state: 'retiring', changedAt: 9 },
        { ...key('s2', 2), state: 'active', changedAt: 9 },
      ]);
      expect(await sealingKeys.remove('s1')).toBeUndefined();
      expect(await sealingKeys.list()).toHaveLength(1);
    });

    test('secrets and settings are kept by name, and names are listed by prefix without wildcards', async () => {
      const { secrets, settings } = registry();
      await secrets.put('signing/2', sealed(2));
      await secrets.put('signing/1', sealed(0));
      await secrets.put('signing/1', sealed(1));
      await secrets.put('other', sealed());
      expect(await secrets.find('signing/1')).toEqual(sealed(1));
      expect(await secrets.find('signing')).toBeUndefined();
      expect(await secrets.list('signing/')).toEqual([
        { name: 'signing/1', secret: sealed(1) },
        { name: 'signing/2', secret: sealed(2) },
      ]);
      expect(await secrets.list('s%')).toEqual([]);
      await secrets.remove('other');
      expect(await secrets.list('')).toHaveLength(2);
      await settings.put('issuer', 'https://a');
      await settings.put('issuer', 'https://b');
      expect(await settings.find('issuer')).toBe('https://b');
      expect(await settings.findOrPut('issuer', 'https://c')).toBe('https://b');
      expect(await settings.findOrPut('new', '1')).toBe('1');
      expect(await settings.find('x')).toBeUndefined();
    });

    test('every secret is found that is not under a key, with the purpose that it is bound to, and replaced', async () => {
      const { secrets, sealingKeys } = registry();
      await sealingKeys.add({ id: 's1', secret: sealed(1), createdAt: 1 });
      await secrets.put('n', { keyId: 'k2', sealed: new Uint8Array([2]) });
      await secrets.put('m', sealed(3));
      const stored = await secrets.notUnder('k2', 100);
      expect(stored.map(({ purpose }) => purpose).sort()).toEqual([
        `root-key/${account.id}/${rootKey.accessKeyId}`,
        `root-key/${otherAccount.id}/${otherRootKey.accessKeyId}`,
        'secret/m',
        'secret/sealing-key/s1',
      ]);
      for (const one of stored) await secrets.replace(one, { keyId: 'k2', sealed: new Uint8Array([9]) });
      for (const one of stored) await secrets.replace(one, { keyId: 'k3', sealed: new Uint8Array([8]) });
      expect(await secrets.notUnder('k2', 100)).toEqual([]);
      expect((await registry().findRootKey(rootKey.accessKeyId))?.secret).toEqual({
        keyId: 'k2',
        sealed: new Uint8Array([9]),
      });
    });

    test('revocations of every scope are followed from a position on', async () => {
      const own = registry().account(account.id).revocations;
      const scopes = [
        { kind: 'session', accessKeyId: 'ASIA1' },
        { kind: 'role', roleId: role.id },
        { kind: 'service-account', subject: 's', issuer: issuer.url },
        { kind: 'service-account', subject: 's' },
        { kind: 'issuer', issuer: issuer.url },
        { kind: 'account' },
      ] as const;
      for (const [i, scope] of scopes.entries()) must(await own.add({ ...revocation, id: `v${i}`, scope }));
      expect(await own.add({ ...revocation, id: 'v0' })).toMatchObject({ code: 'registry-duplicate' });
      const first = await registry().revocations.since(0, 4);
      expect(first).toMatchObject({ isAll: false });
      const second = await registry().revocations.since(first.position, 4);
      expect(second).toMatchObject({ isAll: true });
      expect([...first.items, ...second.items].map(({ scope }) => scope)).toEqual(scopes);
      expect(await everyItem((query) => own.list(query), 4)).toHaveLength(6);
      const { accountId: _, ...everyone } = must(await registry().revocations.add({ ...revocation, id: 'all' }));
      expect(everyone).toMatchObject({ ...revocation, id: 'all' });
      expect(await registry().revocations.since(second.position, 4)).toMatchObject({ items: [{ id: 'all' }] });
      expect(await own.list({ limit: 10 })).toMatchObject({ items: expect.not.arrayContaining([{ id: 'all' }]) });
      expect(await own.find('v1')).toMatchObject({ ...revocation, id: 'v1', accountId: account.id });
    });

    test('whoever subscribes is told of each change after it is on record, and of nothing that was refused', async () => {
      await registry().changes.refresh();
      const heard: Heard[] = [];
      const unsubscribe = registry().changes.subscribe((one) => heard.push(one));
      const own = registry().account(account.id);
      must(await own.roles.create(role));
      await own.roles.create(role);
      must(await own.policies.create(policy, '{}'));
      must(await own.revocations.add(revocation));
      const kinds = () => {
        const seen = heard.filter((one) => one !== 'anything').map(({ position, kind }) => [position, kind] as const);
        return [...new Map(seen).values()];
      };
      expect(kinds()).toEqual(['role', 'policy', 'revocation']);
      unsubscribe();
      await registry().settings.put('a', 'b');
      expect(kinds()).toHaveLength(3);
      expect(registry().changes.staleness()).toBeLessThan(5000);
      expect(await registry().health()).toEqual({ isWell: true, problem: '' });
      expect(registry().load()).toMatchObject({ queued: 0, connections: { waiting: 0 } });
    });
  });
}

/** The same on every engine. */
export function conformance(engine: Engine): void {
  describe(engine.name, () => {
    describeAccounts(engine);
    describeIssuers(engine);
    describeHappenings(engine);
    describeInstallation(engine);
    describeRoles(engine);
    describePolicies(engine);
    describeQuotas(engine);
    describeIsolation(engine);
  });
}
