// `podiam platform` as a provider runs it: the real process, its sockets, files and signals.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { signRequest } from '../../src/core/credentials/index.ts';
import { issueLeaf, makeAuthority } from '../../src/io/tls/index.ts';
import { readAnswer } from '../features/administration/api.ts';
import { clusterToken, httpRequest, must, newClusterKey } from '../features/platform.ts';
import { freePort, startPostgres } from '../io/sql/postgres-server.ts';
import { type Exchanged, exchange, podiam, startPodiam, temporaryFolder } from './podiam.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();

async function startPlatform(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const free = ['--port', '0', '--metrics-port', '0', '--drain-seconds', '0'];
  const started = startPodiam(['platform', ...free, ...args], { environment });
  const [, api = '', metrics = ''] = await started.saidOnError(/"api":"([^"]+)","metrics":"([^"]+)".*"it listens"/);
  return { ...started, api, metrics, ready: () => started.saidOnError(/"the platform is ready"/) };
}

async function readyPlatform(args: readonly string[]) {
  const platform = await startPlatform(args);
  await platform.ready();
  return platform;
}

const keysOf = (jwks: string) => z.object({ keys: z.array(z.unknown()) }).parse(JSON.parse(jwks)).keys;

const opened = z.object({ id: z.string(), root_key: z.object({ bearer: z.string() }) });

/** An account made by the command, with the cluster and a role that its service account may assume. */
async function newTenant(data: string, api: string) {
  const run = await podiam(['platform', 'account', 'create', '--name', 'acme', '--data', data, '--output', 'json']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const { id, root_key: root } = opened.parse(JSON.parse(run.stdout));
  const call = async (method: string, path: string, body?: unknown, bearer = root.bearer) => {
    const headers = { authorization: `Bearer ${bearer}` };
    const response = await fetch(`${api}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: readAnswer(text) };
  };
  const provider = issuer.replace('https://', '');
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${id}:oidc-provider/${provider}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${provider}:sub`]: 'system:serviceaccount:default:my-app', [`${provider}:aud`]: 'podiam' },
    },
  };
  const look = { Effect: 'Allow', Action: ['iam:ListRoles', 'compute:ListInstances'], Resource: '*' };
  const document = (one: unknown) => ({ Version: '2012-10-17', Statement: [one] });
  expect(
    (await call('POST', '/v2/oidc/issuer', { source: 'external', uri: issuer, keys: keysOf(key.jwks) })).status,
  ).toBe(201);
  const role = {
    name: 'my-app',
    trust_policy: document(statement),
    policies: [{ name: 'look', document: document(look) }],
  };
  expect((await call('POST', '/v2/roles', role)).status).toBe(201);
  return { accountId: id, roleArn: `arn:aws:iam::${id}:role/my-app`, bearer: root.bearer, call };
}

const token = () => clusterToken({ key, issuer, issuedAt: Date.now() - 1000 });

/** The status of GetCallerIdentity, signed by the session. */
async function identity(api: string, session: Exchanged): Promise<number> {
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const { host } = new URL(api);
  const request = { ...httpRequest({ method: 'POST', target: '/', body }), rawHeaders: ['host', host] };
  const headers = must(signRequest(request, { ...session, region: 'us-east-1', service: 'sts', now: Date.now() }));
  return (await fetch(`${api}/`, { method: 'POST', headers, body })).status;
}

async function stop(platform: {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly finished: Promise<{ readonly code: number | null }>;
}) {
  platform.kill('SIGTERM');
  expect((await platform.finished).code).toBe(0);
}

describe('from an account to a session, and back', () => {
  test('A7 a revocation counts at once, and after a restart; new sessions are given', async () => {
    const data = await temporaryFolder();
    const first = await readyPlatform(['--data', data]);
    const tenant = await newTenant(data, first.api);
    const session = await exchange(first.api, tenant.roleArn, await token());
    expect(session.status).toBe(200);
    expect(await identity(first.api, session)).toBe(200);
    await wait(5);
    const body = { scope: { kind: 'service-account', namespace: 'default', service_account: 'my-app' } };
    expect((await tenant.call('POST', '/v2/revocations', body)).status).toBe(201);
    expect(await identity(first.api, session)).toBe(403);
    await stop(first);

    const second = await readyPlatform(['--data', data]);
    expect(await identity(second.api, session)).toBe(403);
    const other = await exchange(second.api, tenant.roleArn, await token());
    expect(await identity(second.api, other)).toBe(200);
    const audit = await podiam(['platform', 'audit', '--data', data, '--output', 'json', '--action', 'podiam:Revoke']);
    expect(JSON.parse(audit.stdout)).toMatchObject({
      outcome: 'allowed',
      principal: `arn:aws:iam::${tenant.accountId}:root`,
    });
    await stop(second);
  });

  test('the direct exchange gives a Bearer string that is on record, opens what its role may, and is revoked like any', async () => {
    const data = await temporaryFolder();
    const platform = await readyPlatform(['--data', data]);
    const { call, roleArn } = await newTenant(data, platform.api);
    const path = `/v2/oidc/token?role=${encodeURIComponent(roleArn)}`;
    const given = await call('GET', path, undefined, await token());
    expect(given).toMatchObject({ status: 200, json: { token_type: 'Bearer', role_arn: roleArn } });
    expect(given.json.expires_in).toBeGreaterThan(3590);
    const { access_token: bearer = '', session_id: id } = given.json;
    expect((await call('GET', '/v2/roles', undefined, bearer)).status).toBe(200);
    expect((await call('GET', '/v2/policies', undefined, bearer)).status).toBe(403);
    expect((await call('GET', `/v2/sessions/${id}`)).json.session).toMatchObject({
      kind: 'bearer',
      subject: 'system:serviceaccount:default:my-app',
    });
    expect((await call('DELETE', `/v2/sessions/${id}`)).status).toBe(204);
    expect((await call('GET', '/v2/roles', undefined, bearer)).status).toBe(403);
    const stranger = await call(
      'GET',
      path,
      undefined,
      await clusterToken({ key, issuer, serviceAccount: 'other', issuedAt: Date.now() }),
    );
    expect(stranger).toMatchObject({ status: 403, json: { code: 'AccessDenied' } });
    const { json: role } = await call('GET', '/v2/roles/my-app');
    expect((await call('GET', `/v2/oidc/token?role=${role.role?.id}`, undefined, await token())).status).toBe(200);
    // Neither string stands in what was said or is kept.
    for (const text of [platform.stderr(), (await readFile(join(data, 'registry.db-wal'))).toString('latin1')]) {
      expect(text).not.toContain(bearer);
    }
  });
});

describe('the gateway', () => {
  test('stands in front of an API on a port of its own: what the role allows passes, all else does not', async () => {
    const asked: string[] = [];
    const upstream = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} as ${String(request.headers['x-podiam-principal'])}`);
      response.end('[]');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void upstream.close());
    await once(upstream, 'listening');
    const { port } = z.object({ port: z.number() }).parse(upstream.address());
    const data = await temporaryFolder();
    const routes = ['--routes', 'examples/platform-api/routes.yaml', '--upstream', `http://127.0.0.1:${port}`];
    const platform = await readyPlatform(['--data', data, '--gateway-port', '0', ...routes]);
    const gateway = /"gateway":"([^"]+)"/.exec(platform.stderr())?.[1] ?? '';
    const { roleArn, accountId } = await newTenant(data, platform.api);
    const session = await exchange(platform.api, roleArn, await token());
    const send = (method: string, target: string) => {
      const request = { ...httpRequest({ method, target }), rawHeaders: ['host', new URL(gateway).host] };
      const headers = must(
        signRequest(request, { ...session, region: 'us-east-1', service: 'compute', now: Date.now() }),
      );
      return fetch(`${gateway}${target}`, { method, headers });
    };
    expect((await send('GET', '/v1/instances')).status).toBe(200);
    expect((await send('DELETE', '/v1/instances/web-1')).status).toBe(403);
    expect((await fetch(`${gateway}/v1/instances`)).status).toBe(403);
    expect(asked).toEqual([`GET /v1/instances as arn:aws:sts::${accountId}:assumed-role/my-app/test`]);
  });

  test('takes the Bearer string of a session, until that is revoked, and shows it to the API as little as a signature', async () => {
    const seen: string[] = [];
    const upstream = createServer((request, response) => {
      seen.push(`${request.url} ${JSON.stringify(request.rawHeaders)}`);
      response.end('[]');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void upstream.close());
    await once(upstream, 'listening');
    const { port } = z.object({ port: z.number() }).parse(upstream.address());
    const data = await temporaryFolder();
    const routes = ['--routes', 'examples/platform-api/routes.yaml', '--upstream', `http://127.0.0.1:${port}`];
    const platform = await readyPlatform(['--data', data, '--gateway-port', '0', ...routes]);
    const gateway = /"gateway":"([^"]+)"/.exec(platform.stderr())?.[1] ?? '';
    const { call, roleArn, accountId } = await newTenant(data, platform.api);
    const path = `/v2/oidc/token?role=${encodeURIComponent(roleArn)}`;
    const { access_token: bearer = '', session_id: id } = (await call('GET', path, undefined, await token())).json;
    const send = (method: string, target: string) =>
      fetch(`${gateway}${target}`, { method, headers: { authorization: `Bearer ${bearer}` } });
    expect((await send('GET', '/v1/instances')).status).toBe(200);
    expect((await send('DELETE', '/v1/instances/web-1')).status).toBe(403);
    expect(seen).toEqual([expect.stringContaining(`arn:aws:sts::${accountId}:assumed-role/my-app/podiam-bearer`)]);
    expect(seen.join('')).not.toMatch(/podiam_session|authorization/i);
    expect((await call('DELETE', `/v2/sessions/${id}`)).status).toBe(204);
    expect((await send('GET', '/v1/instances')).status).toBe(403);
    expect(seen).toHaveLength(1);
    const audit = await podiam(['platform', 'audit', '--data', data, '--output', 'json', '--session', String(id)]);
    const events = audit.stdout
      .trim()
      .split('\n')
      .map((line) => z.object({ action: z.string(), code: z.string() }).parse(JSON.parse(line)));
    expect(events.map(({ action, code }) => `${action} ${code}`).toSorted()).toEqual([
      'compute:DeleteInstance gateway-not-allowed',
      'compute:ListInstances ',
      'sts:AssumeRoleWithWebIdentity ',
    ]);
    const metrics = await (await fetch(`${platform.metrics}/metrics`)).text();
    expect(metrics).toMatch(
      /podiam_platform_calls_total\{service="sts",action="AssumeRoleWithWebIdentity",outcome="allowed",code=""\} 1/,
    );
    expect(metrics).toContain('podiam_platform_sessions_total{kind="bearer"} 1');
  });
});

describe('what goes wrong around it', () => {
  test('F13 an audit log that nobody reads stops what is issued, in bounded time, and not what was issued', async () => {
    const data = await temporaryFolder();
    const pipe = join(await temporaryFolder(), 'audit');
    execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    const drain = () => {
      const chunk = Buffer.alloc(1024 * 1024);
      try {
        return chunk.toString('utf8', 0, readSync(reader, chunk));
      } catch {
        return '';
      }
    };
    const platform = await readyPlatform(['--data', data, '--audit-log', pipe]);
    const { roleArn } = await newTenant(data, platform.api);
    const session = await exchange(platform.api, roleArn, await token());
    expect(session.status).toBe(200);
    let last: Exchanged = session;
    for (let i = 0; i < 400 && last.status === 200; i += 1) last = await exchange(platform.api, roleArn, await token());
    expect(last.status).toBe(503);
    expect(await identity(platform.api, session)).toBe(200);
    const first = drain().split('\n', 1)[0] ?? '';
    expect(JSON.parse(first)).toMatchObject({ action: 'podiam:OpenAccount', outcome: 'allowed' });
    expect((await exchange(platform.api, roleArn, await token())).status).toBe(200);
    expect(await (await fetch(`${platform.metrics}/metrics`)).text()).toMatch(/podiam_platform_unrecorded_total [1-9]/);
  });

  test('F20 the sealing key is rotated while exchanges go on: none fails, and old seals open', async () => {
    const data = await temporaryFolder();
    const platform = await readyPlatform(['--data', data]);
    const { roleArn } = await newTenant(data, platform.api);
    const before = await exchange(platform.api, roleArn, await token());
    expect((await podiam(['platform', 'keys', 'rotate', '--data', data])).code).toBe(0);
    const keyOf = (session: Exchanged) => session.sessionToken.split('.')[1];
    let after = before;
    while (keyOf(after) === keyOf(before)) {
      await wait(200);
      after = await exchange(platform.api, roleArn, await token());
      expect(after.status).toBe(200);
    }
    expect(await identity(platform.api, before)).toBe(200);
    expect(await identity(platform.api, after)).toBe(200);
    const keys = await podiam(['platform', 'keys', 'list', '--data', data]);
    expect(keys.stdout).toMatch(new RegExp(`${keyOf(before)}  retiring`));
    expect(keys.stdout).toMatch(new RegExp(`${keyOf(after)}  active`));
  });

  test('F21 a database that is absent at the start is waited for: not ready, alive, and ready once it is there', async () => {
    const data = await temporaryFolder();
    const keyFile = ['--key-encryption-key', 'env:KEK'];
    const environment = { KEK: Buffer.alloc(32, 7).toString('base64') };
    const absent = await startPlatform(
      ['--data', data, ...keyFile, '--database', `postgres://podiam@127.0.0.1:${await freePort()}/podiam`],
      environment,
    );
    await absent.saidOnError(/the database is waited for/);
    const readiness = await fetch(`${absent.metrics}/readyz`);
    expect([readiness.status, await readiness.text()]).toEqual([
      503,
      expect.stringContaining('the database was not reached yet'),
    ]);
    expect((await fetch(`${absent.metrics}/healthz`)).status).toBe(200);
    const refused = await fetch(`${absent.api}/`, { method: 'POST' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    await stop(absent);

    const server = await startPostgres();
    onTestFinished(() => server.remove());
    const database = await server.newSchema();
    await server.stop();
    const platform = await startPlatform(['--data', data, ...keyFile, '--database', database], environment);
    await platform.saidOnError(/the database is waited for/);
    await server.start();
    await platform.ready();
    expect((await fetch(`${platform.api}/readyz`)).status).toBe(200);
    const { roleArn } = await newTenant(data, platform.api);
    expect((await exchange(platform.api, roleArn, await token())).status).toBe(200);
    await stop(platform);
  });

  test('F29 it is asked to end under load: unready at once, and every exchange that it took is answered', async () => {
    const data = await temporaryFolder();
    const platform = await readyPlatform(['--data', data, '--drain-seconds', '1']);
    const { roleArn } = await newTenant(data, platform.api);
    const shown = await token();
    const statuses: number[] = [];
    const ends: number[] = [];
    const work = async () => {
      for (;;) {
        try {
          statuses.push((await exchange(platform.api, roleArn, shown)).status);
        } catch {
          ends.push(performance.now());
          return;
        }
      }
    };
    const workers = Array.from({ length: 8 }, work);
    await wait(300);
    const before = statuses.length;
    const asked = performance.now();
    platform.kill('SIGTERM');
    await expect
      .poll(async () => (await fetch(`${platform.metrics}/readyz`)).status, { timeout: 900, interval: 20 })
      .toBe(503);
    await Promise.all(workers);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses.length).toBeGreaterThan(before);
    // Nothing failed before it had served on for as long as it was told to.
    expect(Math.min(...ends) - asked).toBeGreaterThanOrEqual(1000);
    expect((await platform.finished).code).toBe(0);
  });

  test('F14 what a killed platform leaves behind is in nobody’s way: commands open the registry, and the next one starts', async () => {
    const data = await temporaryFolder();
    const platform = await readyPlatform(['--data', data]);
    platform.kill('SIGKILL');
    await platform.finished;
    expect(existsSync(join(data, 'operator.sock'))).toBe(true);
    expect((await podiam(['platform', 'account', 'create', '--data', data, '--name', 'acme'])).code).toBe(0);
    const next = await readyPlatform(['--data', data]);
    const accounts = await podiam(['platform', 'account', 'list', '--data', data]);
    expect(accounts.stdout).toMatch(/^\d{12} .* open +acme$/m);
    await stop(next);
  });
});

describe('two replicas over one PostgreSQL', () => {
  test('A7 a revocation at one counts at the other within two seconds; F20 what one seals with a new key the other opens', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    const database = await server.newSchema();
    const environment = { KEK: Buffer.alloc(32, 9).toString('hex'), PODIAM_DATABASE: database };
    const shared = ['--key-encryption-key', 'env:KEK'];
    const data = [await temporaryFolder(), await temporaryFolder()] as const;
    const [one, two] = await Promise.all(
      data.map((folder) => startPlatform(['--data', folder, ...shared], environment)),
    );
    if (!one || !two) throw new Error('there are two');
    await Promise.all([one.ready(), two.ready()]);
    const { roleArn, call } = await newTenant(data[0], one.api);
    const session = await exchange(one.api, roleArn, await token());
    expect(await identity(two.api, session)).toBe(200);

    // Asked through the socket of the one replica; the other hears of it by the database.
    expect((await podiam(['platform', 'keys', 'rotate', '--data', data[0]])).code).toBe(0);
    const keyOf = ({ sessionToken }: Exchanged) => sessionToken.split('.')[1];
    const sealedAnew = new Set<string>();
    while (sealedAnew.size < 2) {
      for (const [here, there] of [
        [one, two],
        [two, one],
      ] as const) {
        const given = await exchange(here.api, roleArn, await token());
        expect([given.status, await identity(there.api, given)]).toEqual([200, 200]);
        if (keyOf(given) !== keyOf(session)) sealedAnew.add(here.api);
      }
      await wait(200);
    }
    expect(await identity(two.api, session)).toBe(200);

    const { status } = await call('POST', '/v2/revocations', { scope: { kind: 'role', role: 'my-app' } });
    expect(status).toBe(201);
    await expect.poll(() => identity(two.api, session), { timeout: 2000, interval: 50 }).toBe(403);

    one.kill('SIGKILL');
    await one.finished;
    const later = await exchange(two.api, roleArn, await token());
    expect([later.status, await identity(two.api, later)]).toEqual([200, 200]);
    await stop(two);
  });
});

describe('TLS from files', () => {
  test('F5 a certificate that is replaced is served without a restart; half a pair is not', async () => {
    const folder = await temporaryFolder();
    const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    const now = Date.now();
    const validity = { notBefore: now - 60_000, notAfter: now + 86_400_000 };
    const make = async (name: string, keyFile: string, certFile: string) => {
      const authority = await makeAuthority(`${name} authority`, validity);
      const names = { commonName: name, dnsNames: [], ipAddresses: ['127.0.0.1'] };
      const leaf = await issueLeaf(authority, names, validity);
      await writeFile(keyFile, leaf.privateKey);
      await writeFile(certFile, leaf.certificate);
    };
    await make('first', files.key, files.cert);
    const platform = await startPlatform(['--data', folder, '--tls-cert', files.cert, '--tls-key', files.key]);
    await platform.ready();
    const port = Number(new URL(platform.api).port);
    const served = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
          resolve(String(socket.getPeerCertificate().subject.CN));
          socket.destroy();
        });
        socket.on('error', reject);
      });
    expect(await served()).toBe('first');
    await make('second', join(folder, 'new.key'), join(folder, 'new.crt'));
    await rename(join(folder, 'new.crt'), files.cert);
    await platform.saidOnError(/the last good certificate is served on/);
    expect(await served()).toBe('first');
    await rename(join(folder, 'new.key'), files.key);
    await expect.poll(served, { timeout: 12_000, interval: 200 }).toBe('second');
  });
});

describe('the operator', () => {
  test('backs the registry up while it runs, restores it elsewhere, and reaches it by URL with a key of their own', async () => {
    const data = await temporaryFolder();
    const other = join(await temporaryFolder(), 'other');
    const platform = await readyPlatform(['--data', data]);
    const { accountId } = await newTenant(data, platform.api);
    const copy = join(await temporaryFolder(), 'copy.db');
    expect((await podiam(['platform', 'backup', '--data', data, '--to', copy])).code).toBe(0);
    expect(await podiam(['platform', 'backup', '--data', data, '--to', copy])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('copy.db'),
    });
    const made = await podiam(['platform', 'keys', 'operator', '--data', data, '--name', 'ada', '--output', 'json']);
    const { bearer } = z.object({ bearer: z.string() }).parse(JSON.parse(made.stdout));
    const list = ['platform', 'account', 'list', '--url', platform.api];
    const remote = startPodiam(list, { environment: { PODIAM_OPERATOR_KEY: bearer } });
    expect((await remote.finished).stdout).toContain(accountId);
    expect((await startPodiam(list, { environment: { PODIAM_OPERATOR_KEY: `${bearer}x` } }).finished).code).toBe(1);
    expect((await startPodiam(list).finished).stderr).toContain('wants an operator key');
    await stop(platform);

    expect((await podiam(['platform', 'restore', '--data', other, '--from', copy])).code).toBe(0);
    execFileSync('cp', [join(data, 'key-encryption-key'), join(other, 'key-encryption-key')]);
    expect(await podiam(['platform', 'migrate', '--check', '--data', other])).toMatchObject({ code: 0 });
    expect((await podiam(['platform', 'account', 'list', '--data', other])).stdout).toContain(accountId);
  });

  test('a command that is not there, or lacks what it needs, is wrong usage and says what to write', async () => {
    expect(await podiam(['platform', 'acount', 'list'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean account list?'),
    });
    const run = await podiam(['platform', 'account', 'create', '--data', await temporaryFolder()]);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('--name NAME') });
    const help = await podiam(['platform', '--help']);
    expect(help.stdout).toContain('podiam platform account create');
  });
});
