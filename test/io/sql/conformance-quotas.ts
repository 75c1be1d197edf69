// What every engine of the registry does alike: how much an account may keep, however many ask at the same moment.
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { defaultQuotas, fixedQuotas, type Quotas } from '../../../src/core/registry/index.ts';
import { type Engine, must, useRegistry } from './engine.ts';
import { account, issuer, named, noon, otherAccount, policy, role } from './records.ts';

const quotas: Quotas = {
  RolesPerAccount: 3,
  PoliciesPerAccount: 4,
  OpenIDConnectProvidersPerAccount: 2,
  PoliciesPerRole: 2,
  ACLSizePerRole: 1024,
};

/** How many of `count` calls that are made at once are taken; the others are refused with what `refusal` says. */
async function takenOf(
  count: number,
  call: (index: number) => Promise<unknown>,
  refusal: Readonly<Record<string, unknown>>,
): Promise<number> {
  const outcomes = await Promise.all(Array.from({ length: count }, (_, index) => call(index)));
  const refused = outcomes.filter((outcome) => outcome instanceof Refusal);
  for (const one of refused) expect(one).toMatchObject({ status: 409, wire: 'LimitExceeded', ...refusal });
  return count - refused.length;
}

const exceeded = (quota: keyof Quotas) => ({ sentence: `Cannot exceed quota for ${quota}: ${quotas[quota]}.` });

export function describeQuotas({ name, open, close }: Engine): void {
  describe('quotas', () => {
    const registry = useRegistry({ name, open: () => open(quotas), close });
    const own = () => registry().account(account.id);
    const newPolicy = (i: number) => ({ ...policy, id: `ANPA${i}`, name: `p${i}` });

    test('of roles, policies and providers hold among many that are made at once, for each account by itself', async () => {
      const other = registry().account(otherAccount.id);
      const newIssuer = (i: number) => ({ ...issuer, id: `issuer-${i}`, url: `https://oidc.example.com/${i}` });
      const roles = (i: number) => own().roles.create(named(`r${i}`, i));
      const policies = (i: number) => own().policies.create(newPolicy(i), '{}');
      const providers = (i: number) => own().issuers.create(newIssuer(i));
      expect(await takenOf(8, roles, exceeded('RolesPerAccount'))).toBe(3);
      expect(await takenOf(8, policies, exceeded('PoliciesPerAccount'))).toBe(4);
      expect(await takenOf(8, providers, exceeded('OpenIDConnectProvidersPerAccount'))).toBe(2);
      expect(await own().counts()).toEqual({ roles: 3, policies: 4, policyVersions: 4, providers: 2 });
      must(await other.roles.create(named('r0', 100)));
      expect(await other.counts()).toEqual({ roles: 1, policies: 0, policyVersions: 0, providers: 0 });
    });

    test('are given back by what is deleted; a name that is there already is told as such', async () => {
      for (const i of [1, 2, 3]) must(await own().roles.create(named(`r${i}`, i)));
      expect(await own().roles.create(named('R1', 9))).toMatchObject({ code: 'registry-duplicate' });
      expect(await own().roles.create(named('r4', 4))).toMatchObject({ code: 'iam-quota-exceeded' });
      expect(await own().roles.find('r4')).toBeUndefined();
      expect(await own().roles.remove('r1')).toBeUndefined();
      must(await own().roles.create(named('r4', 4)));
    });

    test('count a URL once, however many clusters stand behind it', async () => {
      for (const i of [1, 2, 3]) {
        must(await own().issuers.create({ ...issuer, id: `vke-${i}`, kind: 'vke', sourceId: `c${i}` }));
      }
      const second = { ...issuer, id: 'second', url: 'https://oidc.example.com/2' };
      must(await own().issuers.create(second));
      const third = { ...issuer, id: 'third', url: 'https://oidc.example.com/3' };
      expect(await own().issuers.create(third)).toMatchObject(exceeded('OpenIDConnectProvidersPerAccount'));
      must(await own().issuers.create({ ...issuer, id: 'vke-4', kind: 'vke', sourceId: 'c4' }));
      expect((await own().counts()).providers).toBe(2);
    });

    test('of what one role or policy is given hold among many at once', async () => {
      must(await own().roles.create(role));
      for (const i of [0, 1, 2, 3]) must(await own().policies.create(newPolicy(i), '{}'));
      const attach = (i: number) => own().rolePolicies.attach('Reader', `p${i}`, noon);
      expect(await takenOf(4, attach, exceeded('PoliciesPerRole'))).toBe(2);
      const version = () => own().policies.addVersion('p0', { document: '{}', asDefault: false }, { at: noon });
      expect(await takenOf(8, version, { code: 'iam-versions-limit' })).toBe(fixedQuotas.versionsPerPolicy - 1);
    });

    test('of sizes count characters without white space, of all inline policies of a role together', async () => {
      const long = (size: number) => `{"a": \n "${'x'.repeat(size - 8)}"}`;
      must(await own().roles.create({ ...role, trustPolicy: long(1024) }));
      const larger = { trustPolicy: long(1025) };
      expect(await own().roles.update('Reader', larger, { at: noon })).toMatchObject(exceeded('ACLSizePerRole'));
      expect(await own().roles.create(named('r', 1, larger))).toMatchObject(exceeded('ACLSizePerRole'));

      const put = (i: number) =>
        own().rolePolicies.putInline(
          'Reader',
          { name: `i${i}`, document: long(fixedQuotas.inlinePolicySize / 4) },
          noon,
        );
      expect(await takenOf(8, put, { code: 'iam-inline-too-large' })).toBe(4);
      const kept = (await own().rolePolicies.listInline('Reader', { limit: 9 })) ?? [];
      const [first] = must(kept).items;
      expect(await own().rolePolicies.putInline('Reader', { name: first?.name ?? '', document: '{}' }, noon)).toBe(
        undefined,
      );
      const inline = [0, 1].map((i) => ({ name: `i${i}`, document: long(fixedQuotas.inlinePolicySize / 2 + 1) }));
      expect(await own().roles.create(named('s', 2), inline)).toMatchObject({ code: 'iam-inline-too-large' });

      const managed = { sentence: `Cannot exceed quota for PolicySize: ${fixedQuotas.managedPolicySize}.` };
      must(await own().policies.create(policy, long(fixedQuotas.managedPolicySize)));
      const document = long(fixedQuotas.managedPolicySize + 1);
      expect(await own().policies.create(newPolicy(2), document)).toMatchObject(managed);
      expect(await own().policies.addVersion('Look', { document, asDefault: true }, { at: noon })).toMatchObject(
        managed,
      );
    });
  });

  test('the quotas of a registry that is told none are AWS’s, but for the size of trust policies', async () => {
    const registry = await open();
    expect(registry.account(account.id).quotas).toEqual(defaultQuotas);
    await close(registry);
  });
}
