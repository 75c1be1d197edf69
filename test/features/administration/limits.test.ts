// What `/v2` keeps for an account at most, and how things may be tagged: the same as through the IAM API.
import { expect, test } from 'vitest';
import { trustFor } from '../iam/endpoint.ts';
import { newApi } from './api.ts';

async function owner() {
  const api = await newApi();
  const { accountId, bearer } = await api.newAccount('one');
  const trust_policy: unknown = JSON.parse(trustFor(accountId));
  const call = (method: string, target: string, body?: unknown) => api.send(method, target, { bearer, body });
  return { call, trust_policy };
}

test('A21 an account that calls too often waits, and the others and the operator do not', async () => {
  const many = { burst: 100, perSecond: 100 };
  const { clock, newAccount, operator, ports, send } = await newApi({
    rates: { account: { burst: 2, perSecond: 1 }, unproven: many },
  });
  const [one, two] = [await newAccount('one'), await newAccount('two')];
  const call = async (bearer: string) => (await send('GET', '/v2/roles', { bearer })).status;
  expect([await call(one.bearer), await call(one.bearer), await call(one.bearer)]).toEqual([200, 200, 429]);
  expect(await call(two.bearer)).toBe(200);
  const target = `/v2/roles?account=${one.accountId}`;
  expect((await send('GET', target, { bearer: operator })).status).toBe(200);
  for (let i = 0; i < 300; i += 1) await call(one.bearer);
  const { items } = await ports.registry.audit.list({ limit: 500 });
  expect(items.filter(({ code }) => code === 'administration-throttled').length).toBeLessThanOrEqual(200);
  clock.now += 1000;
  expect(await call(one.bearer)).toBe(200);
});

test('A21 a long body counts as several calls', async () => {
  const many = { burst: 100, perSecond: 100 };
  const { newAccount, send } = await newApi({ rates: { account: { burst: 5, perSecond: 1 }, unproven: many } });
  const { bearer } = await newAccount('one');
  const post = async () => (await send('POST', '/v2/roles', { bearer, text: ' '.repeat(50_000) })).status;
  expect([await post(), await post()]).toEqual([400, 429]);
});

test('A21 an address that proves nothing again and again is not listened to for a moment, whatever it brings', async () => {
  const many = { burst: 100, perSecond: 100 };
  const rates = { account: many, unproven: { burst: 2, perSecond: 1 } };
  const { clock, newAccount, send } = await newApi({ rates });
  const { bearer } = await newAccount('one');
  const guess = async () => (await send('GET', '/v2/roles', { bearer: `${bearer}x` })).status;
  expect([await guess(), await guess(), await guess(), await guess()]).toEqual([401, 401, 401, 429]);
  expect((await send('GET', '/v2/roles', { bearer })).status).toBe(429);
  clock.now += 1000;
  expect((await send('GET', '/v2/roles', { bearer })).status).toBe(200);
});

test('A21 a body is read where the operation has a use for it, and as long as it needs: a stranger’s megabyte is not', async () => {
  const { newAccount, send } = await newApi();
  const { bearer } = await newAccount('one');
  const tooLarge = (limit: number) => ({
    status: 413,
    json: { message: expect.stringContaining(`larger than the ${limit} bytes`) },
  });
  const text = `[${'{},'.repeat(300_000)}{}]`;
  for (const target of ['/v2/oidc/jwks', '/v2/oidc/token?role=r', '/v2/oidc/.well-known/openid-configuration'])
    expect(await send('GET', target, { text })).toMatchObject(tooLarge(64));
  expect(await send('GET', '/v2/roles', { bearer, text })).toMatchObject(tooLarge(64));
  expect((await send('GET', '/v2/roles', { bearer, text: '{}' })).status).toBe(200);
  expect(await send('POST', '/v2/roles', { bearer, text })).toMatchObject(tooLarge(262_144));
});

/** A document of more characters than that. */
const beyond = (size: number) => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Action: Array.from({ length: size / 20 }, (_, i) => `compute:GetInstance${i}`),
    Resource: '*',
  },
});

const limit = (message: string) => ({
  status: 409,
  json: { code: 'LimitExceeded', message: expect.stringContaining(message) },
});

test('quotas are those of the IAM API, in its words', async () => {
  const { call, trust_policy } = await owner();
  const tooLarge = limit('Cannot exceed quota for PolicySize: 6144.');
  expect(await call('POST', '/v2/policies', { name: 'p', document: beyond(6144) })).toMatchObject(tooLarge);
  const policies = ['a', 'b'].map((name) => ({ name, document: beyond(6144) }));
  const inline = limit('Maximum policy size of 10240 bytes exceeded for role r.');
  expect(await call('POST', '/v2/roles', { name: 'r', trust_policy, policies })).toMatchObject(inline);
  expect((await call('GET', '/v2/roles')).json.roles).toEqual([]);
  expect((await call('POST', '/v2/roles', { name: 'r', trust_policy, policies: policies.slice(1) })).status).toBe(201);
  expect(await call('PUT', '/v2/roles/r/policies/a', { document: beyond(6144) })).toMatchObject(inline);
  for (let i = 0; i <= 10; i += 1) {
    const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'compute:Get', Resource: '*' } };
    expect((await call('POST', '/v2/policies', { name: `p${i}`, document })).status).toBe(201);
    const attached = await call('PUT', `/v2/roles/r/attached-policies/p${i}`);
    if (i < 10) expect(attached.status).toBe(200);
    else expect(attached).toMatchObject(limit('Cannot exceed quota for PoliciesPerRole: 10.'));
  }
});

test.each([
  [[{ key: 'aWs:team', value: 'x' }], 'must not begin with aws:'],
  [
    [
      { key: 'team', value: 'x' },
      { key: 'Team', value: 'y' },
    ],
    'must have each key once',
  ],
])('the tags %j are refused', async (tags, problem) => {
  const { call, trust_policy } = await owner();
  expect(await call('POST', '/v2/roles', { name: 'r', trust_policy, tags })).toMatchObject({
    status: 400,
    json: { reason: 'request-fields-invalid', message: expect.stringContaining(problem) },
  });
});
