// Records to put on record.
import type { Account, AuditEvent, SealedSecret, SessionRecord } from '../../../src/core/registry/index.ts';
import type { NewIssuer, NewPolicy, NewRevocation, NewRole, NewRootKey, Registry } from '../../../src/io/sql/index.ts';

export const noon = 1_763_700_000_000;

export const account: Account = { id: '111122223333', name: 'first', createdAt: noon };
export const otherAccount: Account = { id: '444455556666', name: 'second', createdAt: noon + 1 };

export const sealed = (...bytes: number[]): SealedSecret => ({ keyId: 'k1', sealed: new Uint8Array(bytes) });

export const rootKey: NewRootKey = {
  accessKeyId: 'AKIAAAAAAAAAAAAAAAAA',
  secret: sealed(0, 1, 255),
  status: 'active',
  createdAt: noon,
};
export const otherRootKey: NewRootKey = { ...rootKey, accessKeyId: 'AKIABBBBBBBBBBBBBBBB' };

export const role: NewRole = {
  id: 'AROAAAAAAAAAAAAAAAAAA',
  uuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  name: 'Reader',
  path: '/apps/',
  trustPolicy: '{"Version":"2012-10-17","Statement":[]}',
  maxSessionSeconds: 3600,
  description: 'reads ‘everything’',
  tags: [{ key: 'Team', value: 'ä' }],
  createdAt: noon + 2,
};

export const named = (name: string, number: number, more: Partial<NewRole> = {}): NewRole => ({
  ...role,
  id: `AROA${String(number).padStart(17, '0')}`,
  uuid: `3f2504e0-4f89-41d3-9a0c-${String(number).padStart(12, '0')}`,
  name,
  ...more,
});

export const policy: NewPolicy = {
  id: 'ANPAAAAAAAAAAAAAAAAAA',
  name: 'Look',
  path: '/',
  description: '',
  tags: [],
  createdAt: noon + 3,
};

export const issuer: NewIssuer = {
  id: 'issuer-1',
  kind: 'external',
  url: 'https://oidc.example.com/clusters/1',
  sourceId: '',
  audiences: ['podiam', 'sts.amazonaws.com'],
  thumbprints: [],
  tags: [{ key: 'env', value: 'prod' }],
  jwks: '{"keys":[]}',
  settings: { isCluster: true, tokenReview: { url: 'https://10.0.0.1:6443' } },
  createdAt: noon + 4,
};

export const revocation: NewRevocation = {
  id: 'revocation-1',
  scope: { kind: 'role', roleId: role.id },
  issuedBefore: noon,
  createdAt: noon,
  endsAt: noon + 43_200_000,
  createdBy: 'operator',
  reason: 'a key leaked',
};

export function sessionOf(accessKeyId: string, accountId = account.id): SessionRecord {
  return {
    accessKeyId,
    accountId,
    roleId: role.id,
    roleArn: `arn:aws:iam::${accountId}:role/apps/Reader`,
    sessionName: 'default-app-5f7c',
    issuer: issuer.url,
    subject: 'system:serviceaccount:default:app',
    audience: 'podiam',
    issuedAt: noon,
    expiresAt: noon + 3_600_000,
    requestId: `request-${accessKeyId}`,
    sourceAddress: '10.0.0.1',
  };
}

export function eventOf(requestId: string, accountId = account.id): AuditEvent {
  return {
    at: noon,
    requestId,
    accountId,
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: `arn:aws:iam::${accountId}:role/apps/Reader`,
    principal: 'system:serviceaccount:default:app',
    outcome: 'allowed',
    code: '',
    reason: '',
    sourceAddress: '10.0.0.1',
  };
}

/** Both accounts, open, each with a key. */
export async function openAccounts(registry: Registry): Promise<void> {
  await registry.accounts.open(account, rootKey);
  await registry.accounts.open(otherAccount, otherRootKey);
}
