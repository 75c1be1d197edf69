// `npm run test:cluster`, `npm run cluster`, `npm run bench:cluster`: looks whether the machine can, builds what is
// missing, and goes on inside a sandbox.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { missingFor, type Tier } from './machine.ts';
import { carryOut } from './relay.ts';
import { enterSandbox } from './sandbox.ts';
import { type Program, provide } from './toolchain.ts';

const project = join(import.meta.dirname, '..', '..');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    /** Only the tests of this tier: one, two. */
    tier: { type: 'string' },
    /** For `play`: with a node. */
    node: { type: 'boolean', default: false },
    /** Writes docs/tested-on.md. */
    record: { type: 'boolean', default: false },
  },
});
const [command = 'test', ...others] = positionals;

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function tiersOf(): readonly Tier[] {
  if (command === 'play') return values.node ? ['one', 'two'] : ['one'];
  if (command === 'bench' || values.tier === 'one') return ['one'];
  return values.tier === 'two' ? ['two'] : ['one', 'two'];
}

function programsFor(tiers: readonly Tier[]): readonly Program[] {
  const node: readonly Program[] = tiers.includes('two') ? ['pause'] : [];
  const tested: readonly Program[] = command === 'test' ? ['kubernetes-oldest', 'helm3', 'helm4', 'versitygw'] : [];
  return ['kubernetes', ...node, ...tested];
}

/** The image of Podiam, and the command as it is published, are made of what is built. */
function buildPackage(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
}

const vitest = [process.execPath, join(project, 'node_modules', 'vitest', 'vitest.mjs')];
const runTests = [...vitest, 'run', '--config', 'vitest.cluster.config.ts', ...others];

function commandInside(): readonly string[] {
  const script = (name: string, ...args: string[]) => [process.execPath, join(import.meta.dirname, name), ...args];
  if (command === 'play') return script('play.ts', ...(values.node ? ['--node'] : []));
  if (command === 'bench') return script('bench.ts', ...others);
  return runTests;
}

/** On a cluster that exists, the tests run where we are. */
function runOnGivenCluster(): number {
  try {
    execFileSync(runTests[0] ?? '', runTests.slice(1), { cwd: project, stdio: 'inherit' });
    return 0;
  } catch {
    return 1;
  }
}

async function runInSandbox(tiers: readonly Tier[]): Promise<number> {
  const missing = [...new Set(tiers.flatMap((tier) => missingFor(tier)))];
  if (missing.length > 0) {
    for (const line of missing) tell(line);
    return 1;
  }
  await provide(programsFor(tiers), tell);
  if (command === 'test' || values.node || !existsSync(join(project, 'dist'))) buildPackage();
  process.chdir(project);
  const sandbox = enterSandbox(commandInside(), {
    PODIAM_TEST_TIERS: tiers.join(','),
    ...(values.record && { PODIAM_TEST_RECORD: '1' }),
  });
  // Whoever is asked to end by the terminal ends by itself, and we with it; asked by others, it ends at once.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => sandbox.child.kill('SIGKILL'));
  if (command === 'play') await carryOut(sandbox.name);
  return sandbox.finished;
}

const isGiven = command === 'test' && process.env['PODIAM_TEST_KUBECONFIG'] !== undefined;
process.exit(isGiven ? runOnGivenCluster() : await runInSandbox(tiersOf()));
