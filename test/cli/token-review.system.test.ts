// Clusters that are asked about their tokens, by `podiam platform` as a provider runs it: the real process, and an API
// server with all that can be wrong with one. The real API server stands in test/cluster.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { readAnswer } from '../features/administration/api.ts';
import { clusterToken, newClusterKey } from '../features/platform.ts';
import { behaviours, type ReviewingServer, startReviewServer } from '../io/kubernetes/review-server.ts';
import { startPostgres } from '../io/sql/postgres-server.ts';
import { exchange, podiam, startPodiam, temporaryFolder } from './podiam.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();
const { keys } = z.object({ keys: z.array(z.unknown()) }).parse(JSON.parse(key.jwks));
const reviewer = 'the-reviewers-own-token-0123456789';

/** One that nobody was asked about before. */
const newToken = () => clusterToken({ key, issuer, issuedAt: Date.now() - 1000 });

async function startPlatform(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const free = ['--port', '0', '--metrics-port', '0', '--drain-seconds', '0'];
  const started = startPodiam(['platform', ...free, ...args], { environment });
  const [, api = '', metrics = ''] = await started.saidOnError(/"api":"([^"]+)","metrics":"([^"]+)".*"it listens"/);
  await started.saidOnError(/"the platform is ready"/);
  return { ...started, api, metrics };
}

type Platform = Awaited<ReturnType<typeof startPlatform>>;

const opened = z.object({ id: z.string(), root_key: z.object({ bearer: z.string() }) });

/** An account made by the command, with a role, and its owner's word at any replica. */
async function newOwner(data: string) {
  const run = await podiam(['platform', 'account', 'create', '--name', 'acme', '--data', data, '--output', 'json']);
  const { id, root_key: root } = opened.parse(JSON.parse(run.stdout));
  const call = async ({ api }: Platform, method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${root.bearer}` };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${api}${path}`, { method, headers, ...sent });
    return { status: response.status, json: readAnswer(await response.text()) };
  };
  const register = async (at: Platform, server: ReviewingServer, more: Readonly<Record<string, unknown>> = {}) => {
    const { certificateAuthority: certificate_authority, url } = server;
    const token_review = { url, certificate_authority, token: reviewer, ...more };
    return call(at, 'POST', '/v2/oidc/issuer', { source: 'external', uri: issuer, keys, token_review });
  };
  const change = (at: Platform, issuerId: string | undefined, token_review: unknown) =>
    call(at, 'PATCH', `/v2/oidc/issuer/${issuerId}`, { token_review });
  const provider = issuer.replace('https://', '');
  const roleArn = `arn:aws:iam::${id}:role/my-app`;
  const makeRole = (at: Platform) =>
    call(at, 'POST', '/v2/roles', {
      name: 'my-app',
      trust_policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: `arn:aws:iam::${id}:oidc-provider/${provider}` },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: {
              StringEquals: {
                [`${provider}:sub`]: 'system:serviceaccount:default:my-app',
                [`${provider}:aud`]: 'podiam',
              },
            },
          },
        ],
      },
    });
  return { call, change, makeRole, register, roleArn };
}

/** What becomes of a token at both doors: 200, or the code of the refusal. */
async function atBothDoors({ api }: Platform, roleArn: string, token: string) {
  const { body, status } = await exchange(api, roleArn, token);
  const target = `${api}/v2/oidc/token?role=${encodeURIComponent(roleArn)}`;
  const direct = await fetch(target, { headers: { authorization: `Bearer ${token}` } });
  const { code } = readAnswer(await direct.text());
  return [/<Code>(\w+)/.exec(body)?.[1] ?? status, code ?? direct.status];
}

test('A17 an API server at a private address is not asked unless the operator allows it, and nothing is kept', async () => {
  const server = await startReviewServer();
  const data = await temporaryFolder();
  const platform = await startPlatform(['--data', data]);
  const { call, register } = await newOwner(data);
  for (const url of [server.url, `https://127.0.0.1:${server.port}`, `https://[::1]:${server.port}`]) {
    const refused = await register(platform, server, { url });
    expect(refused).toMatchObject({ status: 400, json: { reason: 'issuer-review-address-private' } });
  }
  expect((await call(platform, 'GET', '/v2/oidc/issuer')).json.issuers).toEqual([]);
  expect(server.connections()).toBe(0);
});

test('a deleted pod’s token opens nothing at any door, and what goes wrong with the cluster is told to whom it concerns', async () => {
  const server = await startReviewServer();
  const data = await temporaryFolder();
  const platform = await startPlatform([
    '--data',
    data,
    '--allow-private-issuers',
    '--token-review-milliseconds',
    '500',
  ]);
  const { call, change, makeRole, register, roleArn } = await newOwner(data);
  await makeRole(platform);
  const registered = await register(platform, server);
  expect(registered.status).toBe(201);
  const id = registered.json.issuer?.id;
  const both = async () => atBothDoors(platform, roleArn, await newToken());

  const token = await newToken();
  expect(await atBothDoors(platform, roleArn, token)).toEqual([200, 200]);
  expect(server.asked.at(-1)).toEqual({ authorization: `Bearer ${reviewer}`, token, audiences: ['podiam'] });
  // Asked once for both doors, over a connection that stays.
  const before = server.connections();
  expect(server.asked.filter((one) => one.token === token)).toHaveLength(1);
  server.behave = behaviours.gone;
  expect(await both()).toEqual(['IDPRejectedClaim', 'IDPRejectedClaim']);
  expect(server.connections()).toBe(before);

  for (const behave of [behaviours.hangs, behaviours.redirects, behaviours.unauthorized, behaviours.unavailable]) {
    server.behave = behave;
    expect(await both()).toEqual(['IDPCommunicationError', 'IDPCommunicationError']);
  }
  const log = platform.stderr().split('\n');
  const told = log.filter((line) => line.includes('a cluster cannot be asked about its tokens'));
  for (const line of told) expect(line).toContain(`"issuer":"${issuer}","issuerId":"${id}"`);
  for (const cause of ['kubernetes-too-slow', 'kubernetes-redirected', 'expired or was revoked', 'etcd is gone'])
    expect(
      told.some((line) => line.includes(cause)),
      cause,
    ).toBe(true);

  // The API server's authority was exchanged: refused until the owner has put the new one in place.
  server.behave = behaviours.stands;
  expect(await both()).toEqual([200, 200]);
  const renewed = await startReviewServer({ isOther: true });
  expect((await change(platform, id, { url: renewed.url, token: 'a-newer-token' })).json.reason).toBe(
    'issuer-review-unusable',
  );
  const { certificateAuthority: certificate_authority, url } = renewed;
  expect((await change(platform, id, { url, token: 'a-newer-token', certificate_authority })).status).toBe(200);
  expect(await both()).toEqual([200, 200]);
  expect(renewed.asked.at(-1)?.authorization).toBe('Bearer a-newer-token');

  const metrics = await (await fetch(`${platform.metrics}/metrics`)).text();
  expect(metrics).toMatch(/podiam_platform_token_reviews_total\{outcome="unavailable"\} \d/);
  // A26: nothing that anyone reads has a token in it, nor has the registry or its backup.
  const copy = join(data, 'copy.db');
  expect((await podiam(['platform', 'backup', '--data', data, '--to', copy])).code).toBe(0);
  const audit = JSON.stringify((await call(platform, 'GET', '/v2/audit?per_page=500')).json);
  const files = await Promise.all(
    ['copy.db', 'registry.db', 'registry.db-wal'].map((name) => readFile(join(data, name), 'latin1')),
  );
  for (const text of [platform.stderr(), platform.stdout(), metrics, audit, ...files])
    for (const secret of [reviewer, 'a-newer-token', token]) expect(text.includes(secret)).toBe(false);

  // What was backed up asks again elsewhere, given the key-encryption key.
  const restored = await temporaryFolder();
  expect((await podiam(['platform', 'restore', '--data', restored, '--from', copy])).code).toBe(0);
  const kept = ['--key-encryption-key', `file:${join(data, 'key-encryption-key')}`];
  const second = await startPlatform(['--data', restored, '--allow-private-issuers', ...kept]);
  expect(await atBothDoors(second, roleArn, await newToken())).toEqual([200, 200]);
  expect(renewed.asked.at(-1)?.authorization).toBe('Bearer a-newer-token');

  expect((await change(platform, id, null)).status).toBe(200);
  renewed.behave = behaviours.gone;
  expect(await both()).toEqual([200, 200]);
});

test('what is changed at one replica is in force at the other, and the key-encryption key is exchanged under both', async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.remove());
  const [older, newer] = [Buffer.alloc(32, 1).toString('hex'), Buffer.alloc(32, 2).toString('hex')];
  const environment = { OLDER: older, NEWER: newer, PODIAM_DATABASE: await postgres.newSchema() };
  const start = (data: string, ...kept: readonly string[]) => {
    const keyed = kept.flatMap((name) => ['--key-encryption-key', `env:${name}`]);
    return startPlatform(['--data', data, '--allow-private-issuers', ...keyed], environment);
  };
  const [data, other] = [await temporaryFolder(), await temporaryFolder()];
  const one = await start(data, 'OLDER', 'NEWER');
  const two = await start(other, 'NEWER', 'OLDER');
  const { change, makeRole, register, roleArn } = await newOwner(data);
  await makeRole(one);
  const [first, second] = [await startReviewServer(), await startReviewServer({ isOther: true })];
  const id = (await register(one, first)).json.issuer?.id;
  // A root key, a sealing key, and the token.
  const renewed = await podiam(['platform', 'keys', 'renew', '--data', other]);
  expect(renewed.stdout).toBe('3 secrets were encrypted anew.\n');
  expect(await atBothDoors(one, roleArn, await newToken())).toEqual([200, 200]);
  expect(await atBothDoors(two, roleArn, await newToken())).toEqual([200, 200]);
  expect(first.asked.at(-1)?.authorization).toBe(`Bearer ${reviewer}`);

  const { certificateAuthority: certificate_authority, url } = second;
  expect((await change(one, id, { url, certificate_authority, token: 'a-newer-token' })).status).toBe(200);
  first.behave = behaviours.gone;
  const atTwo = async () => (await atBothDoors(two, roleArn, await newToken()))[0];
  await expect.poll(atTwo, { timeout: 10_000, interval: 50 }).toBe(200);
  expect(second.asked.at(-1)?.authorization).toBe('Bearer a-newer-token');
  // The new token goes to the new server alone, whatever a replica that has not heard of the change believes.
  expect(first.asked.some(({ authorization }) => authorization === 'Bearer a-newer-token')).toBe(false);
  second.behave = behaviours.gone;
  expect(await atTwo()).toBe('IDPRejectedClaim');
  expect((await change(two, id, null)).status).toBe(200);
  const atOne = async () => (await atBothDoors(one, roleArn, await newToken()))[0];
  await expect.poll(atOne, { timeout: 10_000, interval: 50 }).toBe(200);
});
