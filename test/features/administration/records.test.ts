import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Revocations } from '../../../src/core/revocations/index.ts';
import { newClusterKey, noon } from '../platform.ts';
import { clusterKey, newApi } from './api.ts';

const uri = 'https://oidc.example.com/clusters/1';
const jwkOf = ({ jwks }: { readonly jwks: string }) =>
  z.object({ keys: z.array(z.looseObject({ kid: z.string() })) }).parse(JSON.parse(jwks)).keys[0];
const jwk = jwkOf(clusterKey);
const trust = (accountId: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/oidc.example.com/clusters/1` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'oidc.example.com/clusters/1:sub': 'system:serviceaccount:default:my-app',
          'oidc.example.com/clusters/1:aud': 'podiam',
        },
      },
    },
  ],
});

async function owner() {
  const api = await newApi();
  const account = await api.newAccount('one');
  const { bearer } = account;
  const call = (method: string, target: string, body?: unknown) => api.send(method, target, { bearer, body });
  return { ...api, ...account, call };
}

describe('issuers', () => {
  test('an external cluster with one key, whole or within `issuer`, as Vultr’s clients send it', async () => {
    const { call, fetched } = await owner();
    const made = await call('POST', '/v2/oidc/issuer', { issuer: { source: 'external', uri, ...jwk } });
    expect(made).toMatchObject({
      status: 201,
      json: { issuer: { source: 'external', uri, audiences: ['podiam'], keys: [{ kid: clusterKey.keyId }] } },
    });
    const id = made.json.issuer?.id;
    expect((await call('GET', `/v2/oidc/issuer/${id}`)).json).toEqual(made.json);
    expect((await call('GET', '/v2/oidc/issuer')).json.issuers).toEqual([made.json.issuer]);
    expect(await call('POST', '/v2/oidc/issuer', { source: 'external', uri, keys: [jwk] })).toMatchObject({
      status: 409,
      json: { code: 'EntityAlreadyExists' },
    });
    const other = jwkOf(newClusterKey());
    const pushed = await call('PATCH', `/v2/oidc/issuer/${id}`, { keys: [other], revision: 1 });
    expect(pushed.json.issuer).toMatchObject({ revision: 2, keys: [{ kid: other?.kid }] });
    expect((await call('PATCH', `/v2/oidc/issuer/${id}`, { keys: [jwk], revision: 1 })).status).toBe(409);
    expect((await call('DELETE', `/v2/oidc/issuer/${id}`)).status).toBe(204);
    expect((await call('GET', `/v2/oidc/issuer/${id}`)).status).toBe(404);
    expect(fetched).toEqual([]);
  });

  test('A21 keys that are longer than keys are, and an address of them that is, are refused before they are kept', async () => {
    const { call } = await owner();
    const long = { ...jwk, x5c: ['A'.repeat(70_000)] };
    const tooLong = (fields: string) => ({ status: 400, json: { message: expect.stringContaining(fields) } });
    const register = (more: object) => call('POST', '/v2/oidc/issuer', { source: 'external', uri, ...more });
    expect(await register({ keys: [long] })).toMatchObject(tooLong('keys: have more than 65536 characters'));
    const jwks_uri = `https://oidc.example.com/${'a'.repeat(3000)}`;
    expect(await register({ keys: [jwk], jwks_uri })).toMatchObject(tooLong('jwks_uri: '));
    const made = await register({ keys: [jwk] });
    const changed = await call('PATCH', `/v2/oidc/issuer/${made.json.issuer?.id}`, { keys: [long] });
    expect(changed).toMatchObject(tooLong('keys: have more than 65536 characters'));
  });

  test('a cluster of the platform’s own is looked up by the pattern of the configuration', async () => {
    const { accountId, call, fetched, ports } = await owner();
    const first = await call('POST', '/v2/oidc/issuer', { source: 'vke', source_id: 'c-1' });
    const second = await call('POST', '/v2/oidc/issuer', { source: 'vke', source_id: 'c-2', audiences: ['vultr'] });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(fetched).toEqual([
      `https://api.example.com/clusters/${accountId}/c-1/keys`,
      `https://api.example.com/clusters/${accountId}/c-2/keys`,
    ]);
    // One URL for both: the clusters are told apart by their ids.
    const both = await ports.registry.account(accountId).issuers.withUrl('https://api.example.com/v2/oidc');
    expect(both.map(({ sourceId }) => sourceId).sort()).toEqual(['c-1', 'c-2']);
  });

  test.each([
    ['nothing', {}, 'source'],
    ['a source that is not known', { source: 'eks' }, 'source'],
    ['no URL', { source: 'external', uri: 'oidc.example.com', ...jwk }, 'uri'],
    ['a URL with a query', { source: 'external', uri: `${uri}?x`, ...jwk }, 'uri'],
    ['an id that would be a path', { source: 'vke', source_id: '../c-1' }, 'source_id'],
    ['a member that is not known', { source: 'external', uri, ...jwk, jku: 'https://evil.example.com' }, 'jku'],
    ['no audiences', { source: 'external', uri, ...jwk, audiences: [] }, 'audiences'],
    ['A1 a symmetric key', { source: 'external', uri, keys: [{ kty: 'oct', kid: 'x', k: 'AAAA' }] }, 'keys.0.kty'],
  ])('what cannot be registered names its field: %s', async (_, body, field) => {
    const { call } = await owner();
    const answer = await call('POST', '/v2/oidc/issuer', body);
    expect(answer).toMatchObject({ status: 400, json: { code: 'ValidationError' } });
    expect(answer.json.message).toContain(field);
  });

  test('A1 a private key is refused, and not repeated', async () => {
    const { call } = await owner();
    const answer = await call('POST', '/v2/oidc/issuer', {
      source: 'external',
      uri,
      keys: [{ ...jwk, d: 'c2VjcmV0' }],
    });
    expect(answer).toMatchObject({ status: 400, json: { reason: 'jwks-secret' } });
    expect(JSON.stringify(answer.json)).not.toContain('c2VjcmV0');
  });

  test('A12 a member or a parameter that stands twice is refused', async () => {
    const { bearer, send } = await owner();
    const twice = await send('POST', '/v2/oidc/issuer', {
      bearer,
      text: '{"source":"vke","source_id":"a","source_id":"b"}',
    });
    expect(twice).toMatchObject({ status: 400, json: { reason: 'request-body-malformed' } });
    expect(await send('GET', '/v2/roles?account=111122223333&Account=1', { bearer })).toMatchObject({ status: 400 });
  });
});

describe('roles and policies', () => {
  test('are made, read, changed and deleted as JSON', async () => {
    const { accountId, call } = await owner();
    const look = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'compute:Get*', Resource: '*' }] };
    const body = {
      name: 'web',
      path: '/apps/',
      trust_policy: trust(accountId),
      policies: [{ name: 'look', document: look }],
    };
    const made = await call('POST', '/v2/roles', body);
    expect(made).toMatchObject({
      status: 201,
      json: {
        role: {
          arn: `arn:aws:iam::${accountId}:role/apps/web`,
          trust_policy: trust(accountId),
          policies: [{ name: 'look', document: look }],
        },
      },
    });
    const id = made.json.role?.id;
    expect((await call('GET', `/v2/roles/${id}`)).json.role?.name).toBe('web');
    const shared = await call('POST', '/v2/policies', { name: 'shared', document: look });
    expect(shared.json.policy).toMatchObject({ arn: `arn:aws:iam::${accountId}:policy/shared`, document: look });
    expect((await call('PUT', `/v2/roles/web/attached-policies/shared`)).json.role?.attached_policies).toEqual([
      shared.json.policy?.arn,
    ]);
    expect(await call('DELETE', '/v2/policies/shared')).toMatchObject({
      status: 409,
      json: { code: 'DeleteConflict' },
    });
    for (let i = 0; i < 7; i += 1)
      expect((await call('PUT', '/v2/policies/shared', { document: look })).status).toBe(200);
    expect((await call('PATCH', `/v2/roles/${id}`, { max_session_seconds: 7200 })).json.role?.max_session_seconds).toBe(
      7200,
    );
    expect((await call('DELETE', `/v2/roles/${id}`)).status).toBe(409);
    expect((await call('DELETE', '/v2/roles/web/policies/look')).status).toBe(204);
    expect((await call('DELETE', '/v2/roles/web/attached-policies/shared')).status).toBe(204);
    expect((await call('DELETE', `/v2/roles/${id}`)).status).toBe(204);
    expect((await call('DELETE', '/v2/policies/shared')).status).toBe(204);
  });

  test('A9 a trust policy that names no subject is refused when it is written', async () => {
    const { accountId, call } = await owner();
    const [statement] = trust(accountId).Statement;
    const open = { Version: '2012-10-17', Statement: [{ ...statement, Condition: {} }] };
    expect(await call('POST', '/v2/roles', { name: 'web', trust_policy: open })).toMatchObject({
      status: 400,
      json: { reason: 'policy-unsafe' },
    });
  });

  test('A22 lists go on with a cursor that is good for that very list alone', async () => {
    const { accountId, call, newAccount, send } = await owner();
    for (const name of ['a', 'b', 'c']) await call('POST', '/v2/roles', { name, trust_policy: trust(accountId) });
    const first = await call('GET', '/v2/roles?per_page=2');
    expect(first.json.roles?.map((role) => role.name)).toEqual(['a', 'b']);
    const cursor = encodeURIComponent(first.json.meta?.links.next ?? '');
    const second = await call('GET', `/v2/roles?per_page=2&cursor=${cursor}`);
    expect(second.json).toMatchObject({ roles: [{ name: 'c' }], meta: { links: { next: '' } } });
    expect((await call('GET', `/v2/policies?cursor=${cursor}`)).json.reason).toBe('page-marker-invalid');
    expect((await call('GET', `/v2/roles?cursor=${cursor}A`)).json.reason).toBe('page-marker-invalid');
    const other = await newAccount('two');
    expect((await send('GET', `/v2/roles?cursor=${cursor}`, { bearer: other.bearer })).json.reason).toBe(
      'page-marker-invalid',
    );
  });
});

describe('revocations', () => {
  const session = (accountId: string, roleId: string) => ({
    accessKeyId: 'ASIAAAAAAAAAAAAAAAAA',
    accountId,
    roleId,
    roleArn: `arn:aws:iam::${accountId}:role/web`,
    sessionName: 's1',
    issuer: uri,
    subject: 'system:serviceaccount:default:my-app',
    audience: 'podiam',
    issuedAt: noon,
    expiresAt: noon + 3_600_000,
    requestId: 'r1',
    sourceAddress: '192.0.2.7',
  });

  async function issued() {
    const api = await owner();
    const role = (await api.call('POST', '/v2/roles', { name: 'web', trust_policy: trust(api.accountId) })).json.role;
    const record = session(api.accountId, role?.role_id ?? '');
    const event = {
      at: noon,
      requestId: 'r1',
      accountId: api.accountId,
      action: 'sts:X',
      resource: '',
      principal: '',
      outcome: 'allowed',
      code: '',
      reason: '',
      sourceAddress: '',
    } as const;
    await api.ports.registry.issueSession(record, event);
    const isRevoked = async () => {
      const known = new Revocations();
      for (const one of (await api.ports.registry.revocations.since(0, 100)).items) known.add(one);
      return known.find({ ...record, ancestors: [] });
    };
    api.clock.now = noon + 60_000;
    return { ...api, record, isRevoked };
  }

  test.each([
    ['a session', { kind: 'session', session_id: 'ASIAAAAAAAAAAAAAAAAA' }, 'itself'],
    ['a role', { kind: 'role', role: 'web' }, 'its role'],
    [
      'a service account',
      { kind: 'service-account', namespace: 'default', service_account: 'my-app' },
      'its service account',
    ],
    [
      'a service account of a cluster',
      { kind: 'service-account', namespace: 'default', service_account: 'my-app', issuer: uri },
      'its service account',
    ],
    ['a cluster', { kind: 'cluster', issuer: uri }, 'its cluster'],
    ['the account', { kind: 'account' }, 'its account'],
  ])('of %s reach the session', async (_, scope, reason) => {
    const { call, isRevoked } = await issued();
    expect(await isRevoked()).toBeUndefined();
    const made = await call('POST', '/v2/revocations', { scope, reason: 'lost' });
    expect(made).toMatchObject({ status: 201, json: { revocation: { reason: 'lost' } } });
    expect(await isRevoked()).toBe(reason);
    const id = made.json.revocation?.id;
    expect((await call('GET', `/v2/revocations/${id}`)).json).toEqual(made.json);
    expect((await call('GET', '/v2/revocations')).json.revocations).toEqual([made.json.revocation]);
  });

  test('everything before a time is the operator’s to revoke', async () => {
    const { call, isRevoked, operator, send } = await issued();
    const body = { scope: { kind: 'everything' }, issued_before: new Date(noon + 1).toISOString() };
    expect((await call('POST', '/v2/revocations', body)).json.reason).toBe('operator-only');
    expect(await send('POST', '/v2/revocations', { bearer: operator, body })).toMatchObject({
      status: 201,
      json: { revocation: { scope: { kind: 'everything' }, account_id: '', created_by: 'operator/ada' } },
    });
    expect(await isRevoked()).toBe('everything issued before a time');
  });

  test('a session is revoked by deleting it, and listed by what it is', async () => {
    const { call, isRevoked, record, clock } = await issued();
    expect((await call('GET', '/v2/sessions?subject=other')).json.sessions).toEqual([]);
    expect((await call('GET', `/v2/sessions?issuer=${encodeURIComponent(uri)}`)).json.sessions).toMatchObject([
      { id: record.accessKeyId },
    ]);
    expect((await call('GET', `/v2/sessions/${record.accessKeyId}`)).json.session?.subject).toBe(record.subject);
    expect((await call('DELETE', `/v2/sessions/${record.accessKeyId}`)).status).toBe(204);
    expect(await isRevoked()).toBe('itself');
    clock.now = record.expiresAt;
    expect((await call('DELETE', `/v2/sessions/${record.accessKeyId}`)).json.reason).toBe('session-ended');
    expect((await call('DELETE', '/v2/sessions/ASIABBBBBBBBBBBBBBBB')).status).toBe(404);
  });

  test('the audit record is filtered', async () => {
    const { call } = await issued();
    const allowed = await call('GET', '/v2/audit?outcome=allowed&action=iam:CreateRole');
    expect(allowed.json.events).toMatchObject([
      { action: 'iam:CreateRole', principal: expect.stringContaining(':root') },
    ]);
    expect((await call('GET', '/v2/audit?outcome=perhaps')).json.message).toContain('outcome');
    expect((await call('GET', '/v2/audit?from=yesterday')).json.message).toContain('from');
  });
});
