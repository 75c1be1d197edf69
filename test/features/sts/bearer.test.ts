// The STS's second door: the same exchange without a form, for a Bearer string. What the first refuses, the second does.
import { describe, expect, test } from 'vitest';
import { authenticateSession, openSession } from '../../../src/core/credentials/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { createSts, type StsPorts } from '../../../src/features/sts/index.ts';
import { clusterToken, httpRequest, must, newClusterKey, newPlatform, noon, type TokenOptions } from '../platform.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();
const newToken = (changed: Partial<TokenOptions> = {}) => clusterToken({ key, issuer, ...changed });

async function setUp(change: (ports: StsPorts) => Partial<StsPorts> = () => ({})) {
  const platform = newPlatform();
  const { ports } = platform;
  const tenant = await platform.newTenant(issuer, key);
  const told: string[] = [];
  const onOutcome = (action: string, refusal: Refusal | undefined) =>
    void told.push(`${action} ${refusal?.code ?? 'allowed'}`);
  const sts = createSts({ ...ports, onOutcome, ...change(ports) });

  const forBearer = (token: string, role = tenant.roleArn) =>
    sts.exchange({
      request: httpRequest({ target: '/v2/oidc/token' }),
      requestId: ports.newRequestId(),
      token,
      role,
      sessionName: 'script',
    });

  /** The code of its answer; 200 for credentials. */
  async function byForm(token: string, role = tenant.roleArn) {
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: role,
      RoleSessionName: 'script',
      WebIdentityToken: token,
    }).toString();
    const response = await sts.handler(httpRequest({ method: 'POST', target: '/', body }));
    return /<Code>(\w+)/.exec(String(response.body))?.[1] ?? response.status;
  }

  const events = async () => (await ports.registry.audit.list({ limit: 100 })).items;
  const sessions = async () => (await ports.registry.account(tenant.accountId).sessions.list({ limit: 100 })).items;
  return { ...platform, tenant, sts, told, forBearer, byForm, events, sessions };
}

describe('an exchange for a Bearer string', () => {
  test('gives one that is its session’s, good for an hour, on record once with the request’s id', async () => {
    const { forBearer, events, sessions, ports, tenant, told, lines } = await setUp();
    const { bearer, ...given } = must(await forBearer(await newToken()));
    const [session, ...others] = await sessions();
    expect(others).toEqual([]);
    expect(session).toMatchObject({
      kind: 'bearer',
      sessionName: 'script',
      audience: 'podiam',
      roleId: tenant.role.id,
    });
    expect(given).toEqual({
      accessKeyId: session?.accessKeyId,
      roleArn: tenant.roleArn,
      expiresAt: noon + 3_600_000,
    });
    expect(await events()).toMatchObject([
      { outcome: 'allowed', action: 'sts:AssumeRoleWithWebIdentity', requestId: session?.requestId },
    ]);
    expect(told).toEqual(['AssumeRoleWithWebIdentity allowed']);
    const caller = must(authenticateSession(bearer, { ...ports, now: noon }));
    expect(caller).toMatchObject({ accessKeyId: given.accessKeyId, facts: { subject: session?.subject } });
    expect(openSession(bearer, given.accessKeyId, ports.keyring())).toBeInstanceOf(Refusal);
    expect(JSON.stringify([await events(), await sessions(), lines])).not.toContain(bearer.split('.').at(-1));
  });

  test('takes a role’s UUID, and says the ARN', async () => {
    const { forBearer, tenant } = await setUp();
    expect(await forBearer(await newToken(), tenant.role.uuid)).toMatchObject({ roleArn: tenant.roleArn });
  });

  test.each([
    ['an expired token', { issuedAt: noon - 7_200_000 }],
    ['A4 a token for another audience', { audiences: ['https://kubernetes.default.svc'] }],
    ['a token of another service account', { serviceAccount: 'other' }],
    ['a token of an issuer that is not registered', { issuer: 'https://oidc.example.com/clusters/2' }],
    ['A1 a token signed with another key', { key: { ...newClusterKey(), keyId: key.keyId } }],
  ])('%s is refused as by the form: one code, one log line, one event, one count each', async (_, changed) => {
    const { forBearer, byForm, events, sessions, told, lines } = await setUp();
    const token = await newToken(changed);
    const refusal = await forBearer(token);
    if (!(refusal instanceof Refusal)) throw new Error('was given');
    expect(await byForm(token)).toBe(refusal.wire);
    const one = { outcome: 'refused', code: refusal.code, reason: refusal.cause ?? refusal.sentence, principal: '' };
    expect(await events()).toMatchObject([one, one]);
    expect(lines.map(({ facts }) => facts['code'])).toEqual([refusal.code, refusal.code]);
    const counted = `AssumeRoleWithWebIdentity ${refusal.code}`;
    expect(told).toEqual([counted, counted]);
    expect(await sessions()).toEqual([]);
  });

  test.each([
    ['a role that is none', 'arn:aws:iam::12:role/my-app', 'sts-role-arn-malformed'],
    ['a role that is not there', 'arn:aws:iam::111122223333:role/my-app', 'sts-issuer-unknown'],
    ['a UUID that no role has', '00000000-0000-4000-8000-000000000000', 'sts-not-authorized'],
  ])('for %s is refused', async (_, role, code) => {
    const { forBearer } = await setUp();
    expect(await forBearer(await newToken(), role)).toMatchObject({ code });
  });

  test.each([
    ['no token', '', 'token-malformed'],
    ['A5 a megabyte of dots', '.'.repeat(1_000_000), 'token-too-long'],
  ])('with %s is refused', async (_, token, code) => {
    const { forBearer } = await setUp();
    expect(await forBearer(token)).toMatchObject({ code });
  });
});

describe('both doors', () => {
  test('A21 draw on the same rates', async () => {
    const once = { burst: 1, perSecond: 0.001 };
    const many = { burst: 100, perSecond: 100 };
    const { forBearer, byForm, told } = await setUp(() => ({ rates: { account: once, issuer: many, unproven: many } }));
    expect(await byForm(await newToken())).toBe(200);
    expect(await forBearer(await newToken())).toMatchObject({ code: 'sts-throttled' });
    expect(told).toEqual(['AssumeRoleWithWebIdentity allowed', 'AssumeRoleWithWebIdentity sts-throttled']);
  });

  test('A21 pause an address that proved nothing too often, whichever it came by', async () => {
    const many = { burst: 100, perSecond: 100 };
    const { forBearer, byForm } = await setUp(() => ({
      rates: { account: many, issuer: many, unproven: { burst: 1, perSecond: 0.001 } },
    }));
    const bad = await newToken({ audiences: ['other'] });
    await forBearer(bad);
    await forBearer(bad);
    expect(await byForm(await newToken())).toBe('Throttling');
  });

  test('ask the cluster, where its issuer is registered so', async () => {
    const { forBearer, ports, tenant, sessions } = await setUp();
    const { issuers } = ports.registry.account(tenant.accountId);
    const [registered] = await issuers.withUrl(issuer);
    const settings = { tokenReview: { url: 'https://api.example.com' } };
    must(await issuers.update(registered?.id ?? '', { settings }, { at: noon }));
    expect(await forBearer(await newToken())).toMatchObject({ code: 'sts-token-review-unavailable' });
    expect(await sessions()).toEqual([]);
  });

  test('A15 give nothing that is not on record', async () => {
    const issueSession = () => Promise.reject(new Error('disk I/O error'));
    const { forBearer, byForm, told, events, lines } = await setUp(({ registry }) => ({
      registry: { ...registry, issueSession },
    }));
    const refused = await forBearer(await newToken());
    expect(refused).toMatchObject({ code: 'sts-unavailable', status: 503 });
    expect(JSON.stringify(refused)).not.toContain('disk');
    expect(await byForm(await newToken())).toBe('ServiceUnavailable');
    expect(told).toEqual(Array.from({ length: 2 }, () => 'AssumeRoleWithWebIdentity sts-unavailable'));
    expect(await events()).toEqual([]);
    expect(lines.filter(({ facts }) => String(facts['error']).includes('disk I/O error'))).toHaveLength(2);
  });

  test('an action that there is none of is counted under no name that a stranger chose', async () => {
    const { sts, told } = await setUp();
    const body = 'Version=2011-06-15&Action=MyOwn';
    await sts.handler(httpRequest({ method: 'POST', target: '/', body }));
    await sts.handler(httpRequest({ method: 'POST', target: '/', body: 'Version=1' }));
    expect(told).toEqual([' sts-action-unknown', ' sts-version-unknown']);
  });
});
