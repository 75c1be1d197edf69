import { describe, expect, test } from 'vitest';
import { openSession, signRequest } from '../../../src/core/credentials/index.ts';
import { createSts, type StsPorts } from '../../../src/features/sts/index.ts';
import { clusterToken, httpRequest, must, newClusterKey, newPlatform, noon } from '../platform.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();

async function setUp(changedPorts: Partial<StsPorts> = {}) {
  const platform = newPlatform();
  const tenant = await platform.newTenant(issuer, key);
  const handler = createSts({ ...platform.ports, ...changedPorts }).handler;
  const call = async (parameters: Readonly<Record<string, string>>, target = '/') => {
    const body = new URLSearchParams({ Version: '2011-06-15', ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await handler(httpRequest({ method: 'POST', target, headers, body }));
    const text = String(response.body);
    const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
    return { status: response.status, code: element('Code'), message: element('Message'), element, text };
  };
  const exchange = (token: string, changed: Readonly<Record<string, string>> = {}) =>
    call({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: tenant.roleArn,
      RoleSessionName: 'session',
      WebIdentityToken: token,
      ...changed,
    });
  return { ...platform, tenant, handler, call, exchange };
}

describe('an exchange', () => {
  test('gives credentials that end when they say, on record, sealed for their access key', async () => {
    const { exchange, ports, tenant } = await setUp();
    const answer = await exchange(await clusterToken({ key, issuer }), { DurationSeconds: '900' });
    expect(answer.status).toBe(200);
    expect(answer.element('Expiration')).toBe('2026-11-21T12:15:00Z');
    expect(answer.element('Arn')).toBe(`arn:aws:sts::${tenant.accountId}:assumed-role/my-app/session`);
    expect(answer.element('AssumedRoleId')).toBe(`${tenant.role.id}:session`);
    expect(answer.element('SubjectFromWebIdentityToken')).toBe('system:serviceaccount:default:my-app');
    expect(answer.element('Audience')).toBe('podiam');
    expect(answer.element('Provider')).toBe(
      `arn:aws:iam::${tenant.accountId}:oidc-provider/oidc.example.com/clusters/1`,
    );
    const accessKeyId = answer.element('AccessKeyId');
    expect(accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(answer.element('SecretAccessKey')).toHaveLength(40);
    const facts = must(openSession(answer.element('SessionToken'), accessKeyId, ports.keyring()));
    expect(facts).toMatchObject({ roleId: tenant.role.id, expiresAt: noon + 900_000 });
    expect(await ports.registry.account(tenant.accountId).sessions.find(accessKeyId)).toMatchObject({
      subject: 'system:serviceaccount:default:my-app',
      sourceAddress: '192.0.2.7',
      requestId: answer.element('RequestId'),
    });
    const { items } = await ports.registry.audit.list({ limit: 10 });
    expect(items).toMatchObject([
      { outcome: 'allowed', action: 'sts:AssumeRoleWithWebIdentity', requestId: answer.element('RequestId') },
    ]);
  });

  test('A2 of a token that was exchanged before is judged anew: trust policy, end, key, and the other account’s role', async () => {
    const { clock, exchange, newTenant, ports, tenant } = await setUp();
    const token = await clusterToken({ key, issuer, expirationSeconds: 3600 });
    expect((await exchange(token)).status).toBe(200);
    const again = await exchange(token);
    expect([again.status, again.element('SubjectFromWebIdentityToken')]).toEqual([
      200,
      'system:serviceaccount:default:my-app',
    ]);
    const stranger = await newTenant(issuer, newClusterKey());
    expect((await exchange(token, { RoleArn: stranger.roleArn })).code).toBe('InvalidIdentityToken');
    const { issuers, roles } = ports.registry.account(tenant.accountId);
    const { trustPolicy } = tenant.role;
    const edit = { at: noon };
    must(await roles.update('my-app', { trustPolicy: trustPolicy.replace(':my-app', ':other') }, edit));
    expect((await exchange(token)).code).toBe('AccessDenied');
    must(await roles.update('my-app', { trustPolicy }, edit));
    const [registered] = await issuers.withUrl(issuer);
    must(await issuers.update(registered?.id ?? '', { jwks: newClusterKey().jwks }, edit));
    expect((await exchange(token)).code).toBe('InvalidIdentityToken');
    must(await issuers.update(registered?.id ?? '', { jwks: key.jwks }, edit));
    expect((await exchange(token)).status).toBe(200);
    clock.now += 3_700_000;
    expect((await exchange(token)).code).toBe('ExpiredTokenException');
  });

  test.each([
    '/',
    '/sts',
    '/sts/',
    '/v2/assumed-roles/compatibility/aws/sts',
    '/v2/assumed-roles/compatibility/aws/sts/',
  ])('is found at %s', async (path) => {
    const { call, tenant } = await setUp();
    const answer = await call(
      {
        Action: 'AssumeRoleWithWebIdentity',
        RoleArn: tenant.roleArn,
        RoleSessionName: 'session',
        WebIdentityToken: await clusterToken({ key, issuer }),
      },
      path,
    );
    expect(answer.status).toBe(200);
  });
});

describe('what is refused, with the code that SDKs know', () => {
  test.each([
    ['an expired token', { issuedAt: noon - 7_200_000 }, 400, 'ExpiredTokenException'],
    ['A4 a token for another audience', { audiences: ['https://kubernetes.default.svc'] }, 400, 'InvalidIdentityToken'],
    ['A4 a token for ours and another audience', { audiences: ['podiam', 'other'] }, 400, 'InvalidIdentityToken'],
    ['a token of another service account', { serviceAccount: 'other' }, 403, 'AccessDenied'],
    [
      'a token of an issuer that is not registered',
      { issuer: 'https://oidc.example.com/clusters/2' },
      400,
      'InvalidIdentityToken',
    ],
    ['A3 an issuer with a slash more', { issuer: `${issuer}/` }, 400, 'InvalidIdentityToken'],
    ['a token signed with another key', { key: { ...newClusterKey(), keyId: key.keyId } }, 400, 'InvalidIdentityToken'],
    ['a token of an unknown key', { key: newClusterKey() }, 400, 'InvalidIdentityToken'],
    ['a token from the future', { issuedAt: noon + 120_000 }, 400, 'InvalidIdentityToken'],
  ])('%s', async (_, changed, status, code) => {
    const { exchange, ports, tenant, lines } = await setUp();
    const token = await clusterToken({ key, issuer, ...changed });
    const answer = await exchange(token);
    expect(answer).toMatchObject({ status, code });
    expect((await ports.registry.account(tenant.accountId).sessions.list({ limit: 10 })).items).toEqual([]);
    const { items } = await ports.registry.audit.list({ limit: 10 });
    expect(items).toMatchObject([{ outcome: 'refused', requestId: answer.element('RequestId'), principal: '' }]);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify([items, lines, answer.text])).not.toContain(token.split('.')[2]);
  });

  test('a role that does not exist and one that does not trust the token answer alike; the log tells them apart', async () => {
    const { exchange, tenant, lines } = await setUp();
    const stranger = await exchange(await clusterToken({ key, issuer, serviceAccount: 'other' }));
    const missing = await exchange(await clusterToken({ key, issuer }), { RoleArn: `${tenant.roleArn}-missing` });
    expect(missing).toMatchObject({ status: 403, code: 'AccessDenied', message: stranger.message });
    expect(lines.map(({ facts }) => facts['reason'])).toEqual([
      expect.stringContaining('oidc.example.com/clusters/1:sub'),
      expect.stringContaining(`there is no role ${tenant.roleArn}-missing`),
    ]);
  });

  test('a role of another path is another role', async () => {
    const { exchange, tenant } = await setUp();
    const arn = tenant.roleArn.replace('role/', 'role/team/');
    expect(await exchange(await clusterToken({ key, issuer }), { RoleArn: arn })).toMatchObject({ status: 403 });
  });

  test('A11 a role’s ARN in another partition: its condition keys would be the caller’s own invention', async () => {
    const { exchange, tenant } = await setUp();
    for (const partition of ['aws-cn', 'aws-zzz']) {
      const arn = tenant.roleArn.replace('arn:aws:', `arn:${partition}:`);
      expect(await exchange(await clusterToken({ key, issuer }), { RoleArn: arn })).toMatchObject({ status: 403 });
    }
  });

  test.each(['policy', 'POLICY', 'PolicyArns', 'policyarns.member.1.arn', 'Tags.member.1.Key', 'ProviderId'])(
    'A14 a parameter %s, which may be there to narrow the session',
    async (name) => {
      const { exchange } = await setUp();
      const answer = await exchange(await clusterToken({ key, issuer }), { [name]: 'x' });
      expect(answer).toMatchObject({ status: 400, code: 'InvalidParameterValue' });
    },
  );

  test('A9 a token of another tenant’s cluster, with the same issuer, namespace and name', async () => {
    const { exchange, newTenant } = await setUp();
    const otherKey = newClusterKey();
    const other = await newTenant(issuer, otherKey);
    const theirs = await clusterToken({ key: otherKey, issuer });
    expect(await exchange(theirs)).toMatchObject({ status: 400, code: 'InvalidIdentityToken' });
    expect(await exchange(theirs, { RoleArn: other.roleArn })).toMatchObject({ status: 200 });
  });

  test.each([
    [{ Action: 'DecodeAuthorizationMessage' }, 400, 'InvalidAction'],
    [{ Version: '2010-05-08' }, 400, 'InvalidAction'],
    [{ RoleSessionName: 'x' }, 400, 'ValidationError'],
    [{ RoleArn: 'arn:aws:iam::12:role/my-app' }, 400, 'ValidationError'],
    [{ DurationSeconds: '7200' }, 400, 'ValidationError'],
    [{ Policy: '{"Version":' }, 400, 'MalformedPolicyDocument'],
  ])('a call with %j', async (changed, status, code) => {
    const { exchange } = await setUp();
    expect(await exchange(await clusterToken({ key, issuer }), changed)).toMatchObject({ status, code });
  });

  test('another path or method, with the reason', async () => {
    const { handler } = await setUp();
    expect(await handler(httpRequest({ method: 'POST', target: '/other' }))).toMatchObject({ status: 404 });
    const get = await handler(httpRequest({ target: '/?Action=GetCallerIdentity&Version=2011-06-15' }));
    expect(get).toMatchObject({ status: 405, body: expect.stringContaining('a token in a URL') });
  });
});

describe('A15 what cannot be looked up or recorded is refused', () => {
  const broken = () => Promise.reject(new Error('disk I/O error'));
  test.each(['withUrl', 'access', 'issueSession'] as const)('when %s fails', async (method) => {
    const platform = newPlatform();
    const tenant = await platform.newTenant(issuer, key);
    const { registry } = platform.ports;
    const handler = createSts({
      ...platform.ports,
      registry: {
        account: (id) => {
          const { issuers, roles, policies, sessions } = registry.account(id);
          const failing = { issuers: { ...issuers, [method]: broken }, roles: { ...roles, [method]: broken } };
          return { ...failing, policies, sessions };
        },
        findRoleByUuid: (uuid) => registry.findRoleByUuid(uuid),
        issueSession: (session, event) => registry.issueSession(session, event),
        appendAudit: (event) => registry.appendAudit(event),
        [method]: broken,
      },
    }).handler;
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: tenant.roleArn,
      RoleSessionName: 'session',
      WebIdentityToken: await clusterToken({ key, issuer }),
    }).toString();
    const response = await handler(httpRequest({ method: 'POST', target: '/', body }));
    expect(response.status).toBe(503);
    expect(response.body).toContain('<Code>ServiceUnavailable</Code>');
    expect(response.body).not.toContain('<SecretAccessKey>');
    expect(platform.lines.some(({ level }) => level === 'error')).toBe(true);
  });
});

test('A21 a flood of strangers is answered, and fills neither the audit record nor the disk', async () => {
  const { exchange, ports, tenant, clock, lines } = await setUp();
  for (let i = 0; i < 400; i++) await exchange('no token', { RoleArn: `${tenant.roleArn}${'x'.repeat(40)}` });
  const { items } = await ports.registry.audit.list({ limit: 1000 });
  expect(items).toHaveLength(200);
  expect(lines.filter(({ message }) => message === 'refused')).toHaveLength(400);
  expect(Math.max(...items.map(({ resource }) => resource.length))).toBeLessThanOrEqual(256);
  clock.now += 1000;
  for (let i = 0; i < 40; i++) await exchange('no token');
  expect((await ports.registry.audit.list({ limit: 1000 })).items).toHaveLength(220);
});

describe('GetCallerIdentity', () => {
  const form = 'Action=GetCallerIdentity&Version=2011-06-15';
  const whoAmI = async (
    { handler, clock }: Awaited<ReturnType<typeof setUp>>,
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  ) => {
    const request = httpRequest({ method: 'POST', target: '/', body: form });
    const signed = must(signRequest(request, { ...credentials, region: 'us-east-1', service: 'sts', now: clock.now }));
    const response = await handler(httpRequest({ method: 'POST', target: '/', headers: signed, body: form }));
    return { status: response.status, body: String(response.body) };
  };
  const credentialsFrom = ({ element }: { element: (name: string) => string }) => ({
    accessKeyId: element('AccessKeyId'),
    secretAccessKey: element('SecretAccessKey'),
    sessionToken: element('SessionToken'),
  });

  test('tells a session and an account’s owner who they are', async () => {
    const set = await setUp();
    const credentials = credentialsFrom(await set.exchange(await clusterToken({ key, issuer })));
    const session = await whoAmI(set, credentials);
    expect(session).toMatchObject({ status: 200 });
    expect(session.body).toContain(`<Arn>arn:aws:sts::${set.tenant.accountId}:assumed-role/my-app/session</Arn>`);
    expect(session.body).toContain(`<UserId>${set.tenant.role.id}:session</UserId>`);
    const owner = await whoAmI(set, set.tenant.rootKey);
    expect(owner.body).toContain(`<Arn>arn:aws:iam::${set.tenant.accountId}:root</Arn>`);
  });

  test('refuses what is not proven', async () => {
    const set = await setUp();
    const credentials = credentialsFrom(await set.exchange(await clusterToken({ key, issuer })));
    const wrongSecret = await whoAmI(set, { ...credentials, secretAccessKey: 'x'.repeat(40) });
    expect(wrongSecret).toMatchObject({ status: 403, body: expect.stringContaining('SignatureDoesNotMatch') });
    expect(set.lines.at(-1)).toMatchObject({ message: 'refused', facts: { action: 'sts:GetCallerIdentity' } });
    expect((await set.ports.registry.audit.list({ limit: 1, newestFirst: true })).items).toMatchObject([
      { action: 'sts:GetCallerIdentity', outcome: 'refused', principal: '' },
    ]);
    const unsigned = await set.call({ Action: 'GetCallerIdentity' });
    expect(unsigned).toMatchObject({ status: 403, code: 'MissingAuthenticationToken' });
    set.clock.now += 3_600_000;
    const late = await whoAmI(set, credentials);
    expect(late).toMatchObject({ status: 403, body: expect.stringContaining('<Code>ExpiredToken</Code>') });
  });
});
