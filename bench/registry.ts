// What the registry costs an exchange: a durable session with its event, and the reads before it. `node bench/registry.ts`
// measures SQLite; with the address of a database as argument, PostgreSQL.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgresRegistry, openSqliteRegistry, type Registry } from '../src/io/sql/index.ts';

const accountId = '111122223333';
const sessions = 20_000;
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const letters = (count: number) => Array.from(randomBytes(count), (byte) => base32[byte & 31]).join('');

/** Keys and request ids as they are: the time first, so that indexes grow at their end; or all dice, for comparison. */
const ids = {
  'by time': (at: number) =>
    [at.toString(36).toUpperCase().padStart(9, '0'), at.toString(16).padStart(12, '0')] as const,
  'by dice': () => [letters(9), randomBytes(6).toString('hex')] as const,
};

async function issue(registry: Registry, id: (at: number) => readonly [string, string], at: number): Promise<void> {
  const [key, request] = id(at);
  const requestId = `${request}-${randomBytes(10).toString('hex')}`;
  const subject = 'system:serviceaccount:default:my-app';
  const roleArn = `arn:aws:iam::${accountId}:role/my-app`;
  const who = { accountId, requestId, sourceAddress: '10.0.0.1', accessKeyId: `ASIA${key}${letters(7)}` };
  const pod = {
    namespace: 'default',
    serviceAccount: 'my-app',
    serviceAccountUid: '',
    pod: 'p',
    podUid: '',
    node: 'n',
  };
  await registry.issueSession(
    {
      ...who,
      roleId: 'AROAAAAAAAAAAAAAAAAAA',
      roleArn,
      sessionName: 'my-app-5f7c',
      issuer: 'https://oidc.example.com/clusters/1',
      subject,
      audience: 'podiam',
      pod,
      issuedAt: at,
      expiresAt: at + 3_600_000,
    },
    {
      ...who,
      at,
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: roleArn,
      role: roleArn,
      principal: subject,
      outcome: 'allowed',
      code: '',
      reason: 'the trust policy of my-app, Statement[0] "MyApp" allows it',
    },
  );
}

async function measure(what: string, count: number, run: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await run();
  const { user, system } = process.cpuUsage(cpu);
  const wall = (performance.now() - started) * 1000;
  const per = (microseconds: number) => (microseconds / count).toFixed(1).padStart(7);
  console.log(`${what.padEnd(44)} ${per(user + system)} µs CPU ${per(wall)} µs`);
}

async function bench(open: () => Promise<Registry>): Promise<void> {
  for (const [kind, id] of Object.entries(ids)) {
    for (const inFlight of [16, 256]) {
      const registry = await open();
      await registry.accounts.open({ id: accountId, name: 'bench', createdAt: 0 });
      let at = Date.now();
      const worker = async () => {
        for (let i = 0; i < sessions / inFlight; i += 1) await issue(registry, id, (at += 1));
      };
      const all = () => Promise.all(Array.from({ length: inFlight }, worker)).then(() => {});
      await measure(`${registry.engine}: a session, ${inFlight} in flight, keys ${kind}`, sessions, all);
      await registry.close();
    }
  }
  const registry = await open();
  await registry.accounts.open({ id: accountId, name: 'bench', createdAt: 0 });
  const { roles } = registry.account(accountId);
  const uuid = '00000000-0000-4000-8000-000000000000';
  const role = {
    id: 'AROA',
    uuid,
    name: 'my-app',
    path: '/',
    trustPolicy: '{}',
    maxSessionSeconds: 3600,
    createdAt: 0,
  };
  await roles.create({ ...role, description: '', tags: [] });
  await measure(`${registry.engine}: a role, remembered`, sessions, async () => {
    for (let i = 0; i < sessions; i += 1) await registry.account(accountId).roles.access('my-app');
  });
  await measure(`${registry.engine}: a role that is not there`, sessions / 10, async () => {
    for (let i = 0; i < sessions / 10; i += 1) await roles.access('other');
  });
  await registry.close();
}

const [, , url] = process.argv;
if (url === undefined) {
  await bench(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'podiam-bench-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    return openSqliteRegistry({ path: join(folder, 'registry.db') });
  });
} else {
  await bench(() => openPostgresRegistry({ url }));
}
