import { describe, expect, test } from 'vitest';
import { sealBearer, sealSession, signRequest } from '../../../src/core/credentials/index.ts';
import { httpRequest, must, newClusterKey, noon } from '../platform.ts';
import { newApi } from './api.ts';

const issuer = 'https://oidc.example.com/clusters/1';

describe('who may call', () => {
  test('the account’s owner by a Bearer string or a signature for the service podiam', async () => {
    const { send, newAccount, administration } = await newApi();
    const { bearer, rootKey } = await newAccount('one');
    expect(await send('GET', '/v2/roles', { bearer })).toMatchObject({ status: 200, json: { roles: [] } });
    const signedFor = (service: string) => {
      const request = httpRequest({ target: '/v2/roles' });
      const signed = must(signRequest(request, { ...rootKey, region: 'us-east-1', service, now: noon }));
      return administration.handler({
        ...request,
        rawHeaders: [...request.rawHeaders, ...Object.entries(signed).flat()],
      });
    };
    expect((await signedFor('podiam')).status).toBe(200);
    expect((await signedFor('sts')).status).toBe(403);
  });

  test.each([
    ['no one', undefined],
    ['a key that is not there', 'AKIAAAAAAAAAAAAAAAAA.AAAA'],
    ['an operator key that is not there', 'podiam_operator.0011223344556677.AAAA'],
    ['a word', 'secret'],
    ['a token of a cluster', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('%s is refused alike, and on record without the string', async (_, bearer) => {
    const { send, ports } = await newApi();
    const answer = await send('GET', '/v2/roles', bearer === undefined ? {} : { bearer });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    const { items } = await ports.registry.audit.list({ limit: 10 });
    expect(items).toMatchObject([{ outcome: 'refused', principal: '' }]);
    if (bearer !== undefined) expect(JSON.stringify([items, answer.json])).not.toContain(bearer);
  });

  test('the right key with a secret one character off is refused like a key that is not there', async () => {
    const { send, newAccount } = await newApi();
    const { bearer } = await newAccount('one');
    const last = bearer.at(-1) === 'A' ? 'B' : 'A';
    const wrong = await send('GET', '/v2/roles', { bearer: bearer.slice(0, -1) + last });
    const missing = await send('GET', '/v2/roles', { bearer: 'AKIAAAAAAAAAAAAAAAAA.AAAA' });
    expect({ ...wrong.json, requestId: '' }).toEqual({ ...missing.json, requestId: '' });
  });

  test('A6 a session’s Bearer string counts until it ends or is revoked, and never as a session token, nor the other way round', async () => {
    const { send, ports, clock, newTenant, revocations } = await newApi();
    const tenant = await newTenant(issuer, newClusterKey());
    const facts = {
      accountId: tenant.accountId,
      roleId: tenant.role.id,
      roleName: 'my-app',
      rolePath: '/',
      partition: 'aws',
      sessionName: 's1',
      secretAccessKey: 'never shown',
      issuedAt: noon,
      expiresAt: noon + 3_600_000,
      issuer,
      subject: 'system:serviceaccount:default:my-app',
      tags: {},
    };
    const key = 'ASIAAAAAAAAAAAAAAAAA';
    await ports.registry.account(tenant.accountId).rolePolicies.putInline(
      'my-app',
      {
        name: 'roles',
        document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}',
      },
      noon,
    );
    const bearer = sealBearer(facts, key, ports.keyring(), ports.randomBytes(12));
    expect((await send('GET', '/v2/roles', { bearer })).status).toBe(200);
    // What the role is not allowed it may not do, and is told which action that is.
    const refused = await send('GET', '/v2/policies', { bearer });
    expect(refused).toMatchObject({ status: 403, json: { message: expect.stringContaining('iam:ListPolicies') } });
    const token = sealSession(facts, key, ports.keyring(), ports.randomBytes(12));
    expect((await send('GET', '/v2/roles', { bearer: token })).status).toBe(401);
    const [form, keyId, , sealed] = bearer.split('.');
    expect((await send('GET', '/v2/roles', { bearer: `${form}.${keyId}.ASIABBBBBBBBBBBBBBBB.${sealed}` })).status).toBe(
      401,
    );
    revocations.add({
      accountId: tenant.accountId,
      scope: { kind: 'session', accessKeyId: key },
      issuedBefore: noon + 1,
    });
    expect(await send('GET', '/v2/roles', { bearer })).toMatchObject({
      status: 403,
      json: { reason: 'session-revoked' },
    });
    clock.now = noon + 3_600_000;
    expect(await send('GET', '/v2/roles', { bearer })).toMatchObject({
      status: 403,
      json: { reason: 'session-expired' },
    });
  });

  test('A16 no operation reaches another account, by its id, by its name, or by the parameter account', async () => {
    const { send, newAccount, newTenant, ports } = await newApi();
    const other = await newTenant(issuer, newClusterKey());
    const [theirs] = await ports.registry.account(other.accountId).issuers.withUrl(issuer);
    const { bearer } = await newAccount('one');
    const missing = await send('GET', '/v2/roles/nobody', { bearer });
    for (const [method, path] of [
      ['GET', `/v2/roles/${other.role.uuid}`],
      ['GET', `/v2/roles/${other.role.id}`],
      ['GET', '/v2/roles/my-app'],
      ['DELETE', '/v2/roles/my-app'],
      ['GET', `/v2/roles/${encodeURIComponent(other.roleArn).replaceAll('%2F', '%2f')}`],
      ['GET', `/v2/oidc/issuer/${theirs?.id}`],
      ['DELETE', `/v2/oidc/issuer/${theirs?.id}`],
    ] as const) {
      const answer = await send(method, path, { bearer });
      expect([path, answer.status]).toEqual([path, 404]);
      expect(['NoSuchEntity', 'NotFound']).toContain(answer.json.code);
    }
    expect(missing.status).toBe(404);
    const asked = await send('GET', `/v2/roles?account=${other.accountId}`, { bearer });
    expect(asked).toMatchObject({ status: 403, json: { reason: 'account-other' } });
    expect((await send('GET', '/v2/roles', { bearer })).json.roles).toEqual([]);
  });

  test('the operator acts in the account that is named, and alone opens accounts', async () => {
    const { send, operator, newAccount } = await newApi();
    const { accountId, bearer } = await newAccount('one');
    expect((await send('GET', '/v2/roles', { bearer: operator })).json.reason).toBe('account-not-named');
    expect((await send('GET', `/v2/roles?account=${accountId}`, { bearer: operator })).status).toBe(200);
    expect(await send('POST', '/v2/accounts', { bearer, body: { name: 'two' } })).toMatchObject({
      status: 403,
      json: { reason: 'operator-only' },
    });
    const opened = await send('POST', '/v2/accounts', { bearer: operator, body: { account: { name: 'two' } } });
    expect(opened).toMatchObject({
      status: 201,
      json: { account: { name: 'two', root_key: { access_key_id: expect.stringMatching(/^AKIA/) } } },
    });
    const own = opened.json.account?.root_key?.bearer ?? '';
    expect((await send('GET', '/v2/audit', { bearer: own })).json.events).toEqual([]);
    const all = await send('GET', '/v2/audit', { bearer: operator });
    expect(all.json.events?.map((event) => [event.action, event.outcome])).toContainEqual([
      'podiam:OpenAccount',
      'allowed',
    ]);
    expect(JSON.stringify(all.json)).not.toContain(opened.json.account?.root_key?.secret_access_key);
    expect((await send('DELETE', `/v2/accounts/${opened.json.account?.id}`, { bearer: operator })).status).toBe(204);
    expect((await send('GET', '/v2/audit', { bearer: own })).status).toBe(401);
  });

  test('A15 where the record cannot be written nothing is changed', async () => {
    const { ports } = await newApi();
    const broken = await newApi({
      registry: { ...ports.registry, appendAudit: () => Promise.reject(new Error('the disk is full')) },
      findRootKey: ports.findRootKey,
    });
    const { operatorHandler } = broken.administration;
    const response = await operatorHandler(
      httpRequest({ method: 'POST', target: '/v2/accounts', body: '{"name":"x"}' }),
    );
    expect(response.status).toBe(503);
    expect((await ports.registry.accounts.list({ limit: 10 })).items).toEqual([]);
  });
});
