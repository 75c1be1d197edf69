// Runs the command as a person does: a process of its own, from the sources.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  /** What it printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once standard output matches; rejects when the process ends before. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** The same for standard error. */
  readonly saidOnError: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly finished: Promise<Finished>;
}

export interface Circumstances {
  /** For standard input. */
  readonly input?: string | Uint8Array;
  /** Beside that of the test. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The command before it, which runs it. */
  readonly under?: readonly string[];
}

/** Starts `podiam ARGS`; the process does not outlive the test. */
export function startPodiam(args: readonly string[], circumstances: Circumstances = {}): Started {
  const { environment = {}, input = '', under = [] } = circumstances;
  const [command = '', ...rest] = [...under, process.execPath, 'src/cli/main.ts', ...args];
  const child = spawn(command, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Hundreds of starts read the same sources: compiled once, they cost less.
    // Colours would be there in CI, and stand between the words.
    env: {
      ...process.env,
      NO_COLOR: '1',
      NODE_COMPILE_CACHE: join(tmpdir(), 'podiam-test-compiled'),
      ...environment,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const heard = (stream: Readable, text: () => string) => (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text());
        if (found) resolve(found);
      };
      stream.on('data', look);
      look();
      void finished.then((end) => reject(new Error(`ended with ${end.code}: ${end.stdout}${end.stderr}`)));
    });
  const texts = { stdout: () => stdout, stderr: () => stderr };
  const printed = heard(child.stdout, texts.stdout);
  const saidOnError = heard(child.stderr, texts.stderr);
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  onTestFinished(async () => {
    kill('SIGKILL');
    await finished;
  });
  return { pid: child.pid ?? 0, ...texts, printed, saidOnError, kill, finished };
}

/** Runs `podiam ARGS` to its end. */
export function podiam(args: readonly string[], input: string | Uint8Array = ''): Promise<Finished> {
  return startPodiam(args, { input }).finished;
}

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'podiam-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface RunningChain extends Started {
  readonly stsUrl: string;
  readonly gatewayUrl: string;
  readonly roleArn: string;
  readonly tokenFile: string;
}

/** Starts `podiam up` on free ports and waits until the story is told and it stays up. */
export async function startChain(args: readonly string[]): Promise<RunningChain> {
  const started = startPodiam(['up', '--port', '0', ...args]);
  await started.printed(/Ctrl-C ends it/);
  const value = (pattern: RegExp) => pattern.exec(started.stdout())?.[1] ?? '';
  return {
    ...started,
    stsUrl: value(/AWS_ENDPOINT_URL_STS=(\S+)/),
    gatewayUrl: value(/protected API is at (\S+)\/v1/),
    roleArn: value(/AWS_ROLE_ARN=(\S+)/),
    tokenFile: value(/AWS_WEB_IDENTITY_TOKEN_FILE=(\S+)/),
  };
}

export interface Exchanged {
  readonly status: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly body: string;
}

/** One exchange, without an SDK, so that a test can count and break it off. */
export async function exchange(stsUrl: string, roleArn: string, token: string): Promise<Exchanged> {
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'test',
    WebIdentityToken: token,
  });
  const response = await fetch(stsUrl, { method: 'POST', body: form });
  const body = await response.text();
  const element = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(body)?.[1] ?? '';
  return {
    status: response.status,
    accessKeyId: element('AccessKeyId'),
    secretAccessKey: element('SecretAccessKey'),
    sessionToken: element('SessionToken'),
    body,
  };
}
