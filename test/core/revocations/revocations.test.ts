import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RevocationScope } from '../../../src/core/registry/index.ts';
import { type RevocableSession, Revocations } from '../../../src/core/revocations/index.ts';

const session: RevocableSession = {
  accountId: '111122223333',
  accessKeyId: 'ASIAAAAAAAAAAAAAAAAA',
  ancestors: ['ASIABBBBBBBBBBBBBBBB'],
  roleId: 'AROAAAAAAAAAAAAAAAAAA',
  issuer: 'https://oidc.example.com/c1',
  subject: 'system:serviceaccount:default:my-app',
  issuedAt: 1000,
};
const other: RevocableSession = {
  accountId: '111122223333',
  accessKeyId: 'ASIACCCCCCCCCCCCCCCC',
  ancestors: [],
  roleId: 'AROABBBBBBBBBBBBBBBBB',
  issuer: 'https://oidc.example.com/c2',
  subject: 'system:serviceaccount:default:other',
  issuedAt: 1000,
};

const scopes: readonly (readonly [string, RevocationScope, string])[] = [
  ['the session', { kind: 'session', accessKeyId: session.accessKeyId }, 'itself'],
  [
    'a session that it was chained from',
    { kind: 'session', accessKeyId: 'ASIABBBBBBBBBBBBBBBB' },
    'a session that it was chained from',
  ],
  ['its role', { kind: 'role', roleId: session.roleId }, 'its role'],
  ['its cluster', { kind: 'issuer', issuer: session.issuer }, 'its cluster'],
  [
    'its service account in its cluster',
    { kind: 'service-account', subject: session.subject, issuer: session.issuer },
    'its service account',
  ],
  [
    'its service account in every cluster',
    { kind: 'service-account', subject: session.subject },
    'its service account',
  ],
];

describe('A7 a session is revoked', () => {
  test.each(scopes)('with %s, and no other of the account', (_, scope, reason) => {
    const revocations = new Revocations();
    revocations.add({ accountId: session.accountId, scope, issuedBefore: 1001 });
    expect(revocations.find(session)).toBe(reason);
    expect(revocations.find(other)).toBeUndefined();
  });

  test.each(scopes)('A10 with %s in its own account only', (_, scope) => {
    const revocations = new Revocations();
    revocations.add({ accountId: '999988887777', scope, issuedBefore: 1001 });
    expect(revocations.find(session)).toBeUndefined();
  });

  test('with its account, and with everything before a time', () => {
    const revocations = new Revocations();
    revocations.add({ accountId: session.accountId, scope: { kind: 'account' }, issuedBefore: 1001 });
    expect(revocations.find(session)).toBe('its account');
    expect(revocations.find({ ...session, accountId: '999988887777' })).toBeUndefined();
    revocations.add({ scope: { kind: 'account' }, issuedBefore: 1001 });
    expect(revocations.find({ ...session, accountId: '999988887777' })).toBe('everything issued before a time');
  });

  test('where it was issued before the time, and not where it was issued at it', () => {
    const revocations = new Revocations();
    revocations.add({
      accountId: session.accountId,
      scope: { kind: 'role', roleId: session.roleId },
      issuedBefore: 1000,
    });
    expect(revocations.find(session)).toBeUndefined();
    expect(revocations.find({ ...session, issuedAt: 999 })).toBe('its role');
  });

  test('with a service account of one cluster, and not with its namesake in another', () => {
    const revocations = new Revocations();
    const scope = { kind: 'service-account', subject: session.subject, issuer: other.issuer } as const;
    revocations.add({ accountId: session.accountId, scope, issuedBefore: 1001 });
    expect(revocations.find(session)).toBeUndefined();
  });

  test('whatever is revoked later, and in whatever order it is heard of', () => {
    const times = fc.array(
      fc.record({ scope: fc.constantFrom(...scopes.map(([, scope]) => scope)), at: fc.nat(2000) }),
    );
    fc.assert(
      fc.property(times, (list) => {
        const one = new Revocations();
        const two = new Revocations();
        for (const { scope, at } of list) one.add({ accountId: session.accountId, scope, issuedBefore: at });
        for (const { scope, at } of list.toReversed())
          two.add({ accountId: session.accountId, scope, issuedBefore: at });
        expect(one.find(session)).toBe(two.find(session));
        const byHand = list.some(
          ({ scope, at }) =>
            at > session.issuedAt || (scope.kind === 'session' && scope.accessKeyId !== session.accessKeyId),
        );
        expect(one.find(session) !== undefined).toBe(byHand);
      }),
    );
  });
});
