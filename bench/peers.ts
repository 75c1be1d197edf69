// `npm run bench:peers`: what we claim against the field, each of us beside its peer on the same machine in the same run.
// The peers are built from the Go module proxy at first; `--minio PROGRAM` and `--amazon-webhook PROGRAM` name what is
// built already. `npm run bench:peers -- exchanges` prints one part. Linux alone tells what a foreign process used.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathOf, provide, publishedVersion } from '../test/cluster/toolchain.ts';
import { compile } from './deployed.ts';
import { type Figures, requestsOfRun } from './measure.ts';
import { compareSts } from './peer-sts.ts';
import { type Comparison, compareWebhooks } from './peer-webhooks.ts';

const inFlight = 16;

interface Part {
  readonly title: string;
  readonly ours: string;
  readonly theirs: string;
  readonly peer: 'amazon-webhook' | 'minio';
  readonly compare: (comparison: Comparison) => Promise<readonly Figures[]>;
}

const parts: Readonly<Record<string, Part>> = {
  admissions: {
    title: `admissions (6 KB review, TLS, HTTP/1.1, the profile aws), ${inFlight} in flight`,
    ours: 'podiam webhook',
    theirs: 'amazon-eks-pod-identity-webhook',
    peer: 'amazon-webhook',
    compare: compareWebhooks,
  },
  exchanges: {
    title: `exchanges (RS256, one role, HTTP/1.1), ${inFlight} in flight`,
    ours: 'podiam platform, SQLite',
    theirs: 'minio, one drive',
    peer: 'minio',
    compare: compareSts,
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minio: { type: 'string' }, 'amazon-webhook': { type: 'string' } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}: name some of ${Object.keys(parts).join(', ')}, or nothing for all`);
  process.exit(2);
}
if (process.platform !== 'linux') {
  console.error('on Linux alone: nothing else tells what processor time a foreign process used');
  process.exit(2);
}

const whole = (value: number) => Math.round(value).toLocaleString('en');

function print(name: string, { perCpuSecond, mean, p50, p99, residentMiB }: Figures): void {
  const times = `mean ${mean.toFixed(1)} ms, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  console.log(`  ${name}: ${whole(perCpuSecond)} per CPU second; ${times}; ${whole(residentMiB)} MiB resident`);
}

/** The peer's program; undefined where it cannot be built, which is told. */
async function programOf(peer: Part['peer']): Promise<string | undefined> {
  const given = values[peer];
  if (given !== undefined) return given;
  try {
    await provide([peer], (line) => console.log(`  ${line}`));
    return pathOf(peer);
  } catch (error) {
    console.log(`  ${peer} ${publishedVersion(peer)} could not be built, so it is not measured: ${String(error)}`);
    process.exitCode = 1;
    return undefined;
  }
}

async function run({ title, ours, theirs, peer, compare }: Part, main: string): Promise<void> {
  console.log(title);
  const program = await programOf(peer);
  if (program === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'podiam-bench-'));
  try {
    const [own, other] = await compare({ main, peer: program, folder, inFlight });
    if (own === undefined || other === undefined) return;
    print(ours, own);
    print(`${theirs}, ${values[peer] ?? publishedVersion(peer)}`, other);
    console.log(`  ratio ${(own.perCpuSecond / other.perCpuSecond).toFixed(1)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
console.log(`Node.js ${process.versions.node}; ${machine}; load ${loadavg()[0]?.toFixed(1)} before`);
console.log(
  `each ${whole(requestsOfRun.counted)} requests after ${whole(requestsOfRun.warmUp)} to warm up, in turn with its peer`,
);
const { main, remove } = compile();
try {
  for (const [name, part] of Object.entries(parts)) {
    if (positionals.length === 0 || positionals.includes(name)) await run(part, main);
  }
} finally {
  remove();
}
