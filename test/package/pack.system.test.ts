import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const manifest: unknown = JSON.parse(await readFile('package.json', 'utf8'));
let folder = '';

/** Runs the command as it is installed, by the Node.js that runs this test. */
const installed = (...args: string[]) =>
  run(process.execPath, [join(folder, 'node_modules', 'podiam', 'bin', 'podiam.cjs'), ...args], { cwd: folder });

describe('the package, installed from its tarball into an empty folder', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podiam-package-'));
    await run('npm', ['pack', '--pack-destination', folder]);
    await writeFile(join(folder, 'package.json'), '{ "name": "empty", "private": true }');
    const tarball = join(folder, 'podiam-0.1.0.tgz');
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: folder });
  }, 120_000);

  test('tells its version', async () => {
    const { stdout } = await installed('--version');
    expect(manifest).toMatchObject({ version: stdout.trim() });
  });

  test('tells its commands', async () => {
    const { stdout } = await installed('--help');
    expect(stdout).toMatch(/podiam up +\S/);
    expect(stdout).toMatch(/podiam inject +\S/);
  });

  test('injects its own example', async () => {
    const example = join('node_modules', 'podiam', 'examples', 'pod-app');
    const profile = ['--profile', 'podiam', '--sts-endpoint', 'https://sts.example.com'];
    const { stdout } = await installed('inject', '-f', example, ...profile);
    expect(stdout).toContain('name: AWS_WEB_IDENTITY_TOKEN_FILE');
  });

  test('says which package the demonstration lacks, where the AWS SDK is not installed', async () => {
    await expect(installed('up', '--once', '--ephemeral')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^podiam up: .*@aws-sdk\/client-sts.*npm install .*\n$/),
    });
  });
});

test('on an older Node.js the command says in one line what it needs', async () => {
  const pretend = join(await mkdtemp(join(tmpdir(), 'podiam-old-')), 'old.cjs');
  await writeFile(pretend, "Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } });");
  await expect(run(process.execPath, ['--require', pretend, 'bin/podiam.cjs', '--version'])).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^podiam needs Node\.js 24 or newer, and this is 20\.20\.2: [^\n]+\n$/),
  });
});
