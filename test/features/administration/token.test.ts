// The direct exchange over `/v2`, with the real STS behind it.
import { describe, expect, test } from 'vitest';
import { clusterToken, httpRequest, newClusterKey, noon } from '../platform.ts';
import { newApi } from './api.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();

async function setUp() {
  const api = await newApi();
  const tenant = await api.newTenant(issuer, key);
  const target = `/v2/oidc/token?role=${encodeURIComponent(tenant.roleArn)}`;
  const events = async () => (await api.ports.registry.audit.list({ limit: 10 })).items;
  const exchange = async (token: string, more = '') => api.send('GET', target + more, { bearer: token });
  return { ...api, tenant, target, events, exchange };
}

describe('/v2/oidc/token', () => {
  test('gives a Bearer string of the role, which /v2 then takes for its session', async () => {
    const { exchange, send, ports, tenant, events } = await setUp();
    const given = await exchange(await clusterToken({ key, issuer }), '&session_name=script');
    expect(given).toMatchObject({
      status: 200,
      json: {
        token_type: 'Bearer',
        expires_in: 3600,
        role_arn: tenant.roleArn,
        expires_at: '2026-11-21T13:00:00.000Z',
      },
    });
    expect(given.headers['cache-control']).toBe('no-store');
    const { access_token: bearer = '', session_id: id = '' } = given.json;
    const requestId = given.headers['x-request-id'];
    const records = ports.registry.account(tenant.accountId);
    expect(await records.sessions.find(id)).toMatchObject({ kind: 'bearer', sessionName: 'script', requestId });
    expect(await events()).toMatchObject([{ outcome: 'allowed', accessKeyId: id, requestId }]);
    const listed = { status: 403, json: { message: expect.stringContaining('assumed-role/my-app/script') } };
    expect(await send('GET', '/v2/roles', { bearer })).toMatchObject(listed);
    const document =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}';
    await records.rolePolicies.putInline('my-app', { name: 'list', document }, noon);
    expect(await send('GET', '/v2/roles', { bearer })).toMatchObject({ status: 200 });
  });

  test('refuses as the STS does, once in the log and once on record, under the answer’s request id', async () => {
    const { exchange, events, lines } = await setUp();
    const token = await clusterToken({ key, issuer, serviceAccount: 'other' });
    const refused = await exchange(token);
    expect(refused).toMatchObject({
      status: 403,
      json: { code: 'AccessDenied', reason: 'sts-not-authorized', message: expect.stringContaining('AssumeRole') },
    });
    const requestId = refused.headers['x-request-id'];
    expect(refused.json.requestId).toBe(requestId);
    expect(await events()).toMatchObject([{ outcome: 'refused', code: 'sts-not-authorized', requestId }]);
    expect(lines).toMatchObject([{ level: 'warn', facts: { requestId, reason: expect.stringContaining(':sub') } }]);
    expect(JSON.stringify([await events(), lines, refused.json])).not.toContain(token.split('.')[2]);
  });

  test('refuses a call without a token, or with anything else beside one', async () => {
    const { administration, target, send, exchange } = await setUp();
    const token = await clusterToken({ key, issuer });
    expect((await send('GET', target)).json.reason).toBe('caller-missing');
    expect((await exchange(token, '&session_name=a%20b')).json.reason).toBe('request-fields-invalid');
    expect((await exchange(token, '&X-Amz-Signature=0')).json.reason).toBe('signature-repeated');
    const authorization = ['Authorization', `Bearer ${token}`];
    const twice = { ...httpRequest({ target }), rawHeaders: [...authorization, ...authorization] };
    expect((await administration.handler(twice)).status).toBe(401);
  });

  test('A6 refuses a Bearer string and a session token: only a cluster’s token makes a session', async () => {
    const { exchange, events } = await setUp();
    const { json } = await exchange(await clusterToken({ key, issuer }));
    expect(await exchange(json.access_token ?? '')).toMatchObject({
      status: 400,
      json: { code: 'InvalidIdentityToken' },
    });
    expect((await events()).filter(({ outcome }) => outcome === 'allowed')).toHaveLength(1);
  });
});
