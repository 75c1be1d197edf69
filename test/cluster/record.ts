// Writes docs/tested-on.md when the run is asked to: versions, what was tried, how long it took.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { runToEnd } from './run.ts';
import { publishedVersion, versionOf } from './toolchain.ts';

const project = join(import.meta.dirname, '..', '..');
const page = join(project, 'docs', 'tested-on.md');

async function firstLine(command: readonly string[]): Promise<string> {
  const { code, stdout } = await runToEnd(command);
  return code === 0 ? (stdout.split('\n')[0] ?? '').trim() : 'not here';
}

function system(): string {
  const name = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${name}, Linux ${release()}, ${availableParallelism()} processors, ${gigabytes} GiB`;
}

async function versions(): Promise<readonly (readonly [string, string])[]> {
  const containerd = await firstLine(['containerd', '--version']);
  return [
    ['Kubernetes, newest: all tests', versionOf('newest')],
    ['Kubernetes, oldest: the case files', versionOf('oldest')],
    ['Helm', `${publishedVersion('helm3')}, ${publishedVersion('helm4')}`],
    ['containerd', containerd.split(' ')[2] ?? containerd],
    ['runc', (await firstLine(['runc', '--version'])).replace('runc version ', '')],
    ['Go', (await firstLine(['go', 'version'])).replace('go version ', '')],
    ['Node.js', process.versions.node],
    ['System', system()],
  ];
}

/** What a test file says of itself in its first lines. */
function purpose(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join(' ');
}

function row(module: TestModule): string {
  const tests = [...module.children.allTests()];
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  const seconds = (module.diagnostic().duration / 1000).toFixed(0);
  const path = relative(project, module.moduleId);
  return `| \`${path}\` | ${purpose(module.moduleId)} | ${passed} of ${tests.length} | ${seconds} s |`;
}

async function write(modules: readonly TestModule[], seconds: number): Promise<void> {
  const rows = modules.map(row).sort();
  const table = (await versions()).map(([what, version]) => `| ${what} | ${version} |`);
  const text = [
    '# Tested on',
    '',
    'What `npm run test:cluster` last saw when it was asked to write it down (`-- --record`): a real Kubernetes, built and',
    `started for it, on ${new Date().toISOString().slice(0, 10)}. All of it took ${seconds} s, the first build aside.`,
    '',
    '| | version |',
    '|---|---|',
    ...table,
    '',
    '| tests | of what | passed | took |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  writeFileSync(page, text);
}

/** A reporter for vitest, beside its own. */
export function recorder(): Reporter {
  const startedAt = performance.now();
  return {
    onTestRunEnd: async (modules, _, reason) => {
      if (reason === 'passed') await write(modules, Math.round((performance.now() - startedAt) / 1000));
      else process.stderr.write('docs/tested-on.md stays as it was: not everything passed\n');
    },
  };
}
