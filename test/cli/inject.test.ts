import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { pod, serviceAccount } from './manifests.ts';
import { podiam, temporaryFolder } from './podiam.ts';

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
