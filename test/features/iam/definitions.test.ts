// What may be put on record: accounts, issuers and roles, judged before anything is stored.
import { describe, expect, test } from 'vitest';
import { Refusal, RefusedError, refuse } from '../../../src/core/refusals/index.ts';
import { createRole, openAccount, type RoleDefinition, registerIssuer } from '../../../src/features/iam/index.ts';
import { must, newClusterKey, newPlatform } from '../platform.ts';

const key = newClusterKey();
const url = 'https://oidc.example.com/clusters/1';

async function setUp() {
  const platform = newPlatform();
  const tenant = await platform.newTenant(url, key);
  const { ports } = platform;

  const role = (changed: Partial<RoleDefinition>) =>
    createRole(ports, {
      accountId: tenant.accountId,
      name: 'second',
      trustPolicy: tenant.role.trustPolicy,
      permissions: [],
      ...changed,
    });
  const issuer = (changed: { accountId?: string; url?: string; audiences?: readonly string[] }) =>
    registerIssuer(ports, { accountId: tenant.accountId, url, audiences: ['podiam'], jwks: key.jwks, ...changed });
  return { ...platform, tenant, role, issuer };
}

const codeOf = (outcome: unknown) => (outcome instanceof Refusal ? outcome.code : 'taken');

describe('a role', () => {
  test.each<[Partial<RoleDefinition>, string]>([
    [{}, 'taken'],
    [{ path: '/' }, 'taken'],
    [{ path: '/apps/web_1/' }, 'taken'],
    [{ path: `/${'a'.repeat(510)}/` }, 'taken'],
    [{ path: `/${'a'.repeat(511)}/` }, 'role-path-unfit'],
    [{ path: '' }, 'role-path-unfit'],
    [{ path: 'no-slashes' }, 'role-path-unfit'],
    [{ path: '/no-end' }, 'role-path-unfit'],
    [{ path: 'no-start/' }, 'role-path-unfit'],
    [{ path: '//' }, 'role-path-unfit'],
    [{ path: '/a b/' }, 'role-path-unfit'],
    [{ path: '/*/' }, 'role-path-unfit'],
    [{ path: '/a\n/' }, 'role-path-unfit'],
    [{ path: '/é/' }, 'role-path-unfit'],
    [{ maxSessionSeconds: 3600 }, 'taken'],
    [{ maxSessionSeconds: 43_200 }, 'taken'],
    [{ maxSessionSeconds: 3599 }, 'role-session-unfit'],
    [{ maxSessionSeconds: 43_201 }, 'role-session-unfit'],
    [{ maxSessionSeconds: -5 }, 'role-session-unfit'],
    [{ maxSessionSeconds: 1.5 }, 'role-session-unfit'],
    [{ maxSessionSeconds: 3600.5 }, 'role-session-unfit'],
    [{ maxSessionSeconds: 1e9 }, 'role-session-unfit'],
    [{ maxSessionSeconds: Number.NaN }, 'role-session-unfit'],
    [{ accountId: '12345678901' }, 'account-id-unfit'],
    [{ accountId: '1234567890123' }, 'account-id-unfit'],
    [{ accountId: 'mine' }, 'account-id-unfit'],
    [{ accountId: '111122223333' }, 'registry-account-unknown'],
    [{ name: 'a/b' }, 'role-name-unfit'],
    [{ name: 'a'.repeat(65) }, 'role-name-unfit'],
  ])('%j is %s', async (changed, code) => {
    const { role } = await setUp();
    expect(codeOf(await role(changed))).toBe(code);
  });
});

describe('an issuer', () => {
  test.each([
    [url, 'taken'],
    ['https://a', 'taken'],
    ['https://a/', 'taken'],
    ['https://oidc.example.com:8443/x', 'taken'],
    ['https://oidc.example.com:443', 'taken'],
    ['https://[2001:db8::1]:6443', 'taken'],
    ['HTTPS://A', 'issuer-url-unfit'],
    ['http://a', 'issuer-url-unfit'],
    ['https:a', 'issuer-url-unfit'],
    ['https:/a', 'issuer-url-unfit'],
    ['https:///a', 'issuer-url-unfit'],
    ['https://', 'issuer-url-unfit'],
    ['https://:443', 'issuer-url-unfit'],
    ['https://a:', 'issuer-url-unfit'],
    ['https://a:99999', 'issuer-url-unfit'],
    ['https://u@a/', 'issuer-url-unfit'],
    ['https://:p@a/', 'issuer-url-unfit'],
    ['https://@a/', 'issuer-url-unfit'],
    ['https://a\n', 'issuer-url-unfit'],
    ['https://a\t/b', 'issuer-url-unfit'],
    [' https://a', 'issuer-url-unfit'],
    ['https://a/ b', 'issuer-url-unfit'],
    ['https://a\u00A0', 'issuer-url-unfit'],
    ['https://é.example', 'issuer-url-unfit'],
    ['https://a\\b', 'issuer-url-unfit'],
    ['https://a/b\\c', 'issuer-url-unfit'],
    ['https://a?', 'issuer-url-unfit'],
    ['https://a/#x', 'issuer-url-unfit'],
    [`https://a/${'b'.repeat(250)}`, 'issuer-url-unfit'],
  ])('%j is %s', async (candidate, code) => {
    const { issuer } = await setUp();
    const outcome = await issuer({ url: candidate });
    expect(codeOf(outcome)).toBe(code);
    if (!(outcome instanceof Refusal)) expect(outcome.url).toBe(candidate);
  });

  test.each([
    [['a', 'b'.repeat(255)], 'taken'],
    [[''], 'issuer-audience-unfit'],
    [['a', ''], 'issuer-audience-unfit'],
    [['b'.repeat(256)], 'issuer-audience-unfit'],
    [[], 'issuer-audiences-unfit'],
    [Array.from({ length: 101 }, (_, i) => `a${i}`), 'issuer-audiences-unfit'],
  ])('with the audiences %j is %s', async (audiences, code) => {
    const { issuer } = await setUp();
    expect(codeOf(await issuer({ audiences }))).toBe(code);
  });

  test('is registered for an account of twelve digits', async () => {
    const { issuer } = await setUp();
    expect(codeOf(await issuer({ accountId: 'mine' }))).toBe('account-id-unfit');
  });
});

describe('an account', () => {
  test('is not left behind without its key where that is taken already', async () => {
    const { ports } = newPlatform();
    const bytes = (fill: number) => (count: number) => new Uint8Array(count).fill(count === 8 ? fill : 7);
    const first = must(await openAccount({ ...ports, randomBytes: bytes(1) }, 'first'));
    const second = await openAccount({ ...ports, randomBytes: bytes(2) }, 'second');
    expect(second).toMatchObject({ code: 'registry-duplicate' });
    expect((await ports.registry.accounts.list({ limit: 10 })).items).toEqual([first.account]);
  });

  test('tells no key where the registry failed', async () => {
    const { ports } = newPlatform();
    const failure = new RefusedError(refuse('registry-unavailable', {}, 'database or disk is full'));
    const registry = { ...ports.registry, accounts: { open: () => Promise.reject(failure) } };
    await expect(openAccount({ ...ports, registry }, 'first')).rejects.toBe(failure);
  });
});
