import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { podiam, temporaryFolder } from './podiam.ts';

const serviceAccount = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/web
`;
const pod = `apiVersion: v1
kind: Pod
metadata:
  name: web # the front
spec:
  serviceAccountName: web
  containers:
    - name: app
      image: web:1
`;

describe('podiam inject', () => {
  test('prints the manifests from files as admission would change them', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'pod.yaml'), pod);
    await writeFile(join(folder, 'serviceaccount.yaml'), serviceAccount);
    const run = await podiam([
      'inject',
      '-f',
      join(folder, 'pod.yaml'),
      '-f',
      join(folder, 'serviceaccount.yaml'),
      '--explain',
    ]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('name: web # the front');
    expect(run.stdout).toContain('audience: sts.amazonaws.com');
    expect(run.stderr).toContain('injected web as arn:aws:iam::123456789012:role/web (service account annotation)');
  });

  test('reads a folder as kubectl does: manifests by their ending, in order, none below it', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'below'));
    await writeFile(join(folder, 'b.yml'), serviceAccount);
    await writeFile(join(folder, 'a.yaml'), pod);
    await writeFile(join(folder, 'notes.txt'), 'not: [a manifest');
    await writeFile(join(folder, 'below', 'c.yaml'), pod);
    const run = await podiam(['inject', '-f', folder]);
    expect(run.code).toBe(0);
    expect(parseAllDocuments(run.stdout).map((document) => document.get('kind'))).toEqual(['Pod', 'ServiceAccount']);
    expect(run.stdout).toContain('AWS_ROLE_ARN');
  });

  test('reads standard input, and says no more than was asked', async () => {
    const run = await podiam(['inject'], `${pod}---\n${serviceAccount}`);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('AWS_WEB_IDENTITY_TOKEN_FILE');
  });

  test('takes Amazon’s own flag names', async () => {
    const run = await podiam(['inject', '--aws-default-region', 'eu-central-1'], `${pod}---\n${serviceAccount}`);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/name: AWS_REGION\s+value: eu-central-1/);
  });

  test.each(['', '# nothing was rendered\n'])(
    'passes %j on, as a post-renderer must, and says that it holds none',
    async (input) => {
      const stderr = 'podiam inject: there is no manifest in standard input, so that nothing was changed.\n';
      expect(await podiam(['inject'], input)).toMatchObject({ code: 0, stdout: input, stderr });
      expect(await podiam(['inject', '--check', '-f', '/dev/null'])).toMatchObject({
        code: 0,
        stderr: stderr.replace('standard input', '/dev/null'),
      });
    },
  );

  test('follows the configuration file’s list of roles that a namespace may use', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'podiam.yaml');
    const input = `${pod}---\n${serviceAccount}`;
    const withList = async (list: string) => {
      await writeFile(file, `allowed-roles:${list}\n`);
      return podiam(['inject', '--config', file], input);
    };
    expect((await withList('\n- namespace: def*\n  roles: [team-a/*, web]')).stdout).toContain('AWS_ROLE_ARN');
    const refused = await withList('\n- namespace: default\n  roles: [team-a/*]');
    expect(refused).toMatchObject({ code: 0, stdout: input });
    expect(refused.stderr).toContain('The namespace default may not use the role arn:aws:iam::123456789012:role/web');
    expect((await withList(' []')).stdout).toBe(input);
    const malformed = await withList('\n- namespace: default\n  role: web');
    expect(malformed.code).toBe(2);
    expect(malformed.stderr).toContain('allowed-roles[0].role');
  });

  test('shares its configuration file with other commands, and refuses what none of them has', async () => {
    const file = join(await temporaryFolder(), 'podiam.yaml');
    const shared = 'tls: self\nfailure-policy: Fail\nonce: true\nregion: eu-central-1\n';
    await writeFile(file, shared);
    const run = await podiam(['inject', '--config', file], `${pod}---\n${serviceAccount}`);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('value: eu-central-1');
    for (const [line, sentence] of [
      ['regoin: x', 'a member regoin, which is no setting of this command. Did you mean region?'],
      ['config: x', 'a member config, which is no setting'],
    ]) {
      await writeFile(file, `${shared}${line}\n`);
      const refused = await podiam(['inject', '--config', file], pod);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(sentence);
    }
  });

  test('--check prints what would change and exits 1 if anything would change, and 0 once it is there', async () => {
    const once = await podiam(['inject'], `${pod}---\n${serviceAccount}`);
    const stderr =
      'standard input:1: Pod default/web: injected web as arn:aws:iam::123456789012:role/web (service account annotation)\n';
    const input = `${pod}---\n${pod.replace('name: web', 'name: none').replace('Name: web', 'Name: none')}---\n${serviceAccount}`;
    expect(await podiam(['inject', '--check'], input)).toMatchObject({ code: 1, stdout: '', stderr });
    expect(await podiam(['inject', '--check'], once.stdout)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('a folder as standard input is refused, and not read as nothing', () => {
    const stdin = openSync('examples', 'r');
    const run = spawnSync(process.execPath, ['src/cli/main.ts', 'inject'], { stdio: [stdin, 'pipe', 'pipe'] });
    closeSync(stdin);
    expect(run.status).toBe(1);
    expect(String(run.stderr)).toContain('standard input cannot be read: it is a folder.');
  });

  test('text that is not UTF-8 is refused, and not mended in silence', async () => {
    const file = join(await temporaryFolder(), 'pod.yaml');
    const latin1 = Buffer.from(pod.replace('the front', 'caf\xe9'), 'latin1');
    await writeFile(file, latin1);
    const sentence = ' is no UTF-8 text. Write it in UTF-8; iconv converts it.\n';
    const named = await podiam(['inject', '-f', file]);
    expect(named).toMatchObject({ code: 1, stdout: '', stderr: `podiam inject: ${file}${sentence}` });
    const piped = await podiam(['inject'], latin1);
    expect(piped).toMatchObject({ code: 1, stdout: '', stderr: `podiam inject: standard input${sentence}` });
  });

  test.each(['--check', '--explain'])('a folder without manifests is refused, with %s, too', async (flag) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'notes.txt'), '');
    const run = await podiam(['inject', '-f', folder, flag]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`There are no manifests (.json, .yaml, .yml) in ${folder}.`);
  });

  test('a file that is too large, or has no end, is refused', async () => {
    const file = join(await temporaryFolder(), 'pod.yaml');
    await writeFile(file, '');
    await truncate(file, 3 * 1024 ** 3);
    for (const name of [file, '/dev/zero']) {
      const run = await podiam(['inject', '-f', name]);
      expect(run.code).toBe(1);
      expect(run.stderr).toContain(`${name} is larger than the 256 MiB that are read of a file.`);
      expect(run.stderr).not.toContain('report it');
    }
  });

  test.each([
    [['-f', '/nowhere/pod.yaml'], '', 1, '/nowhere/pod.yaml cannot be read: no such file or directory.'],
    [[], 'kind: [Pod\n', 1, 'standard input:'],
    [['--profile', 'amazon'], pod, 2, 'There is no profile amazon.'],
    [['--profile', 'podiam'], pod, 2, 'sts-endpoint'],
    [['--sts-endpoint', 'https://sts.example.com'], pod, 2, 'Name one by --profile, or give each its own'],
    [['--output', 'xml'], pod, 2, '--output is ‘xml’'],
    [['--on-refusal', 'deny'], `${pod}---\n${serviceAccount.replace('123456789012', '12')}`, 1, 'standard input:1:1'],
  ])('%j is refused in one sentence', async (args, input, code, sentence) => {
    const run = await podiam(['inject', ...args], input);
    expect(run.code).toBe(code);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain(sentence);
    expect(run.stderr).not.toContain('    at ');
  });
});
