import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startCluster } from '../../src/cli/up/cluster.ts';
import { keepTokensFresh, preparePod, projectTokens, runPod } from '../../src/cli/up/pod.ts';
import { shellWord } from '../../src/cli/up/shell.ts';
import { openStorage } from '../../src/cli/up/storage.ts';
import { podiam, startChain, startPodiam, temporaryFolder } from './podiam.ts';

const main = resolve('src/cli/main.ts');

/** Runs a line of a shell in which `podiam` is the command, in its own folder for temporary files. */
async function shell(line: string, temporary: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const script = `podiam() { '${process.execPath}' '${main}' "$@"; }; set -o pipefail; ${line}`;
  const child = spawn('bash', ['-c', script], { env: { ...process.env, TMPDIR: temporary } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code]: unknown[] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('inject, waiting for its input, dies of the first %s', async (signal) => {
    const child = spawn(process.execPath, [main, 'inject'], { stdio: ['pipe', 'ignore', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    // More than a pipe holds: once it is taken, the command is reading, and waits for more.
    await new Promise((taken) => child.stdin.write('#'.repeat(1024 * 1024), taken));
    child.stdin.on('error', () => {});
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([null, signal]);
  });

  test.each([
    ['SIGINT', 130, []],
    ['SIGTERM', 143, ['--once']],
  ] as const)(
    'up, in the middle of the story, says of %s that it is stopped, with exit code %i',
    async (signal, code, args) => {
      const started = startPodiam(['up', '--ephemeral', '--port', '0', ...args]);
      await started.printed(/cluster/);
      started.kill(signal);
      const end = await started.finished;
      expect(end).toMatchObject({ code, stderr: 'podiam up: stopped\n' });
      expect(end.stdout).not.toContain('protected API ');
      expect(end.stdout).not.toContain('not as told');
    },
  );
});

describe('standard output that fails', () => {
  test('a reader that goes away stops up, which still takes its temporary folder away', async () => {
    const temporary = await temporaryFolder();
    const run = await shell('podiam up --ephemeral --once --port 0 | head -1', temporary);
    expect(run).toMatchObject({ code: 141, stderr: '' });
    expect(run.stdout.split('\n')).toHaveLength(2);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('a reader that goes away ends inject quietly', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'many.yaml');
    await writeFile(file, 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n---\n'.repeat(5000));
    expect(await shell(`podiam inject -f '${file}' | head -1`, folder)).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['inject', 'up --help', '--help', 'up --ephemeral --once --port 0'])(
    'a full disk under %s is one sentence and exit code 1',
    async (command) => {
      const temporary = await temporaryFolder();
      const line = command === 'inject' ? 'echo "kind: ConfigMap" | podiam inject' : `podiam ${command}`;
      const run = await shell(`${line} >/dev/full`, temporary);
      expect(run.stderr).toBe('podiam: standard output cannot be written: no space left on device.\n');
      expect(run.code).toBe(1);
      expect(await readdir(temporary)).toEqual([]);
    },
  );
});

test('clients that are stuck in all listeners do not keep up from ending', async () => {
  const chain = await startChain(['--ephemeral']);
  const documents = /to look at: (\S+)/.exec(chain.stdout())?.[1] ?? '';
  for (const url of [chain.stsUrl, chain.gatewayUrl, documents]) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n');
  }
  chain.kill('SIGTERM');
  expect(await chain.finished).toMatchObject({ code: 0 });
});

describe('what a person wrote is refused in one sentence', () => {
  const bomb = [
    'a: &a [x, x]',
    ...'bcdefghij'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]}, `.repeat(9)}x]`),
  ];
  test.each([
    ['port: *nope\n', ':1:7: there is no anchor before the alias *nope.'],
    [`${bomb.join('\n')}\n`, ':2:8: aliases multiply beyond measure.'],
    ['port: 1\n---\nport: 2\n', ':2:1: a second document begins, and one is read.'],
    ['- port\n', ':1:1: it is no mapping.'],
    [`port: ${'['.repeat(20_000)}\n`, 'cfg.yaml:'],
    ['port: {a: 1}\n', 'is ‘{"a":1}’, which is no whole number'],
    [`port: [${'"long enough", '.repeat(30)}]\n`, '"long eno…’, which is no whole number'],
    ['port: &p [*p]\n', 'cfg.yaml'],
    ['alg: caf\xe9\n', 'cfg.yaml is no UTF-8 text.'],
  ])('the configuration %j, as wrong usage', async (text, sentence) => {
    const file = join(await temporaryFolder(), 'cfg.yaml');
    await writeFile(file, text, 'latin1');
    const run = await podiam(['up', '--config', file]);
    expect(run.stderr).toContain(sentence.replace('cfg.yaml', sentence === 'cfg.yaml' ? '' : 'cfg.yaml'));
    expect(run.stderr).toMatch(/^podiam up: [^\n]+\n$/);
    expect(run.stderr).not.toMatch(/report it|YAML\.|\[object/);
    expect(run.code).toBe(2);
  });

  test('a configuration file that is not there, as wrong usage', async () => {
    const run = await podiam(['up', '--config', '/nowhere/podiam.yaml']);
    expect(run.stderr).toContain('/nowhere/podiam.yaml cannot be read: no such file or directory.');
    expect(run.code).toBe(2);
  });

  test('a temporary folder that is not there', async () => {
    const run = await shell('podiam up --ephemeral --once --port 0', '/nonexistent');
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^podiam up: \/nonexistent cannot be written: no such file or directory\. [^\n]+\n$/);
  });

  test.each(['up --once --port 0', 'inject -f pod.yaml'])('%s in a working directory that is gone', async (command) => {
    const folder = await temporaryFolder();
    const run = await shell(
      `mkdir '${folder}/d' && cd '${folder}/d' && rmdir '${folder}/d' && podiam ${command}`,
      folder,
    );
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^podiam (up|inject): [^\n]+ no such file or directory\. [^\n]+\n$/);
  });

  test('webhook on one port for two listeners, as wrong usage', async () => {
    const run = await podiam(['webhook', '--port', '9443', '--metrics-port', '9443']);
    expect(run.stderr).toContain('Both --port and --metrics-port are 9443.');
    expect(run.code).toBe(2);
  });
});

test('webhook notices that its port is taken before it has a certificate', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void squatter.close());
  await once(squatter, 'listening');
  const address = squatter.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const kubeconfig = join(await temporaryFolder(), 'kubeconfig');
  const contents = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: 'http://127.0.0.1:9' } }],
    users: [{ name: 'test', user: {} }],
  };
  await writeFile(kubeconfig, JSON.stringify(contents));
  const ports = ['--host', '127.0.0.1', '--port', String(port), '--metrics-port', '0'];
  const args = ['--kubeconfig', kubeconfig, '--log-level', 'silent'];
  const run = await podiam(['webhook', ...ports, ...args]);
  expect(run.stderr).toMatch(new RegExp(`^podiam webhook: .*${port}.*\\n$`));
  expect(run.code).toBe(1);
});

describe('a switch', () => {
  const file = async (text: string) => {
    const path = join(await temporaryFolder(), 'cfg.yaml');
    await writeFile(path, text);
    return path;
  };
  test.each([
    [['--once=false'], /^once +false +flag$/m],
    [['--once=true'], /^once +true +flag$/m],
    [['--once'], /^once +true +flag$/m],
    [['--once', '--port', '0'], /^port +0 +flag$/m],
    [['--once', '--once=false'], /^once +false +flag$/m],
    [[], /^once +true +file$/m],
  ])('%j over a file that turns it on', async (args, row) => {
    const run = await podiam(['up', '--config', await file('once: true\n'), '--print-config', ...args]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(row);
  });

  test('takes no argument that stands behind it, and no other word', async () => {
    const swallowed = await podiam(['inject', '--explain', '-f', '/nowhere']);
    expect(swallowed.stderr).toContain('/nowhere cannot be read');
    expect(await podiam(['up', '--once', 'false'])).toMatchObject({ code: 2 });
    const run = await podiam(['up', '--once=maybe']);
    expect(run.stderr).toContain('--once is ‘maybe’, which is neither true nor false.');
    expect(run.code).toBe(2);
    expect((await podiam(['up', '--help'])).stdout).toMatch(/^ +--once {2,}end after/m);
  });
});

describe('what is pasted into a shell', () => {
  test.each([
    ['http://127.0.0.1:8480', 'http://127.0.0.1:8480'],
    ['arn:aws:iam::123456789012:role/my-app', 'arn:aws:iam::123456789012:role/my-app'],
    ['/data folder/token', "'/data folder/token'"],
    ["it's", `'it'\\''s'`],
    ['$HOME`id`', "'$HOME`id`'"],
    ['~/x', "'~/x'"],
    ['a\nb', "'a\nb'"],
    ['', "''"],
  ])('%j is the word %s, and a shell reads it back', async (value, word) => {
    expect(shellWord(value)).toBe(word);
    expect((await shell(`printf %s ${word}`, '/tmp')).stdout).toBe(value);
  });

  test('the token file of a data folder with a space', async () => {
    const data = join(await temporaryFolder(), 'my data');
    const started = startPodiam(['up', '--port', '0', '--data', data]);
    await started.printed(/Ctrl-C ends it/);
    const pasted = started
      .stdout()
      .split('\n')
      .filter((line) => line.includes('export AWS_WEB'));
    const run = await shell(`${pasted.join('\n')}\ncat "$AWS_WEB_IDENTITY_TOKEN_FILE"`, '/tmp');
    expect(run.stdout).toMatch(/^eyJ/);
  });
});

const manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: {
    serviceAccountName: 'web',
    containers: [
      { name: 'app', image: 'x', command: ['node'], volumeMounts: [{ name: 'token', mountPath: '/var/token' }] },
    ],
    volumes: [
      {
        name: 'token',
        projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'a', expirationSeconds: 600 } }] },
      },
    ],
  },
};

test('a pod does not start once it is stopped', async () => {
  const pod = await preparePod(manifest, await temporaryFolder());
  expect(await runPod(pod, AbortSignal.abort('SIGTERM'))).toEqual({
    exit: 'a stop before it began',
    stdout: [],
    stderr: [],
  });
});

describe('tokens are kept fresh', () => {
  test('in a folder that was taken away, too', async () => {
    const storage = await openStorage(undefined);
    onTestFinished(() => storage.close());
    const cluster = await startCluster(storage, 'es256', 0);
    onTestFinished(() => cluster.documents.close({ graceMs: 0 }));
    const pod = await preparePod(manifest, storage.containerRoot);
    await projectTokens(cluster, pod);
    await rm(storage.containerRoot, { recursive: true });
    const [token] = await projectTokens(cluster, pod);
    expect(await readFile(token?.file ?? '', 'utf8')).toMatch(/^eyJ/);
  });

  test('a renewal that fails is logged and tried again soon', async () => {
    const stop = new AbortController();
    const waits: number[] = [];
    const errors: string[] = [];
    let asked = 0;
    await keepTokensFresh({
      project: () => {
        asked += 1;
        if (asked === 2) return Promise.reject(new Error('no such folder'));
        return Promise.resolve([{ file: 'token', expirationSeconds: 600 }]);
      },
      wait: (ms) => {
        waits.push(ms);
        if (waits.length === 3) stop.abort('SIGTERM');
        return Promise.resolve();
      },
      log: { error: (message) => void errors.push(message) },
      stop: stop.signal,
    });
    expect(waits).toEqual([480_000, 10_000, 480_000]);
    expect(errors).toEqual(['the token could not be renewed, and is tried again']);
  });
});
