// `npm run bench`: what we claim, each figure beside its limit in the same run. `npm run bench -- exchanges` prints one
// part of it. On an idle machine the figures are higher; the ratios are the same.
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { startPostgres } from '../test/io/sql/postgres-server.ts';
import { type Figures, measure, requestsOfRun } from './measure.ts';
import { printPolicies } from './policy.ts';
import type { Subject } from './protocol.ts';
import { occupancies } from './webhook.ts';

const whole = (value: number) => Math.round(value).toLocaleString('en');
const latencies = ({ p50, p99 }: Figures) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;

/** Signature checks per CPU second, which no exchange of RS256 tokens can exceed. */
function verifyAlone(): number {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const input = Buffer.alloc(900, 'x');
  const signature = sign('sha256', input, privateKey);
  const count = 10_000;
  for (let i = 0; i < 1000; i++) verify('sha256', input, publicKey, signature);
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) verify('sha256', input, publicKey, signature);
  const { user, system } = process.cpuUsage(before);
  return count / ((user + system) / 1e6);
}

async function admissions(): Promise<void> {
  const inFlight = 16;
  const subjects = [{ name: 'admission' }, { name: 'bare-admission' }] as const;
  const [[own, bare] = []] = await measure(subjects, [{ encrypted: true, inFlight }]);
  if (own === undefined || bare === undefined) return;
  console.log('admissions (6 KB review, TLS, HTTP/1.1), 16 in flight');
  console.log(
    `  ${whole(own.perCpuSecond)} per CPU second; bare node:https with JSON.parse ${whole(bare.perCpuSecond)}; ratio ${(own.perCpuSecond / bare.perCpuSecond).toFixed(2)}`,
  );
  console.log(`  ${latencies(own)}; ${whole(own.residentMiB)} MiB resident`);
}

const roleCounts = [1, 1_000, 100_000];
const loads = [16, 256];

function printExchanges(title: string, [own, bare]: readonly Figures[]): void {
  if (own === undefined || bare === undefined) return;
  const ratio = (own.perCpuSecond / bare.perCpuSecond).toFixed(2);
  console.log(
    `  ${title}: ${whole(own.perCpuSecond)} per CPU second; bare node:http ${whole(bare.perCpuSecond)}, ratio ${ratio}; ${latencies(own)}; ${whole(own.residentMiB)} MiB resident`,
  );
}

async function exchangesOf(what: string, subject: Subject): Promise<void> {
  const manners = loads.map((inFlight) => ({ encrypted: false, inFlight }));
  const figures = await measure([subject, { name: 'bare-exchange' }], manners);
  for (const [index, inFlight] of loads.entries())
    printExchanges(`${what}, ${inFlight} in flight`, figures[index] ?? []);
}

async function exchangesOn(store: string, newDatabase: () => Promise<string | undefined>): Promise<void> {
  for (const roles of roleCounts) {
    const database = await newDatabase();
    const subject: Subject = { name: 'exchange', roles, ...(database !== undefined && { database }) };
    await exchangesOf(`${store}, ${whole(roles)} role${roles === 1 ? '' : 's'}`, subject);
  }
}

async function exchanges(): Promise<void> {
  console.log('exchanges (RS256, each on record before its answer)');
  console.log(`  crypto.verify RS256 alone: ${whole(verifyAlone())} per CPU second`);
  await exchangesOn('SQLite', async () => undefined);
  // More pods than the STS keeps tokens of, each shown again only when it is forgotten.
  await exchangesOf('SQLite, 1 role, each token for the first time', { name: 'exchange', roles: 1, pods: 6_000 });
  const server = await startPostgres({ shared_buffers: '128MB' });
  try {
    await exchangesOn('PostgreSQL', () => server.newSchema());
  } finally {
    await server.remove();
  }
}

async function memory(): Promise<void> {
  const clusters = [10_000, 100_000].map((accounts) => ({ accounts, annotated: 200 }));
  // Linux alone tells a process's highest memory.
  const found = process.platform === 'linux' ? await occupancies(clusters) : [];
  for (const { accounts, readyMs, readyMiB, peakMiB } of found) {
    console.log(
      `podiam webhook beside ${whole(accounts)} service accounts: ready after ${(readyMs / 1000).toFixed(1)} s; resident at most ${whole(readyMiB)} MiB until then, ${whole(peakMiB)} MiB under load`,
    );
  }
}

const parts: Readonly<Record<string, () => Promise<void> | void>> = {
  admissions,
  exchanges,
  policies: printPolicies,
  memory,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}: name some of ${Object.keys(parts).join(', ')}, or nothing for all`);
  process.exit(2);
}
console.log(
  `Node.js ${process.versions.node}; each run ${whole(requestsOfRun.counted)} requests after ${whole(requestsOfRun.warmUp)} to warm up, beside its limit`,
);
for (const [name, run] of Object.entries(parts)) {
  if (asked.length === 0 || asked.includes(name)) await run();
}
