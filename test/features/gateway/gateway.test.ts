import { readFileSync } from 'node:fs';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { newAccessKey, type SessionFacts, sealSession, signRequest } from '../../../src/core/credentials/index.ts';
import { RefusedError, refuse } from '../../../src/core/refusals/index.ts';
import { parseRouteTable } from '../../../src/core/routes/index.ts';
import { type HttpRequest, headerValues, jsonResponse } from '../../../src/core/wire/index.ts';
import { createGateway, type GatewayPorts } from '../../../src/features/gateway/index.ts';
import { httpRequest, must, newClusterKey, newPlatform, noon } from '../platform.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();
const routeFile: unknown = parse(readFileSync('examples/platform-api/routes.yaml', 'utf8'));
const routes = must(parseRouteTable(routeFile));

const answerShape = z.looseObject({ message: z.string().default('') });

interface Forwarded {
  readonly request: HttpRequest;
  readonly set: Readonly<Record<string, string>>;
  readonly dropped: readonly string[];
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

async function setUp(changedPorts: Partial<GatewayPorts> = {}) {
  const platform = newPlatform();
  const tenant = await platform.newTenant(issuer, key);
  const forwarded: Forwarded[] = [];
  const gateway = createGateway({
    ...platform.ports,
    routes,
    forward: (request, { set, drop }) => {
      const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
      forwarded.push({ request, set, dropped: names.filter((name) => drop(name)) });
      return Promise.resolve(jsonResponse(200, { instances: [] }));
    },
    ...changedPorts,
  });

  /** Credentials of a session of the tenant's role. */
  function session(changed: Partial<SessionFacts> = {}) {
    const accessKey = newAccessKey('ASIA', platform.ports.randomBytes);
    const facts: SessionFacts = {
      accountId: tenant.accountId,
      roleId: tenant.role.id,
      roleName: 'my-app',
      rolePath: '/',
      partition: 'aws',
      sessionName: 'session',
      secretAccessKey: accessKey.secretAccessKey,
      issuedAt: noon,
      expiresAt: noon + 3_600_000,
      issuer,
      subject: 'system:serviceaccount:default:my-app',
      tags: {},
      ...changed,
    };
    const { keyring, randomBytes } = platform.ports;
    return { ...accessKey, sessionToken: sealSession(facts, accessKey.accessKeyId, keyring(), randomBytes(12)) };
  }

  async function call(
    method: string,
    target: string,
    credentials: Credentials,
    options: {
      service?: string;
      headers?: Readonly<Record<string, string>>;
      unsigned?: Readonly<Record<string, string>>;
    } = {},
  ) {
    const { headers = {}, unsigned = {}, service = 'compute' } = options;
    const plain = httpRequest({ method, target, headers });
    const { now } = platform.clock;
    const signed = must(signRequest(plain, { ...credentials, region: 'us-east-1', service, now }));
    const response = await gateway(httpRequest({ method, target, headers: { ...headers, ...signed, ...unsigned } }));
    const body: unknown = JSON.parse(String(response.body));
    return { status: response.status, ...answerShape.parse(body) };
  }
  return { ...platform, tenant, forwarded, gateway, session, call };
}

describe('a request that its role allows', () => {
  test('is on the audit record and forwarded, with who asks and without what opens anything', async () => {
    const { call, session, forwarded, ports, tenant } = await setUp();
    expect(await call('GET', '/v1/instances?limit=2', session())).toMatchObject({ status: 200, instances: [] });
    const arn = `arn:aws:sts::${tenant.accountId}:assumed-role/my-app/session`;
    expect(forwarded).toHaveLength(1);
    expect(forwarded[0]?.request.target).toBe('/v1/instances?limit=2');
    expect(forwarded[0]?.set).toMatchObject({ 'x-podiam-principal': arn, 'x-podiam-account': tenant.accountId });
    expect(forwarded[0]?.dropped).toEqual(['x-amz-security-token', 'authorization']);
    expect((await ports.registry.audit.list({ limit: 10 })).items).toMatchObject([
      { outcome: 'allowed', action: 'compute:ListInstances', principal: arn, reason: expect.stringContaining('Look') },
    ]);
  });

  test('of an account’s own key is forwarded, too', async () => {
    const { call, tenant, forwarded } = await setUp();
    expect(await call('DELETE', '/v1/instances/web-1', tenant.rootKey)).toMatchObject({ status: 200 });
    expect(forwarded[0]?.set['x-podiam-principal']).toBe(`arn:aws:iam::${tenant.accountId}:root`);
  });

  test.each(['X-Podiam-Principal', 'x_podiam_principal', 'X-PODIAM_ACCOUNT'])(
    'A25 brings no %s of its own to the API',
    async (name) => {
      const { call, session, forwarded } = await setUp();
      await call('GET', '/v1/instances', session(), { headers: { [name]: 'arn:aws:iam::1:root' } });
      expect(forwarded[0]?.dropped).toContain(name);
    },
  );

  test.each([
    'Forwarded',
    'X-Forwarded-For',
    'X_Forwarded_For',
    'X-Forwarded-Host',
    'X-Forwarded-User',
    'X-Forwarded-Client-Cert',
    'X-Real-IP',
    'X_Real_IP',
    'X-Client-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'X-Remote-User',
    'Remote_User',
    'X-User',
    'X-User-Id',
    'X-Auth-Request-Email',
    'X-SSL-Client-DN',
    'X-Request-Id',
  ])('A25 brings no word of its own for who it is to the API: %s', async (name) => {
    const { call, session, forwarded } = await setUp();
    await call('GET', '/v1/instances', session(), { headers: { [name]: 'admin' } });
    await call('GET', '/v1/instances', session(), { unsigned: { [name]: 'admin' } });
    expect(forwarded.map(({ dropped }) => dropped.includes(name))).toEqual([true, true]);
  });

  test.each(['User-Agent', 'Accept', 'X-User-Agent', 'Content-Type', 'Traceparent', 'X-Usage'])(
    'brings its %s to the API',
    async (name) => {
      const { call, session, forwarded } = await setUp();
      await call('GET', '/v1/instances', session(), { headers: { [name]: 'x' } });
      expect(forwarded[0]?.dropped).not.toContain(name);
    },
  );

  test.each([
    [true, 'https'],
    [false, 'http'],
  ])('tells the API its socket’s address, and whether it was encrypted: %s', async (encrypted, protocol) => {
    const { gateway, session, forwarded } = await setUp();
    const signer = { ...session(), region: 'us-east-1', service: 'compute', now: noon };
    const headers = must(signRequest(httpRequest({ target: '/v1/instances' }), signer));
    const sent = httpRequest({ target: '/v1/instances', headers: { ...headers, 'X-Forwarded-For': '10.0.0.1' } });
    expect(await gateway({ ...sent, peer: { address: '2001:db8::7', encrypted } })).toMatchObject({ status: 200 });
    expect(forwarded[0]?.set).toMatchObject({ 'x-forwarded-for': '2001:db8::7', 'x-forwarded-proto': protocol });
  });
});

describe('a presigned URL', () => {
  const signedParameters = /x(-|%2d)amz/i;

  async function presigned(target: string, credentials: { sessionToken: string } & Credentials) {
    const [path = '', text = ''] = target.split('?');
    const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'compute', sha256: Sha256 });
    const query = Object.fromEntries(new URLSearchParams(text));
    const { query: signed } = await signer.presign(
      {
        method: 'GET',
        protocol: 'https:',
        hostname: 'api.example.com',
        path,
        query,
        headers: { host: 'api.example.com' },
      },
      { signingDate: new Date(noon), expiresIn: 300 },
    );
    return Object.entries(signed ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  }

  test('is judged whole and reaches the API without its signature and token, in whatever order they stand', async () => {
    const { gateway, session, forwarded } = await setUp();
    const pairs = await presigned('/v1/instances?limit=2&name=a%26b', session());
    for (const target of [pairs, pairs.toReversed()].map((order) => `/v1/instances?${order.join('&')}`)) {
      expect(target).toMatch(signedParameters);
      expect(await gateway(httpRequest({ target }))).toMatchObject({ status: 200 });
    }
    expect(forwarded.map(({ request }) => [request.target, request.path, request.query])).toEqual([
      ['/v1/instances?limit=2&name=a%26b', '/v1/instances', 'limit=2&name=a%26b'],
      ['/v1/instances?name=a%26b&limit=2', '/v1/instances', 'name=a%26b&limit=2'],
    ]);
  });

  test('is known by names that are escaped, too, and leaves no empty query', async () => {
    const { gateway, session, forwarded } = await setUp();
    const pairs = await presigned('/v1/instances', session());
    const target = `/v1/instances?${pairs.map((pair) => pair.replace('X-Amz-S', 'X%2dAm%7A-%53')).join('&')}`;
    expect(target).toContain('X%2dAm%7A-%53ignature=');
    expect(await gateway(httpRequest({ target }))).toMatchObject({ status: 200 });
    expect(forwarded.map(({ request }) => request.target)).toEqual(['/v1/instances']);
  });

  test.each(['/v1/instances?', '/v1/instances?&&a=1&', '/v1/instances?a=%FF&X-Amz-Other=1'])(
    'is the only thing whose target is changed: %s',
    async (target) => {
      const { call, session, forwarded } = await setUp();
      expect(await call('GET', target, session())).toMatchObject({ status: 200 });
      expect(forwarded.map(({ request }) => request.target)).toEqual([target]);
    },
  );
});

describe('what is refused', () => {
  test('an operation that the role does not allow, naming action and resource', async () => {
    const { call, session, forwarded, ports, tenant } = await setUp();
    const answer = await call('DELETE', '/v1/instances/web-1', session());
    const resource = `arn:aws:compute::${tenant.accountId}:instance/web-1`;
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(answer.message).toContain(`is not authorized to perform compute:DeleteInstance on ${resource}`);
    expect(forwarded).toEqual([]);
    expect((await ports.registry.audit.list({ limit: 10 })).items).toMatchObject([
      { outcome: 'refused', code: 'gateway-not-allowed', action: 'compute:DeleteInstance', resource },
    ]);
  });

  test('A14 an operation that the session’s own policy does not allow, though the role does', async () => {
    const { call, session } = await setUp();
    const sessionPolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'compute:GetInstance', Resource: '*' }],
    });
    expect(await call('GET', '/v1/instances', session({ sessionPolicy }))).toMatchObject({ status: 403 });
    expect(await call('GET', '/v1/instances/web-1', session({ sessionPolicy }))).toMatchObject({ status: 200 });
  });

  test('a session past its end', async () => {
    const { call, session, clock } = await setUp();
    const credentials = session();
    clock.now += 3_600_000;
    expect(await call('GET', '/v1/instances', credentials)).toMatchObject({ status: 403, code: 'ExpiredToken' });
  });

  test('A8 a session whose role is gone, though one of the same name exists', async () => {
    const { call, session } = await setUp();
    const credentials = session({ roleId: 'AROAAAAAAAAAAAAAAAAAA' });
    expect(await call('GET', '/v1/instances', credentials)).toMatchObject({ status: 403, reason: 'gateway-role-gone' });
  });

  test('A6 a session token with another access key, and a tampered one', async () => {
    const { call, session } = await setUp();
    const [mine, other] = [session(), session()];
    expect(await call('GET', '/v1/instances', { ...mine, sessionToken: other.sessionToken })).toMatchObject({
      status: 403,
    });
    const flipped = mine.sessionToken.at(40) === 'A' ? 'B' : 'A';
    const tampered = mine.sessionToken.slice(0, 40) + flipped + mine.sessionToken.slice(41);
    expect(await call('GET', '/v1/instances', { ...mine, sessionToken: tampered })).toMatchObject({ status: 403 });
  });

  test('a signature for another service', async () => {
    const { call, session } = await setUp();
    expect(await call('GET', '/v1/instances', session(), { service: 's3' })).toMatchObject({ status: 403 });
  });

  test('an authorization of another kind, and no credentials at all', async () => {
    const { gateway } = await setUp();
    const headers = { authorization: 'Basic YWRhOnNlY3JldA==' };
    expect(await gateway(httpRequest({ target: '/v1/instances', headers }))).toMatchObject({ status: 400 });
    expect(await gateway(httpRequest({ target: '/v1/instances' }))).toMatchObject({ status: 403 });
  });

  test.each([
    ['/v2/instances', 403, 'gateway-no-route'],
    ['/v1//instances', 400, 'gateway-path-ambiguous'],
    ['/v1/instances/%2e%2e', 400, 'gateway-path-ambiguous'],
  ])('%s', async (target, status, reason) => {
    const { call, session, forwarded } = await setUp();
    expect(await call('GET', target, session())).toMatchObject({ status, reason });
    expect(forwarded).toEqual([]);
  });

  test.each([
    'X-HTTP-Method-Override',
    'X_HTTP_Method_Override',
    'x_http-method_OVERRIDE',
    'X-Original-URL',
    'X_Original_URL',
    'X-Original-URI',
    'X-Original-Method',
    'X-Rewrite-URL',
    'X-Forwarded-Method',
    'X-Forwarded-URI',
    'X_Forwarded_Prefix',
  ])('A24 a header %s, signed or not', async (name) => {
    const { call, session } = await setUp();
    const refused = { status: 400, reason: 'gateway-header-override' };
    expect(await call('GET', '/v1/instances', session(), { headers: { [name]: 'DELETE' } })).toMatchObject(refused);
    expect(await call('GET', '/v1/instances', session(), { unsigned: { [name]: 'DELETE' } })).toMatchObject(refused);
  });
});

test('A21 a flood of strangers is answered, and does not fill the audit record', async () => {
  const { gateway, ports, call, session } = await setUp();
  for (let i = 0; i < 300; i++)
    expect(await gateway(httpRequest({ target: '/v1/instances' }))).toMatchObject({ status: 403 });
  expect((await ports.registry.audit.list({ limit: 1000 })).items).toHaveLength(200);
  await call('DELETE', '/v1/instances/web-1', session());
  expect((await ports.registry.audit.list({ limit: 1000 })).items).toHaveLength(201);
});

describe('A15 what cannot be looked up or recorded is not forwarded', () => {
  const broken = () => Promise.reject(new Error('disk I/O error'));

  test.each(['findPolicies', 'appendAudit'] as const)('when %s fails', async (method) => {
    const set = await setUp();
    const { registry } = set.ports;
    const gateway = createGateway({
      ...set.ports,
      [method]: broken,
      registry: { appendAudit: (event) => registry.appendAudit(event), [method]: broken },
      routes,
      forward: () => Promise.reject(new Error('was forwarded')),
    });
    const request = httpRequest({ target: '/v1/instances' });
    const signer = { ...set.session(), region: 'us-east-1', service: 'compute', now: noon };
    const headers = must(signRequest(request, signer));
    expect(await gateway(httpRequest({ target: '/v1/instances', headers }))).toMatchObject({ status: 503 });
  });

  test('the API’s own absence is told as such, and logged with its cause', async () => {
    const { call, session, lines } = await setUp({
      forward: () => Promise.resolve(refuse('http-upstream-unavailable', {}, 'ECONNREFUSED')),
    });
    expect(await call('GET', '/v1/instances', session())).toMatchObject({ status: 502 });
    expect(lines).toMatchObject([
      {
        level: 'error',
        facts: { code: 'http-upstream-unavailable', cause: 'ECONNREFUSED', requestId: expect.any(String) },
      },
    ]);
  });

  test('the log tells the exact cause of a registry’s failure, the caller does not learn it', async () => {
    const failure = new RefusedError(refuse('registry-unavailable', {}, 'disk I/O error'));
    const { call, session, lines, ports } = await setUp();
    const { registry } = ports;
    vi.spyOn(registry, 'account').mockImplementation(() => {
      throw failure;
    });
    const answer = await call('GET', '/v1/instances', session());
    expect(answer).toMatchObject({ status: 503 });
    expect(JSON.stringify(answer)).not.toContain('disk');
    expect(lines[0]).toMatchObject({ level: 'error', facts: { error: 'registry-unavailable: disk I/O error' } });
  });
});

test('a role’s policy that cannot be read allows nothing, and its other policies neither', async () => {
  const { call, session, ports, tenant } = await setUp();
  expect(await call('GET', '/v1/instances', session())).toMatchObject({ status: 200 });
  const half = { name: 'half', document: '{"Version":' };
  await ports.registry.account(tenant.accountId).rolePolicies.putInline(tenant.role.name, half, noon);
  expect(await call('GET', '/v1/instances', session())).toMatchObject({ status: 403 });
});

test('header names count in any case, and repetitions are seen', () => {
  expect(headerValues({ rawHeaders: ['X-A', '1', 'x-a', '2'] }, 'x-a')).toEqual(['1', '2']);
});
