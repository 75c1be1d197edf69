// Decisions on whole policies: who decided, why, and whom a statement is about.
import { describe, expect, test } from 'vitest';
import { evaluate, evaluateSession, type NamedPolicy, type Principal } from '../../../src/core/policy/index.ts';
import { contextOf, type Json, stored, written } from './judging.ts';

const host = 'cluster.example/id/1';
const provider = `arn:aws:iam::111122223333:oidc-provider/${host}`;
const web = 'system:serviceaccount:shop:web';

const allowWeb: Json = {
  Sid: 'AllowWeb',
  Effect: 'Allow',
  Principal: { Federated: provider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${host}:sub`]: web, [`${host}:aud`]: 'podiam' } },
};

const trust = (...statements: readonly Json[]): NamedPolicy => ({
  name: 'the trust policy of role web',
  policy: stored({ Version: '2012-10-17', Statement: statements }, 'trust'),
});

function exchange(sub: string, changes: { aud?: string; provider?: string; action?: string } = {}) {
  return {
    action: changes.action ?? 'sts:AssumeRoleWithWebIdentity',
    principal: { type: 'Federated' as const, id: changes.provider ?? provider },
    context: contextOf({ [`${host}:sub`]: sub, [`${host}:aud`]: changes.aud ?? 'podiam' }),
  };
}

describe('a trust policy decides, and says why', () => {
  test('allowed, by the statement named', () => {
    expect(evaluate([trust(allowWeb)], exchange(web))).toEqual({
      outcome: 'allowed',
      basis: 'allow',
      reason: 'the trust policy of role web, Statement[0] "AllowWeb" allows it',
      policy: 'the trust policy of role web',
      statement: 'Statement[0] "AllowWeb"',
    });
  });

  test.each([
    [
      'another subject',
      exchange('system:serviceaccount:shop:db'),
      `StringEquals on ${host}:sub expects "${web}", the request has "system:serviceaccount:shop:db"`,
    ],
    [
      'A4 another audience',
      exchange(web, { aud: 'other' }),
      `StringEquals on ${host}:aud expects "podiam", the request has "other"`,
    ],
    [
      'A9 the same subject from another tenant’s issuer',
      exchange(web, { provider: `arn:aws:iam::999999999999:oidc-provider/${host}` }),
      `it is for Federated "${provider}", the request comes from Federated "arn:aws:iam::999999999999:oidc-provider/${host}"`,
    ],
    [
      'another action',
      exchange(web, { action: 'sts:TagSession' }),
      'it is about "sts:AssumeRoleWithWebIdentity", the request is "sts:TagSession"',
    ],
    ['no subject', { ...exchange(web), context: contextOf({}) }, `${host}:sub expects "${web}", the request has none`],
    ['an endless subject', exchange('x'.repeat(5000)), `the request has "${'x'.repeat(100)}…"`],
  ])('%s: refused, with what the nearest statement wanted', (_, request, why) => {
    const decision = evaluate([trust(allowWeb, { ...allowWeb, Sid: 'Far', Principal: { Federated: 'q' } })], request);
    expect(decision.outcome).toBe('refused');
    expect(decision.basis).toBe('implicit-deny');
    expect(decision.reason).toContain(why);
  });

  test('of several statements the one that came furthest is named', () => {
    const far = { ...allowWeb, Sid: 'Far', Action: 'sts:TagSession' };
    const near = {
      ...allowWeb,
      Sid: 'Near',
      Condition: { StringEquals: { [`${host}:aud`]: 'podiam', [`${host}:sub`]: web } },
    };
    const { reason } = evaluate([trust(far, allowWeb, near)], exchange('x'));
    expect(reason).toMatch(/^no statement allows it; nearest is the trust policy of role web, Statement\[2\] "Near": /);
  });

  test('an explicit Deny wins over every Allow', () => {
    const deny = { ...allowWeb, Sid: 'NotNow', Effect: 'Deny', Condition: {} };
    expect(evaluate([trust(allowWeb), { ...trust(deny), name: 'guard' }], exchange(web))).toEqual({
      outcome: 'refused',
      basis: 'explicit-deny',
      reason: 'guard, Statement[0] "NotNow" denies it',
      policy: 'guard',
      statement: 'Statement[0] "NotNow"',
    });
  });

  test('A15 a Deny that is not understood denies, and says what was not understood', () => {
    const deny = { ...allowWeb, Sid: 'Later', Effect: 'Deny', Condition: { StringSounds: { [`${host}:sub`]: 'x' } } };
    const { outcome, reason } = evaluate([trust(allowWeb, deny)], exchange(web));
    expect(outcome).toBe('refused');
    expect(reason).toContain(
      'denies it, since it cannot be judged: In the trust policy, Statement[1].Condition.StringSounds',
    );
  });

  test('without policies, and with nothing but a Deny that does not match, all is refused', () => {
    const refused = { outcome: 'refused', basis: 'implicit-deny', reason: 'no statement allows it: there is no Allow' };
    expect(evaluate([], exchange(web))).toEqual(refused);
    const deny = { ...allowWeb, Effect: 'Deny', Action: 'sts:TagSession' };
    expect(evaluate([trust(deny)], exchange(web))).toEqual(refused);
  });
});

const role = 'arn:aws:iam::111122223333:role/ci';
const asRole: Principal = { type: 'AWS', id: role };
const asPod: Principal = { type: 'Federated', id: provider };
const asService: Principal = { type: 'Service', id: 'compute.example' };

describe('whom a statement is about', () => {
  const everyoneElse = undefined;
  test.each<[Json | string, Principal | undefined, boolean]>([
    [{ Federated: provider }, asPod, true],
    [{ Federated: provider.toUpperCase() }, asPod, false],
    [{ Federated: `${provider}/` }, asPod, false],
    [{ Federated: provider.slice(0, -1) }, asPod, false],
    [{ AWS: provider }, asPod, false],
    [{ Federated: ['x', provider] }, asPod, true],
    [{ AWS: role }, asRole, true],
    [{ AWS: '111122223333' }, asRole, true],
    [{ AWS: 'arn:aws:iam::111122223333:root' }, asRole, true],
    [{ AWS: 'arn:aws-cn:iam::111122223333:root' }, asRole, false],
    [{ AWS: '999999999999' }, asRole, false],
    [{ AWS: '111122223333' }, asPod, false],
    [{ Service: 'compute.example' }, asService, true],
    [{ Service: 'compute.example' }, asRole, false],
    ['*', asPod, true],
    ['*', everyoneElse, true],
    [{ AWS: '*' }, asPod, true],
    [{ Federated: '*' }, asPod, true],
    [{ Federated: '*' }, asRole, false],
    [{ Federated: '*' }, everyoneElse, false],
    [{ AWS: role, Federated: provider }, asPod, true],
  ])(
    'Principal %j, and the request comes from %j: %s, and NotPrincipal the contrary',
    (wanted, principal, expected) => {
      const ask = (element: string) => {
        const policy = written({ Statement: { Effect: 'Allow', [element]: wanted, Action: '*' } }, 'trust');
        const request = { action: 'sts:AssumeRole', context: contextOf({}), ...(principal && { principal }) };
        return evaluate([{ name: 'p', policy }], request).outcome === 'allowed';
      };
      expect(ask('Principal')).toBe(expected);
      expect(ask('NotPrincipal')).toBe(!expected);
    },
  );
});

describe('A14 a session may do what its role, its boundary and its session policy all allow', () => {
  const policy = (name: string, effect: string, action: string): NamedPolicy => ({
    name,
    policy: written({ Version: '2012-10-17', Statement: { Effect: effect, Action: action, Resource: '*' } }),
  });
  const identity = [policy('role', 'Allow', '*')];
  const get = { action: 's3:GetObject', context: contextOf({}) };
  const may = policy('may', 'Allow', 's3:Get*');
  const mayOther = policy('other', 'Allow', 'ec2:*');
  const mayNot = policy('never', 'Deny', 's3:*');

  test.each([
    ['the role alone', { identity }, 'allowed', 'role, Statement allows it'],
    ['nothing', { identity: [] }, 'refused', 'there is no Allow'],
    ['a boundary that allows', { identity, boundary: [may] }, 'allowed', 'role'],
    ['a boundary that does not', { identity, boundary: [mayOther] }, 'refused', 'nearest is other'],
    ['a session policy that allows', { identity, session: [may] }, 'allowed', 'role'],
    ['one of two session policies', { identity, session: [mayOther, may] }, 'allowed', 'role'],
    [
      'a session policy that does not',
      { identity, boundary: [may], session: [mayOther] },
      'refused',
      'nearest is other',
    ],
    ['an empty session policy list', { identity, session: [] }, 'refused', 'there is no Allow'],
    ['a session policy cannot give', { identity: [mayOther], session: [may] }, 'refused', 'nearest is other'],
    ['a boundary cannot give', { identity: [], boundary: [may] }, 'refused', 'there is no Allow'],
    [
      'a Deny of the role',
      { identity: [...identity, mayNot], session: [may] },
      'refused',
      'never, Statement denies it',
    ],
    ['a Deny of the boundary', { identity, boundary: [may, mayNot] }, 'refused', 'never, Statement denies it'],
    ['a Deny of the session policy', { identity, session: [may, mayNot] }, 'refused', 'never, Statement denies it'],
  ])('%s: %o: %s', (_, policies, outcome, reason) => {
    const decision = evaluateSession(policies, get);
    expect(decision.outcome).toBe(outcome);
    expect(decision.reason).toContain(reason);
  });
});
