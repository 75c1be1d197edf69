// Records to put on record.
import type { Account, AuditEvent, Issuer, Role, RootKey, SessionRecord } from '../../../src/core/registry/index.ts';

export const account: Account = { id: '111122223333', name: 'first', createdAt: 1_763_700_000_000 };
export const otherAccount: Account = { id: '444455556666', name: 'second', createdAt: 1_763_700_000_001 };

export const rootKey: RootKey = {
  accessKeyId: 'AKIAAAAAAAAAAAAAAAAA',
  accountId: account.id,
  encryptedSecret: new Uint8Array([0, 1, 255]),
  createdAt: 1_763_700_000_000,
};
export const otherRootKey: RootKey = { ...rootKey, accessKeyId: 'AKIABBBBBBBBBBBBBBBB', accountId: otherAccount.id };

export const role: Role = {
  id: 'AROAAAAAAAAAAAAAAAAAA',
  accountId: account.id,
  name: 'reader',
  path: '/apps/',
  trustPolicy: '{"Version":"2012-10-17","Statement":[]}',
  permissions: [{ name: 'read', document: '{"Statement":"‘”"}' }],
  maxSessionSeconds: 3600,
  createdAt: 1_763_700_000_002,
};

export const issuer: Issuer = {
  id: 'issuer-1',
  accountId: account.id,
  url: 'https://oidc.example.com/clusters/1',
  audiences: ['podiam', 'sts.amazonaws.com'],
  jwks: '{"keys":[]}',
  createdAt: 1_763_700_000_003,
};

export function sessionOf(accessKeyId: string, accountId = account.id): SessionRecord {
  return {
    accessKeyId,
    accountId,
    roleId: role.id,
    roleArn: `arn:aws:iam::${accountId}:role/reader`,
    sessionName: 'default-app-5f7c',
    issuer: issuer.url,
    subject: 'system:serviceaccount:default:app',
    audience: 'podiam',
    issuedAt: 1_763_700_000_000,
    expiresAt: 1_763_703_600_000,
    requestId: `request-${accessKeyId}`,
    sourceAddress: '10.0.0.1',
  };
}

export function eventOf(requestId: string, accountId = account.id): AuditEvent {
  return {
    at: 1_763_700_000_000,
    requestId,
    accountId,
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: `arn:aws:iam::${accountId}:role/reader`,
    principal: 'system:serviceaccount:default:app',
    outcome: 'allowed',
    code: '',
    reason: '',
    sourceAddress: '10.0.0.1',
  };
}
