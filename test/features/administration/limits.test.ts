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
