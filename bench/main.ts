// `npm run bench`: what we claim, each figure beside its limit in the same run. Figures are per second of the server
// process's own processor time, so that the client beside it, and other programs, count as little as can be.

import { fork } from 'node:child_process';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { applyLoad, postRequest } from './load.ts';
import type { FromServer, Listening, Subject, Usage } from './protocol.ts';
import { occupancies } from './webhook.ts';

const warmUp = 4_000;
const total = 20_000;
const connections = 16;
const rounds = 3;

interface Figures {
  readonly perCpuSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly residentMiB: number;
}

async function measure(subject: Subject, encrypted: boolean): Promise<Figures> {
  const server = fork(new URL('server.ts', import.meta.url), [subject], { stdio: 'inherit' });
  const heard = <Kind extends FromServer['kind']>(kind: Kind) =>
    new Promise<Extract<FromServer, { kind: Kind }>>((resolve, reject) => {
      const isWanted = (message: FromServer): message is Extract<FromServer, { kind: Kind }> => message.kind === kind;
      const listen = (message: FromServer) => {
        if (!isWanted(message)) return;
        server.off('message', listen);
        resolve(message);
      };
      server.on('message', listen);
      server.once('exit', (code) => reject(new Error(`${subject} ended with ${code}`)));
    });
  const usage = (): Promise<Usage> => {
    const answer = heard('usage');
    server.send('usage');
    return answer;
  };
  try {
    const { port, requests }: Listening = await heard('listening');
    const prepared = requests.map(({ path, contentType, body }) => postRequest(path, contentType, body));
    const load = { port, encrypted, requests: prepared, connections };
    await applyLoad({ ...load, total: warmUp });
    const before = await usage();
    const { latencies, failures } = await applyLoad({ ...load, total });
    const after = await usage();
    if (failures.size > 0)
      throw new Error(`${subject}: ${[...failures].map(([status, n]) => `${n} × ${status}`).join(', ')}`);
    const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
    return {
      perCpuSecond: total / ((after.cpuMicroseconds - before.cpuMicroseconds) / 1e6),
      p50: at(0.5),
      p99: at(0.99),
      residentMiB: after.residentBytes / 1024 / 1024,
    };
  } finally {
    server.disconnect();
  }
}

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

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const whole = (value: number) => Math.round(value).toLocaleString('en');

async function pair(title: string, subject: Subject, limit: Subject, encrypted: boolean): Promise<void> {
  const ours: Figures[] = [];
  const ratios: number[] = [];
  const limits: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = await measure(limit, encrypted);
    const own = await measure(subject, encrypted);
    ours.push(own);
    limits.push(bare.perCpuSecond);
    ratios.push(own.perCpuSecond / bare.perCpuSecond);
  }
  const middle = (of: (figures: Figures) => number) => median(ours.map(of));
  console.log(
    `${title}: ${whole(middle((f) => f.perCpuSecond))} per CPU second; the bare HTTP server ${whole(median(limits))}; ratio ${median(ratios).toFixed(2)}`,
  );
  console.log(
    `  p50 ${middle((f) => f.p50).toFixed(1)} ms, p99 ${middle((f) => f.p99).toFixed(1)} ms at ${connections} in flight; ${whole(middle((f) => f.residentMiB))} MiB resident`,
  );
}

console.log(
  `Node.js ${process.versions.node}, ${total} requests after ${warmUp} to warm up, median of ${rounds} rounds`,
);
await pair('admissions (6 KB review, TLS, HTTP/1.1)', 'admission', 'bare-admission', true);
await pair('exchanges (RS256, durable)', 'exchange', 'bare-exchange', false);
console.log(`  crypto.verify RS256 alone: ${whole(verifyAlone())} per CPU second`);

const clusters = [
  { accounts: 10_000, annotated: 200 },
  { accounts: 100_000, annotated: 200 },
];

for (const { accounts, readyMs, readyMiB, peakMiB } of process.platform === 'linux'
  ? await occupancies(clusters)
  : []) {
  console.log(
    `podiam webhook beside ${whole(accounts)} service accounts: ready after ${(readyMs / 1000).toFixed(1)} s; resident at most ${whole(readyMiB)} MiB until then, ${whole(peakMiB)} MiB under load`,
  );
}
