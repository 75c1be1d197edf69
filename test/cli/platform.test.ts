// The commands of `podiam platform` within the test's process: their settings, and what they say without anything running.
import { readdirSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { operatorCommands, platform } from '../../src/cli/platform.ts';
import { temporaryFolder } from './podiam.ts';
import { run, settled } from './settled.ts';

test('the word of a secret setting is not printed, wherever it comes from', async () => {
  const environment = { PODIAM_DATABASE: 'postgres://podiam:hunter2@db/podiam', PODIAM_PRINT_CONFIG: 'true' };
  const { stdout, code } = await run(platform, [], environment);
  expect([code, stdout.includes('hunter2')]).toEqual([0, false]);
  expect(stdout).toMatch(/^database +\(not shown\) +environment$/m);
});

test('flags, variables and lists lead to values', async () => {
  const args = ['--key-encryption-key', 'file:/new', '--key-encryption-key', 'env:OLD', '--port', '443'];
  expect(await settled(platform, args, { PODIAM_REVOCATION_MAX_STALENESS: '60' })).toEqual({
    'key-encryption-key': ['file:/new', 'env:OLD'],
    port: 443,
    'revocation-max-staleness': 60,
  });
});

test.each([
  [
    'a source of a key that is none',
    ['--key-encryption-key', 'hunter2'],
    'is no file:PATH, env:NAME or command:PROGRAM',
  ],
  ['half of a certificate', ['--tls-cert', 'tls.crt'], 'tls-key'],
  ['routes without an API behind them', ['--routes', 'examples/platform-api/routes.yaml'], 'upstream'],
  ['an API that is no address', ['--routes', 'examples/platform-api/routes.yaml', '--upstream', 'db:80'], 'http://'],
  ['half of where clusters are', ['--vke-issuer-url', 'https://api.example.com/v2/oidc'], 'vke-jwks-url'],
  [
    'a proxy that is no address',
    ['--trusted-proxies', '10.0.0.0/24,10.0.0.0/33'],
    '‘10.0.0.0/33’, which is no address',
  ],
  ['everybody for a proxy', ['--trusted-proxies', '::/0'], 'strangers too'],
  ['one port for two listeners', ['--port', '9480'], '9480'],
])('is wrong usage, and says what is: %s', async (_, args, part) => {
  const free = args.includes('--port') ? [] : ['--port', '0'];
  const metrics = args.includes('--port') ? [] : ['--metrics-port', '0'];
  const given = ['--data', await temporaryFolder(), '--log-level', 'silent', '--drain-seconds', '0'];
  const { code, stderr } = await run(platform, [...given, ...free, ...metrics, ...args]);
  expect(stderr).toContain(part);
  expect(stderr).not.toContain('hunter2');
  expect(code).toBe(2);
});

test('each command of the operator has a name of its own and a summary, and the help of its flags', async () => {
  const names = operatorCommands.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name } of operatorCommands) {
    const { code, stdout } = await run(platform, [...name.split(' ').slice(1), '--help']);
    expect([name, code]).toEqual([name, 0]);
    expect(stdout).toContain(`podiam ${name}`);
  }
});

/** What each command has to be given beside a folder; `restore` alone makes a registry, from a backup. */
const needed: Readonly<Record<string, readonly string[]>> = {
  'platform account create': ['--name', 'acme'],
  'platform account close': ['--account', '111122223333'],
  'platform account key': ['--account', '111122223333'],
  'platform keys operator': ['--name', 'ada'],
  'platform backup': ['--to', 'copy.db'],
};
const opening = operatorCommands.map(({ name }) => name).filter((name) => name !== 'platform restore');

test.each([...opening, 'platform migrate --check'])(
  'a folder that holds no registry, mistyped or new, is refused and nothing is made in it: podiam %s',
  async (words) => {
    const [, ...command] = words.split(' ');
    const folder = await temporaryFolder();
    for (const data of [join(folder, 'mistyped'), folder]) {
      const { code, stdout, stderr } = await run(platform, [...command, '--data', data, ...(needed[words] ?? [])]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`There is no registry in ${data}, and no platform runs over it.`);
      expect(stderr).toContain('start podiam platform over the folder first');
    }
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('a registry that may not be looked at is not taken for one that is not there', async () => {
  const file = join(await temporaryFolder(), 'no-folder');
  await symlink('no-folder', file);
  const { code, stderr } = await run(platform, ['account', 'list', '--data', file]);
  expect(code).toBe(1);
  expect(stderr).not.toContain('There is no registry');
});
