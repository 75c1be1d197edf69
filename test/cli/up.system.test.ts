import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { exchange, podiam, startChain, temporaryFolder } from './podiam.ts';

const execute = promisify(execFile);

describe('the story', () => {
  test('is told with an ES256 key, and keeps nothing when it is ephemeral', async () => {
    const data = join(await temporaryFolder(), 'never');
    const run = await podiam(['up', '--once', '--port', '0', '--ephemeral', '--alg', 'es256', '--data', data]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/key ES256 /);
    const tokenFile = /projected to (\S+)/.exec(run.stdout)?.[1] ?? '';
    expect(tokenFile).toContain('/var/run/secrets/podiam.dev/serviceaccount/token');
    expect(existsSync(tokenFile)).toBe(false);
    expect(existsSync(data)).toBe(false);
  });

  test('tokens of the first key still count after a run with another', async () => {
    const data = await temporaryFolder();
    const chain = await startChain(['--data', data]);
    const token = await readFile(chain.tokenFile, 'utf8');
    chain.kill('SIGTERM');
    await chain.finished;
    const other = await startChain(['--data', data, '--alg', 'es256']);
    expect((await exchange(other.stsUrl, other.roleArn, token)).status).toBe(200);
  });
});

describe('it stays up', () => {
  test('and what it says to type opens the protected API by a Bearer string, as far as the role goes', async () => {
    const chain = await startChain(['--ephemeral']);
    const { gatewayUrl, roleArn, tokenFile } = chain;
    const typed = /^ {2}(export AWS_ROLE_ARN=[^]+?)\n *\n[^]+?(BEARER=[^]+)\n *\nCtrl-C/m.exec(chain.stdout());
    const [, settings = '', calls = ''] = typed ?? [];
    const asked = settings.split('\n').filter((line) => line.trim().startsWith('export'));
    const status = `curl -s -o refused -w '%{http_code}' -X DELETE ${gatewayUrl}/v1/instances/web-1`;
    const script = [...asked, calls, 'echo', `${status} -H "Authorization: Bearer $BEARER"`, 'echo', 'echo "$BEARER"'];
    const folder = await temporaryFolder();
    const { stdout } = await execute('sh', ['-ec', script.join('\n')], { cwd: folder });
    const [instances = '', deleted, bearer = ''] = stdout.trim().split('\n');
    expect(JSON.parse(instances)).toEqual({ instances: expect.any(Array) });
    expect(deleted).toBe('403');
    const principal = roleArn.replace(/^arn:aws:iam::(\d+):role/, 'arn:aws:sts::$1:assumed-role');
    expect(await readFile(join(folder, 'refused'), 'utf8')).toContain(`${principal}/podiam-bearer is not authorized`);
    expect(bearer).toMatch(/^podiam_session\./);
    const token = await readFile(tokenFile, 'utf8');
    const headers = { authorization: `Bearer ${token}` };
    const raw = await fetch(`${gatewayUrl}/v1/instances`, { headers });
    expect([raw.status, await raw.text()]).toEqual([401, expect.stringContaining('/v2/oidc/token')]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('until %s, and ends cleanly with exit code 0', async (signal) => {
    const chain = await startChain(['--ephemeral']);
    const document = await fetch(/to look at: (\S+)/.exec(chain.stdout())?.[1] ?? '');
    expect(await document.json()).toMatchObject({ id_token_signing_alg_values_supported: ['RS256'] });
    // The SDK for Python and the AWS CLI know the second name of the region only.
    expect(chain.stdout()).toContain('export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1');
    chain.kill(signal);
    expect(await chain.finished).toMatchObject({ code: 0, stderr: '' });
    await expect(fetch(chain.stsUrl, { method: 'POST' })).rejects.toThrow();
  });
});

describe('what stands in the way is said in one sentence, with exit code 1', () => {
  test('a port in use', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await new Promise((resolve) => squatter.once('listening', resolve));
    const address = squatter.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const run = await podiam(['up', '--once', '--ephemeral', '--port', String(port)]);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(new RegExp(`^podiam up: .*${port}.*\\n$`));
  });

  test('F14 a data folder in use by another process', async () => {
    const data = await temporaryFolder();
    await startChain(['--data', data]);
    const run = await podiam(['up', '--once', '--port', '0', '--data', data]);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^podiam up: .*in use by another process.*\n$/);
  });

  test('a data folder that cannot be made', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const run = await podiam(['up', '--once', '--port', '0', '--data', join(file, 'data')]);
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toMatch(/^podiam up: .*file\/data cannot be written: not a directory\..*\n$/);
  });

  test('a lost key-encryption key: nothing is papered over', async () => {
    const data = await temporaryFolder();
    await podiam(['up', '--once', '--port', '0', '--data', data]);
    await rm(join(data, 'key-encryption-key'));
    const run = await podiam(['up', '--once', '--port', '0', '--data', data]);
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toMatch(/^podiam up: .*key-encryption-key, which opens them, is gone\. .*\n$/);
  });

  test('a key-encryption key of another folder', async () => {
    const data = await temporaryFolder();
    await podiam(['up', '--once', '--port', '0', '--data', data]);
    await writeFile(join(data, 'key-encryption-key'), new Uint8Array(32));
    const run = await podiam(['up', '--once', '--port', '0', '--data', data]);
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toMatch(/^podiam up: [^\n]+ the key-encryption key [\da-f]{16}, which is not among [^\n]+\n$/);
  });

  test('wrong flags, with exit code 2', async () => {
    expect(await podiam(['up', '--port', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--port is ‘x’, which is no whole number from 0 to 65532.'),
    });
    expect(await podiam(['up', '--alg', 'none'])).toMatchObject({ code: 2 });
    expect(await podiam(['up', '--prot', '1'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--port') });
    expect(await podiam(['upp'])).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean up?') });
  });
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('A26 nothing that opens anything is left behind', () => {
  test('in no output and in no file, but the token file, the key-encryption key, and the root key printed once', async () => {
    const data = await temporaryFolder();
    const chain = await startChain(['--data', data, '--log-level', 'debug']);
    const token = await readFile(chain.tokenFile, 'utf8');
    const issued = await exchange(chain.stsUrl, chain.roleArn, token);
    expect(issued.status).toBe(200);
    // What goes wrong is logged, too: a forged token, a forged session, a role that is not there.
    const forged = `${token.slice(0, -8)}AAAAAAAA`;
    expect((await exchange(chain.stsUrl, chain.roleArn, forged)).status).toBe(400);
    expect((await exchange(chain.stsUrl, `${chain.roleArn}x`, token)).status).toBe(403);
    await fetch(`${chain.gatewayUrl}/v1/instances`, { headers: { 'x-amz-security-token': issued.sessionToken } });
    const asked = `${chain.stsUrl}/v2/oidc/token?role=${encodeURIComponent(chain.roleArn)}`;
    const answer = await fetch(asked, { headers: { authorization: `Bearer ${token}` } });
    const { access_token: bearer } = z.object({ access_token: z.string() }).parse(await answer.json());
    // What was given, what was given for something else, and what was changed.
    for (const shown of [bearer, issued.sessionToken, token, bearer.replace(/.{8}$/, 'AAAAAAAA')]) {
      await fetch(`${chain.gatewayUrl}/v1/instances`, { headers: { authorization: `Bearer ${shown}` } });
    }
    chain.kill('SIGTERM');
    const { stdout, stderr } = await chain.finished;

    const [, , rootSecret = ''] = /shown this once: (AKIA\w{16}) (\S{40})/.exec(stdout) ?? [];
    expect(rootSecret).not.toBe('');
    const [, claims = '', signature = ''] = token.split('.');
    const secrets = [
      claims,
      signature,
      forged.split('.')[2] ?? '',
      issued.secretAccessKey,
      issued.sessionToken,
      bearer.slice(0, -8).split('.').at(-1) ?? '',
      'PRIVATE KEY',
    ];
    expect(secrets.every((secret) => secret.length > 10)).toBe(true);
    const kept = (await filesBelow(data)).filter((file) => file !== chain.tokenFile);
    expect(kept.length).toBeGreaterThan(1);
    const written = [
      ['standard output', stdout],
      ['standard error', stderr],
      ...(await Promise.all(kept.map(async (file) => [file, await readFile(file, 'latin1')]))),
    ];
    const leaks = written.flatMap(([where = '', text = '']) => {
      const found = where === 'standard output' ? secrets : [...secrets, rootSecret];
      return found.filter((secret) => text.includes(secret)).map((secret) => `${where}: ${secret.slice(0, 6)}…`);
    });
    expect(leaks).toEqual([]);
    expect(stdout.split(rootSecret)).toHaveLength(2);
    expect(stderr).toContain('refused');
  });

  test('the data folder is its owner’s alone', async () => {
    const data = join(await temporaryFolder(), 'data');
    await podiam(['up', '--once', '--port', '0', '--data', data]);
    expect((await stat(data)).mode & 0o077).toBe(0);
    expect((await stat(join(data, 'key-encryption-key'))).mode & 0o077).toBe(0);
  });
});

describe('settings', () => {
  test('--print-config shows each value and where it came from', async () => {
    const folder = await temporaryFolder();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'podiam.yaml'), 'alg: es256\n');
    const run = await podiam(['up', '--config', join(folder, 'podiam.yaml'), '--once', '--print-config']);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^alg +"es256" +file$/m);
    expect(run.stdout).toMatch(/^once +true +flag$/m);
    expect(run.stdout).toMatch(/^port +8480 +default$/m);
  });

  test('a malformed configuration file is named with line and column', async () => {
    const file = join(await temporaryFolder(), 'podiam.yaml');
    await writeFile(file, 'alg: es256\nport: [\n');
    const run = await podiam(['up', '--config', file]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(`${file}:3:1: `);
  });
});
