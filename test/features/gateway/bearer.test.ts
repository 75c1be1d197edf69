// The gateway by a Bearer string: from a service account's token over the STS to the protected API, and what does not pass.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { signRequest } from '../../../src/core/credentials/index.ts';
import { policyArn } from '../../../src/core/identity/index.ts';
import { refuse } from '../../../src/core/refusals/index.ts';
import { parseRouteTable } from '../../../src/core/routes/index.ts';
import { type HttpRequest, jsonResponse } from '../../../src/core/wire/index.ts';
import { createGateway, type GatewayPorts } from '../../../src/features/gateway/index.ts';
import { followRevocations } from '../../../src/features/sessions/index.ts';
import { createSts } from '../../../src/features/sts/index.ts';
import { clusterToken, httpRequest, must, newClusterKey, newPlatform, noon } from '../platform.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();
const routeFile: unknown = parse(readFileSync('examples/platform-api/routes.yaml', 'utf8'));
const routes = must(parseRouteTable(routeFile));
const answer = z.looseObject({ message: z.string().default(''), remedy: z.string().default('') });
const hour = 3_600_000;

interface Forwarded {
  readonly request: HttpRequest;
  readonly set: Readonly<Record<string, string>>;
  readonly dropped: readonly string[];
}

async function setUp(change: (ports: GatewayPorts) => Partial<GatewayPorts> = () => ({})) {
  const platform = newPlatform();
  const tenant = await platform.newTenant(issuer, key);
  const forwarded: Forwarded[] = [];
  const ports: GatewayPorts = {
    ...platform.ports,
    routes,
    forward: (request, { set, drop }) => {
      const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
      forwarded.push({ request, set, dropped: names.filter((name) => drop(name)) });
      return Promise.resolve(jsonResponse(200, { instances: [] }));
    },
  };
  const gateway = createGateway({ ...ports, ...change(ports) });
  const sts = createSts(platform.ports);
  const token = await clusterToken({ key, issuer });
  const given = must(
    await sts.exchange({
      request: httpRequest({ target: '/v2/oidc/token' }),
      requestId: platform.ports.newRequestId(),
      token,
      role: tenant.roleArn,
      sessionName: 'script',
    }),
  );

  async function send(method: string, target: string, headers: Readonly<Record<string, string>>) {
    const response = await gateway(httpRequest({ method, target, headers }));
    return { status: response.status, headers: response.headers, ...answer.parse(JSON.parse(String(response.body))) };
  }
  const call = (method: string, target: string, bearer = given.bearer) =>
    send(method, target, { Authorization: `Bearer ${bearer}` });
  const events = async () =>
    (await platform.ports.registry.audit.list({ limit: 10 })).items.filter(({ action }) => !action.startsWith('sts:'));

  /** The same role's session as an SDK gets it. */
  async function signing() {
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: tenant.roleArn,
      RoleSessionName: 'script',
      WebIdentityToken: token,
    }).toString();
    const text = String((await sts.handler(httpRequest({ method: 'POST', target: '/', body }))).body);
    const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
    return {
      accessKeyId: element('AccessKeyId'),
      secretAccessKey: element('SecretAccessKey'),
      sessionToken: element('SessionToken'),
    };
  }

  /** Sends it signed. */
  function callSigned(method: string, target: string, credentials: Awaited<ReturnType<typeof signing>>) {
    const signer = { ...credentials, region: 'us-east-1', service: 'compute', now: noon };
    return send(method, target, must(signRequest(httpRequest({ method, target }), signer)));
  }
  return { ...platform, tenant, forwarded, gateway, token, given, send, call, events, signing, callSigned };
}

describe('a Bearer string from a service account’s token', () => {
  test('opens what its role allows: on record by its session, forwarded with who asks and without the string', async () => {
    const { call, forwarded, given, tenant, events } = await setUp();
    expect(await call('GET', '/v1/instances?limit=2')).toMatchObject({ status: 200, instances: [] });
    const principal = `arn:aws:sts::${tenant.accountId}:assumed-role/my-app/script`;
    expect(forwarded).toMatchObject([
      {
        request: { target: '/v1/instances?limit=2' },
        set: { 'x-podiam-principal': principal, 'x-podiam-account': tenant.accountId },
        dropped: ['Authorization'],
      },
    ]);
    expect(await events()).toMatchObject([
      { outcome: 'allowed', action: 'compute:ListInstances', principal, accessKeyId: given.accessKeyId },
    ]);
    expect(await events()).toMatchObject([{ role: tenant.roleArn, reason: expect.stringContaining('Look') }]);
  });

  test('opens no more than that, in the words that a signed request is refused with', async () => {
    const { call, callSigned, signing, events, forwarded, tenant } = await setUp();
    const refused = await call('DELETE', '/v1/instances/web-1');
    const signed = await callSigned('DELETE', '/v1/instances/web-1', await signing());
    const told = ({ message, remedy, status }: typeof refused) => ({ message, remedy, status });
    expect(told(signed)).toEqual(told(refused));
    const resource = `arn:aws:compute::${tenant.accountId}:instance/web-1`;
    expect(refused).toMatchObject({ status: 403, code: 'AccessDenied', reason: 'gateway-not-allowed' });
    expect(refused.message).toContain(`is not authorized to perform compute:DeleteInstance on ${resource}`);
    expect(forwarded).toEqual([]);
    const event = { outcome: 'refused', code: 'gateway-not-allowed', resource };
    expect(await events()).toMatchObject([event, event]);
  });

  test('A14 stays within the role’s boundary, and loses at once what the role loses', async () => {
    const { call, ports, tenant } = await setUp();
    const records = ports.registry.account(tenant.accountId);
    const refused = { status: 403, reason: 'gateway-not-allowed' };
    const document =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"compute:List*","Resource":"*"}]}';
    must(
      await records.policies.create(
        { id: 'ANPAAAAAAAAAAAAAAAAAA', name: 'edge', path: '/', description: '', tags: [], createdAt: noon },
        document,
      ),
    );
    expect(await call('GET', '/v1/instances/web-1')).toMatchObject({ status: 200 });
    const permissionsBoundary = policyArn(tenant.accountId, '/', 'edge');
    must(await records.roles.update('my-app', { permissionsBoundary }, { at: noon }));
    expect(await call('GET', '/v1/instances/web-1')).toMatchObject(refused);
    expect(await call('GET', '/v1/instances')).toMatchObject({ status: 200 });
    await records.rolePolicies.removeInline('my-app', 'look', noon);
    expect(await call('GET', '/v1/instances')).toMatchObject(refused);
  });

  test('A7 ends with its hour', async () => {
    const { call, clock } = await setUp();
    clock.now = noon + hour - 1;
    expect(await call('GET', '/v1/instances')).toMatchObject({ status: 200 });
    clock.now = noon + hour;
    expect(await call('GET', '/v1/instances')).toMatchObject({ status: 403, reason: 'session-expired' });
  });

  test.each([
    ['its session', (session: string) => ({ kind: 'session', accessKeyId: session }) as const],
    ['its cluster', () => ({ kind: 'issuer', issuer }) as const],
    ['its account', () => ({ kind: 'account' }) as const],
  ])('A7 opens nothing once %s is revoked', async (_, scopeOf) => {
    const { call, revocations, given, tenant } = await setUp();
    revocations.add({ accountId: tenant.accountId, scope: scopeOf(given.accessKeyId), issuedBefore: noon + 1 });
    expect(await call('GET', '/v1/instances')).toMatchObject({ status: 403, reason: 'session-revoked' });
  });

  test('A15 is refused where nothing was heard of revocations for too long', async () => {
    const { call, ports } = await setUp();
    const stale = { ...ports.registry, changes: { ...ports.registry.changes, staleness: () => 301_000 } };
    const followed = await followRevocations({ registry: stale, maxStalenessMs: 300_000, log: () => {} });
    followed.stop();
    const guarded = await setUp(() => ({ findRevocation: followed.findRevocation }));
    expect(await guarded.call('GET', '/v1/instances')).toMatchObject({ status: 503, reason: 'revocations-unknown' });
    expect(guarded.forwarded).toEqual([]);
    expect(await call('GET', '/v1/instances')).toMatchObject({ status: 200 });
  });

  test('A24 asks for the request that is judged, as a signed one must', async () => {
    const { given, send } = await setUp();
    const headers = { Authorization: `Bearer ${given.bearer}`, 'X-HTTP-Method-Override': 'DELETE' };
    expect(await send('GET', '/v1/instances', headers)).toMatchObject({ reason: 'gateway-header-override' });
  });
});

describe('what is refused instead of one', () => {
  test('A6 the string cut, changed, or of another session’s key: who sends it is nobody', async () => {
    const { call, events, given } = await setUp();
    const { bearer, accessKeyId } = given;
    const last = bearer.at(-20) === 'A' ? 'B' : 'A';
    const changed = [
      bearer.slice(0, -1),
      bearer.slice(0, -20) + last + bearer.slice(-19),
      bearer.replace(accessKeyId, 'ASIAAAAAAAAAAAAAAAAA'),
    ];
    for (const text of changed) {
      const refused = await call('GET', '/v1/instances', text);
      expect(refused).toMatchObject({ status: 401, reason: 'bearer-unknown' });
      expect(refused.headers['www-authenticate']).toBe('Bearer');
      expect(JSON.stringify([refused, await events()])).not.toContain(text.slice(-40));
    }
    expect(await events()).toMatchObject(changed.map(() => ({ outcome: 'refused', principal: '' })));
  });

  test('a service account’s token, with where to exchange it', async () => {
    const { call, token, forwarded } = await setUp();
    const refused = await call('GET', '/v1/instances', token);
    expect(refused).toMatchObject({ status: 401, reason: 'bearer-service-account-token' });
    expect(refused.remedy).toContain('/v2/oidc/token');
    expect(forwarded).toEqual([]);
  });

  test('an account’s own key: it signs, and is shown to no API', async () => {
    const { call, tenant } = await setUp();
    const { accessKeyId, secretAccessKey } = tenant.rootKey;
    const refused = await call('GET', '/v1/instances', `${accessKeyId}.${secretAccessKey}`);
    expect(refused).toMatchObject({ status: 401, reason: 'bearer-no-session' });
    expect(JSON.stringify(refused)).not.toContain(secretAccessKey);
  });

  test('A6 a session token as Bearer, and a Bearer string as session token', async () => {
    const { call, callSigned, given, signing } = await setUp();
    const own = await signing();
    expect(await callSigned('GET', '/v1/instances', own)).toMatchObject({ status: 200 });
    const asBearer = await call('GET', '/v1/instances', own.sessionToken);
    expect(asBearer).toMatchObject({ status: 401, reason: 'bearer-session-token' });
    const [form, keyId, accessKeyId = '', sealed] = given.bearer.split('.');
    const moved = `${form}.${keyId}.${own.accessKeyId}.${own.sessionToken.split('.').at(-1)}`;
    expect(await call('GET', '/v1/instances', moved)).toMatchObject({ status: 401, reason: 'bearer-unknown' });
    for (const sessionToken of [given.bearer, `P1.${keyId}.${sealed}`]) {
      // What is sealed in the string has an empty secret: to sign with that opens nothing either.
      for (const secretAccessKey of ['', own.secretAccessKey]) {
        const refused = await callSigned('GET', '/v1/instances', { accessKeyId, secretAccessKey, sessionToken });
        expect(refused).toMatchObject({ status: 403, reason: 'session-token-invalid' });
      }
    }
  });

  test.each([
    ['a presigned URL’s parameter', '/v1/instances?X-Amz-Signature=0', {}],
    ['a session token in a header', '/v1/instances', { 'X-Amz-Security-Token': 'x' }],
  ])('A23 the string beside %s', async (_, target, headers) => {
    const { send, given, forwarded } = await setUp();
    const refused = await send('GET', target, { Authorization: `Bearer ${given.bearer}`, ...headers });
    expect(refused).toMatchObject({ status: 400, reason: 'signature-repeated' });
    expect(forwarded).toEqual([]);
  });

  test('A25 the string twice, and in the query', async () => {
    const { gateway, given, forwarded } = await setUp();
    const authorization = ['Authorization', `Bearer ${given.bearer}`];
    const twice = {
      ...httpRequest({ target: '/v1/instances' }),
      rawHeaders: ['Host', 'x', ...authorization, ...authorization],
    };
    expect(await gateway(twice)).toMatchObject({ status: 400 });
    const target = `/v1/instances?access_token=${given.bearer}`;
    expect(await gateway(httpRequest({ target }))).toMatchObject({ status: 403 });
    expect(forwarded).toEqual([]);
  });
});

test('A15 what is judged by a Bearer string is not forwarded where it cannot be recorded', async () => {
  const broken = () => Promise.reject(new Error('disk I/O error'));
  const { call, forwarded } = await setUp(() => ({ registry: { appendAudit: broken } }));
  expect(await call('GET', '/v1/instances')).toMatchObject({ status: 503, reason: 'gateway-unavailable' });
  expect(forwarded).toEqual([]);
  const absent = await setUp(() => ({ findPolicies: () => Promise.resolve(undefined) }));
  expect(await absent.call('GET', '/v1/instances')).toMatchObject({ status: 403, reason: 'gateway-role-gone' });
  const away = await setUp(() => ({ forward: () => Promise.resolve(refuse('http-upstream-unavailable', {}, 'x')) }));
  expect(await away.call('GET', '/v1/instances')).toMatchObject({ status: 502 });
});
