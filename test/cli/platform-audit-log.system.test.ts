// The file of `--audit-log` under what happens to files: they are rotated, and disks are full. A real platform issues.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { clusterToken, newClusterKey } from '../features/platform.ts';
import { exchange, podiam, startPodiam, temporaryFolder } from './podiam.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();
const opened = z.object({ id: z.string(), root_key: z.object({ bearer: z.string() }) });
const keys = z.object({ keys: z.array(z.unknown()) });
const event = z.object({ outcome: z.string(), session_id: z.string().optional() });

/** A platform with an account, a cluster and a role, and how one of its pods exchanges. */
async function startIssuing(log: string, under: readonly string[] = []) {
  const data = await temporaryFolder();
  const free = ['--port=0', '--metrics-port=0', '--drain-seconds=0'];
  const platform = startPodiam(['platform', '--data', data, ...free, '--audit-log', log], { under });
  const [, api = ''] = await platform.saidOnError(/"api":"([^"]+)".*"it listens"/);
  await platform.saidOnError(/"the platform is ready"/);
  const made = await podiam(['platform', 'account', 'create', '--name=acme', '--data', data, '--output=json']);
  const { id, root_key: root } = opened.parse(JSON.parse(made.stdout));
  const post = async (path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${root.bearer}` };
    const { status } = await fetch(`${api}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(status).toBe(201);
  };
  await post('/v2/oidc/issuer', { source: 'external', uri: issuer, ...keys.parse(JSON.parse(key.jwks)) });
  const provider = issuer.replace('https://', '');
  const trusted = { [`${provider}:sub`]: 'system:serviceaccount:default:my-app', [`${provider}:aud`]: 'podiam' };
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${id}:oidc-provider/${provider}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: trusted },
  };
  await post('/v2/roles', { name: 'my-app', trust_policy: { Version: '2012-10-17', Statement: [statement] } });
  const issue = async () =>
    exchange(api, `arn:aws:iam::${id}:role/my-app`, await clusterToken({ key, issuer, issuedAt: Date.now() - 1000 }));
  return { platform, issue };
}

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => event.parse(JSON.parse(line)));

test('F13 a log that was rotated is gone on with in a new file, at once by SIGHUP, and the platform goes on', async () => {
  const log = join(await temporaryFolder(), 'audit.jsonl');
  const { platform, issue } = await startIssuing(log);
  const before = linesOf(log).length;
  expect((await issue()).status).toBe(200);
  renameSync(log, `${log}.1`);
  platform.kill('SIGHUP');
  await expect.poll(() => existsSync(log), { timeout: 2000, interval: 10 }).toBe(true);
  expect((await issue()).status).toBe(200);
  expect([linesOf(`${log}.1`).length, linesOf(log).length]).toEqual([before + 1, 1]);

  // Whoever rotates without a signal is noticed.
  renameSync(log, `${log}.2`);
  for (let issued = 0; !existsSync(log); issued += 1) expect((await issue()).status).toBe(200);
  platform.kill('SIGTERM');
  expect((await platform.finished).code).toBe(0);
});

test('F13 while the log’s disk is full nothing is issued, and it goes on by itself once there is room, each session on record', async () => {
  const disk = await temporaryFolder();
  const mount = 'mount -t tmpfs -o size=64k tmpfs "$1" && shift && exec "$@"';
  const ofItsOwn = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh', disk];
  const { platform, issue } = await startIssuing(join(disk, 'audit.jsonl'), ofItsOwn);
  const inside = (name: string) => `/proc/${platform.pid}/root${disk}/${name}`;
  const given: string[] = [];
  const issued = async () => {
    const { status, accessKeyId } = await issue();
    if (status === 200) given.push(accessKeyId);
    return status;
  };
  expect(await issued()).toBe(200);
  try {
    for (let i = 0; ; i += 1) writeFileSync(inside(`filler-${i}`), Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
  // What is left of the log's last page is written to.
  while ((await issued()) === 200);
  expect(await issued()).toBe(503);
  for (let i = 0; existsSync(inside(`filler-${i}`)); i += 1) rmSync(inside(`filler-${i}`));
  await expect.poll(issued, { timeout: 5000, interval: 50 }).toBe(200);
  const recorded = new Set(linesOf(inside('audit.jsonl')).map(({ session_id: session }) => session));
  expect(given.filter((accessKeyId) => !recorded.has(accessKeyId))).toEqual([]);
});
