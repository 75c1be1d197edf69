// One request of a role session: from what is stored of its policies to the decision and its reason.
import { describe, expect, test } from 'vitest';
import {
  type GatheredPolicies,
  judgeRequest,
  readSessionPolicies,
  sessionContext,
} from '../../../src/core/authorization/index.ts';
import type { SessionFacts } from '../../../src/core/credentials/index.ts';
import { policyCache } from '../../../src/core/policy/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import type { PermissionPolicy, Role } from '../../../src/core/registry/index.ts';

const issuedAt = Date.UTC(2030, 0, 1);

const session: SessionFacts = {
  accountId: '111122223333',
  roleId: 'AROAEXAMPLEEXAMPLEEXA',
  roleName: 'web',
  rolePath: '/shop/',
  partition: 'aws',
  sessionName: 'web-7',
  secretAccessKey: 'secret',
  issuedAt,
  expiresAt: issuedAt + 3_600_000,
  issuer: 'https://cluster.example',
  subject: 'system:serviceaccount:shop:web',
  tags: { 'kubernetes-namespace': 'shop', Team: 'blue' },
};

const circumstances = { now: issuedAt + 60_500, sourceAddress: '192.0.2.7', encrypted: true };

describe('the condition keys of a session', () => {
  test('tell its role, its tags and how the request came', () => {
    expect(Object.fromEntries(sessionContext({ ...session, sourceIdentity: 'ana' }, circumstances))).toEqual({
      'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/shop/web'],
      'aws:PrincipalAccount': ['111122223333'],
      'aws:PrincipalType': ['AssumedRole'],
      'aws:userid': ['AROAEXAMPLEEXAMPLEEXA:web-7'],
      'aws:TokenIssueTime': ['2030-01-01T00:00:00.000Z'],
      'aws:CurrentTime': ['2030-01-01T00:01:00.500Z'],
      'aws:EpochTime': ['1893456060'],
      'aws:SecureTransport': ['true'],
      'aws:SourceIp': ['192.0.2.7'],
      'aws:SourceIdentity': ['ana'],
      'aws:PrincipalTag/kubernetes-namespace': ['shop'],
      'aws:PrincipalTag/Team': ['blue'],
    });
  });

  test('have none for what is not known', () => {
    const context = sessionContext(session, { ...circumstances, sourceAddress: '' });
    expect([context.has('aws:SourceIp'), context.has('aws:SourceIdentity')]).toEqual([false, false]);
  });
});

const role: Role = {
  id: session.roleId,
  uuid: '00000000-0000-4000-8000-000000000001',
  accountId: session.accountId,
  name: session.roleName,
  path: session.rolePath,
  trustPolicy: '{}',
  maxSessionSeconds: 3600,
  description: '',
  tags: [],
  createdAt: issuedAt,
  updatedAt: issuedAt,
  revision: 1,
};

const policy = (name: string, effect: string, action: string): PermissionPolicy => ({
  name,
  document: JSON.stringify({ Version: '2012-10-17', Statement: { Effect: effect, Action: action, Resource: '*' } }),
});

const all = policy('all', 'Allow', '*');
const reads = policy('reads', 'Allow', 's3:Get*');
const writes = policy('writes', 'Allow', 's3:Put*');
const torn: PermissionPolicy = { name: 'torn', document: '{"Statement":[' };

const access = (changes: Partial<Omit<NonNullable<GatheredPolicies['access']>, 'role'>> = {}) => ({
  role,
  inline: [all],
  attached: [],
  boundary: undefined,
  ...changes,
});

const gathered = (changes: Partial<GatheredPolicies> = {}): GatheredPolicies => ({
  access: access(),
  sessionPolicy: undefined,
  managed: [],
  ...changes,
});

const ask = (stored: GatheredPolicies) => {
  const operation = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };
  const policies = readSessionPolicies(stored, policyCache(10));
  return judgeRequest({ session, operation, policies, ...circumstances });
};

describe('what is stored of a session’s policies decides', () => {
  test.each<[string, Partial<GatheredPolicies>, string]>([
    ['an inline policy', {}, 'all, Statement allows it'],
    ['an attached policy', { access: access({ inline: [], attached: [reads] }) }, 'reads, Statement allows it'],
    ['a boundary that allows it', { access: access({ boundary: reads }) }, 'all, Statement allows it'],
    ['a session policy that allows it', { sessionPolicy: reads.document }, 'all, Statement allows it'],
    ['one of the managed policies of a narrowing', { managed: [writes, reads] }, 'all, Statement allows it'],
  ])('%s: allowed', (_, changes, reason) => {
    expect(ask(gathered(changes))).toEqual({ reason });
  });

  test.each<[string, Partial<GatheredPolicies>, string]>([
    ['no policy', { access: access({ inline: [] }) }, 'there is no Allow'],
    ['A14 a boundary that does not allow it', { access: access({ boundary: writes }) }, 'nearest is writes'],
    [
      'A14 a session policy that does not allow it',
      { sessionPolicy: writes.document },
      'nearest is the session policy',
    ],
    ['A14 a managed policy of a narrowing that does not', { managed: [writes] }, 'nearest is writes'],
    ['A15 a policy that cannot be read beside one that allows', { access: access({ attached: [torn] }) }, 'no Allow'],
    ['A15 a boundary that cannot be read', { access: access({ boundary: torn }) }, 'no Allow'],
    ['A15 a session policy that cannot be read', { sessionPolicy: torn.document }, 'no Allow'],
    ['A15 a managed policy of a narrowing that is gone', { managed: [reads, 'missing'] }, 'no Allow'],
  ])('%s: refused', (_, changes, why) => {
    const refusal = ask(gathered(changes));
    if (!(refusal instanceof Refusal)) throw new Error('it is allowed');
    expect(refusal.code).toBe('gateway-not-allowed');
    expect(String(refusal.cause)).toContain(why);
  });

  test('a role that is gone: refused, whatever its policies were', () => {
    expect(ask(gathered({ access: undefined }))).toMatchObject({ code: 'gateway-role-gone' });
  });
});
