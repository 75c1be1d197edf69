import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteRegistry, type Registry } from '../../../src/io/sql/index.ts';
import { account, eventOf, issuer, otherAccount, otherRootKey, role, rootKey, sessionOf } from './records.ts';

const thirdKey = { ...rootKey, accessKeyId: 'AKIACCCCCCCCCCCCCCCC' };
let registry: Registry;

beforeEach(async () => {
  registry = openSqliteRegistry({ path: ':memory:' });
  await registry.openAccount(account, rootKey);
  await registry.openAccount(otherAccount, otherRootKey);
});

afterEach(() => registry.close());

describe('accounts', () => {
  test('are found as they were put, and listed by their digits', async () => {
    expect(await registry.findAccount(account.id)).toEqual(account);
    expect(await registry.findAccount('000000000000')).toBeUndefined();
    expect(await registry.listAccounts()).toEqual([account, otherAccount]);
  });

  test('exist once', async () => {
    expect(await registry.openAccount({ ...account, name: 'thief' }, thirdKey)).toMatchObject({
      code: 'registry-duplicate',
      sentence: 'The account 111122223333 exists already.',
    });
    expect(await registry.findAccount(account.id)).toEqual(account);
    expect(await registry.findRootKey(thirdKey.accessKeyId)).toBeUndefined();
  });
});

describe('root keys', () => {
  test('say whose account it is', async () => {
    expect(await registry.findRootKey(rootKey.accessKeyId)).toEqual(rootKey);
    expect(await registry.findRootKey(otherRootKey.accessKeyId)).toEqual(otherRootKey);
    expect(await registry.findRootKey('AKIA')).toBeUndefined();
  });

  test('are never replaced, and an account whose key cannot be kept is not opened', async () => {
    const third = { ...account, id: '777788889999' };
    expect(await registry.openAccount(third, rootKey)).toMatchObject({
      code: 'registry-duplicate',
      sentence: `The access key ${rootKey.accessKeyId} exists already.`,
    });
    expect(await registry.findAccount(third.id)).toBeUndefined();
    expect(await registry.findRootKey(rootKey.accessKeyId)).toEqual(rootKey);
    expect(await registry.openAccount(third, thirdKey)).toBeUndefined();
    expect(await registry.findRootKey(thirdKey.accessKeyId)).toEqual({ ...thirdKey, accountId: third.id });
  });
});

describe('issuers', () => {
  test('are found by account and URL, byte for byte', async () => {
    await registry.putIssuer(issuer);
    expect(await registry.findIssuer(account.id, issuer.url)).toEqual(issuer);
    for (const url of [`${issuer.url}/`, issuer.url.toUpperCase(), issuer.url.slice(0, -1), '%', '']) {
      expect(await registry.findIssuer(account.id, url)).toBeUndefined();
    }
  });

  test('put again have other keys and audiences under the same id', async () => {
    await registry.putIssuer(issuer);
    await registry.putIssuer({ ...issuer, id: 'issuer-2', audiences: [], jwks: '{"keys":[1]}', createdAt: 5 });
    expect(await registry.findIssuer(account.id, issuer.url)).toEqual({
      ...issuer,
      audiences: [],
      jwks: '{"keys":[1]}',
    });
  });

  test('A5 of the same URL in two accounts are two', async () => {
    await registry.putIssuer(issuer);
    const twin = { ...issuer, id: 'issuer-2', accountId: otherAccount.id, jwks: '{"keys":[2]}' };
    await registry.putIssuer(twin);
    expect(await registry.findIssuer(account.id, issuer.url)).toEqual(issuer);
    expect(await registry.findIssuer(otherAccount.id, issuer.url)).toEqual(twin);
  });

  test('belong to an account that exists', async () => {
    await expect(registry.putIssuer({ ...issuer, accountId: '000000000000' })).rejects.toMatchObject({
      refusal: { code: 'registry-account-unknown' },
    });
  });
});

describe('roles', () => {
  test('are found by name and by id, within their account', async () => {
    expect(await registry.createRole(role)).toBeUndefined();
    expect(await registry.findRole(account.id, role.name)).toEqual(role);
    expect(await registry.findRoleById(account.id, role.id)).toEqual(role);
  });

  test('exist once per name and account, and the same name in another account is another role', async () => {
    await registry.createRole(role);
    expect(await registry.createRole({ ...role, id: 'AROAB' })).toMatchObject({ code: 'registry-duplicate' });
    expect(await registry.createRole({ ...role, id: 'AROAC', accountId: otherAccount.id })).toBeUndefined();
    expect(await registry.createRole({ ...role, accountId: '000000000000', id: 'AROAD' })).toMatchObject({
      code: 'registry-account-unknown',
    });
    expect((await registry.findRole(account.id, role.name))?.id).toBe(role.id);
    expect((await registry.findRole(otherAccount.id, role.name))?.id).toBe('AROAC');
  });
});

describe('sessions and the audit record', () => {
  test('are written together and read back as they were', async () => {
    await registry.issueSession(sessionOf('ASIA1'), eventOf('r1'));
    await registry.appendAudit({ ...eventOf('r2', ''), outcome: 'refused', code: 'token-expired', reason: 'exp 5' });
    expect(await registry.findSession(account.id, 'ASIA1')).toEqual(sessionOf('ASIA1'));
    expect(await registry.listAudit({ limit: 10 })).toEqual({
      items: [eventOf('r1'), { ...eventOf('r2', ''), outcome: 'refused', code: 'token-expired', reason: 'exp 5' }],
      next: undefined,
    });
  });

  test('come in pages, oldest first, each record once', async () => {
    const keys = Array.from({ length: 25 }, (_, i) => `ASIA${i}`);
    for (const key of keys) await registry.issueSession(sessionOf(key), eventOf(key));
    const seen: string[] = [];
    let after: number | undefined;
    do {
      const page = await registry.listSessions({ limit: 10, ...(after !== undefined && { after }) });
      expect(page.items.length).toBeLessThanOrEqual(10);
      seen.push(...page.items.map(({ accessKeyId }) => accessKeyId));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(keys);
  });

  test.each([0, -5, 1e9, 2.5])('a limit of %d gives between 1 and 1000', async (limit) => {
    await registry.issueSession(sessionOf('ASIA1'), eventOf('r1'));
    expect((await registry.listSessions({ limit })).items).toHaveLength(1);
  });
});

describe('A16 another account', () => {
  beforeEach(async () => {
    await registry.createRole(role);
    await registry.putIssuer(issuer);
    await registry.issueSession(sessionOf('ASIA1'), eventOf('r1'));
    await registry.issueSession(sessionOf('ASIA2', otherAccount.id), eventOf('r2', otherAccount.id));
  });

  test('sees nothing of the first, even by its ids', async () => {
    const { id } = otherAccount;
    expect(await registry.findRole(id, role.name)).toBeUndefined();
    expect(await registry.findRoleById(id, role.id)).toBeUndefined();
    expect(await registry.findIssuer(id, issuer.url)).toBeUndefined();
    expect(await registry.findSession(id, 'ASIA1')).toBeUndefined();
    expect((await registry.listSessions({ accountId: id, limit: 10 })).items).toEqual([sessionOf('ASIA2', id)]);
    expect((await registry.listAudit({ accountId: id, limit: 10 })).items).toEqual([eventOf('r2', id)]);
  });

  test.each([0, -1, -1e15, 1, 2, 1e15, Number.NaN])('A22 sees no more by a forged page marker %d', async (after) => {
    const { id } = otherAccount;
    const page = await registry.listSessions({ accountId: id, limit: 10, after }).catch(() => ({ items: [] }));
    for (const item of page.items) expect(item.accountId).toBe(id);
  });
});

test.each(["' OR 1=1 --", "'; DROP TABLE roles; --", '%', '_', '\u0000', '"', '‮', '😀'.repeat(1000)])(
  'A22 «%s» is a name like any other',
  async (name) => {
    expect(await registry.findRole(account.id, name)).toBeUndefined();
    expect(await registry.createRole({ ...role, name })).toBeUndefined();
    expect((await registry.findRole(account.id, name))?.name).toBe(name);
    expect(await registry.findRole(name, name)).toBeUndefined();
  },
);

describe('secrets and settings', () => {
  test('are kept by name, the last put counts, and names are listed by prefix without wildcards', async () => {
    await registry.putSecret('sealing/2', new Uint8Array([2]));
    await registry.putSecret('sealing/1', new Uint8Array([0]));
    await registry.putSecret('sealing/1', new Uint8Array([1]));
    await registry.putSecret('signing/1', new Uint8Array([]));
    await registry.putSetting('issuer', 'https://a');
    await registry.putSetting('issuer', 'https://b');
    expect(await registry.getSecret('sealing/1')).toEqual(new Uint8Array([1]));
    expect(await registry.getSecret('signing/1')).toEqual(new Uint8Array([]));
    expect(await registry.getSecret('sealing')).toBeUndefined();
    expect(await registry.listSecrets('sealing/')).toEqual([
      { name: 'sealing/1', sealed: new Uint8Array([1]) },
      { name: 'sealing/2', sealed: new Uint8Array([2]) },
    ]);
    expect(await registry.listSecrets('s%')).toEqual([]);
    expect(await registry.listSecrets('')).toHaveLength(3);
    expect(await registry.getSetting('issuer')).toBe('https://b');
    expect(await registry.getSetting('x')).toBeUndefined();
  });
});
