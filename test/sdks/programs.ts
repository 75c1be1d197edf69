// The pods' programs, one per SDK: how each is started, how it is told of an authority, and the version that is pinned.
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Program, podAnswerShape } from './conversation.ts';
import { startAwsCli } from './python/aws-cli.ts';
import type { Stage } from './stage.ts';
import { provide, type Toolchain } from './toolchain.ts';

interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Sdk {
  readonly name: string;
  readonly toolchain: Toolchain | undefined;
  readonly version: () => string;
  /** What stands in its User-Agent. */
  readonly agent: (version: string) => string;
  /** How errors that the SDK has no class for are told; empty where it has no classes. */
  readonly plainError: string;
  /** Whether it signs requests of no AWS service. */
  readonly signs: boolean;
  /** Whether it sends its requests to the path of AWS_ENDPOINT_URL_STS; else to `/` of that host. */
  readonly keepsPath: boolean;
  /** Whether it asks for new credentials before the old ones end; else once they have ended. */
  readonly renewsAhead: boolean;
  /** How often the pod's own token is sent where it is refused as invalid. */
  readonly invalidTokenAttempts: number;
  /** The environment that makes it trust an authority, as its documentation has it. */
  readonly trust: (stage: Stage) => Promise<Readonly<Record<string, string>>>;
  readonly start: (environment: Readonly<Record<string, string>>) => Promise<Program>;
}

const here = (...path: readonly string[]) => join(import.meta.dirname, ...path);

const javascriptPod = fileURLToPath(new URL('javascript/pod.ts', import.meta.url));

function pinned(file: string, pattern: RegExp): string {
  const [, version] = pattern.exec(readFileSync(here(file), 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${file} pins no version`);
  return version;
}

const packageShape = z.object({ version: z.string() });

function installedVersion(name: string): string {
  const manifest: unknown = JSON.parse(readFileSync(here('../../node_modules', name, 'package.json'), 'utf8'));
  return packageShape.parse(manifest).version;
}

/** Beside the container's own: nothing that says anything about the platform. */
function whole({ environment = {} }: CommandLine, given: Readonly<Record<string, string>>) {
  return { PATH: process.env['PATH'] ?? '', ...given, ...environment };
}

/** Starts a program that answers lines of JSON; it ends with the test. */
function startTalking(line: CommandLine, environment: Readonly<Record<string, string>>): Program {
  const child = spawn(line.command, line.args, { env: whole(line, environment), stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.stdin.on('error', () => {});
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(`ended with ${code ?? signal}: ${complaints}`));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = ended.then((reason) => {
    throw new Error(reason);
  });
  failed.catch(() => {});
  return {
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done === true) return failed;
      const answer: unknown = JSON.parse(value);
      return podAnswerShape.parse(answer);
    },
  };
}

const run = promisify(execFile);

/** It runs for a second: compiling much of it would take longer. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** A trust store with the authority, as Java wants it. */
async function javaTrust({ authorityFile }: Stage) {
  const store = `${authorityFile}.p12`;
  const [kind, secret] = [
    ['-storetype', 'PKCS12'],
    ['-storepass', 'changeit'],
  ];
  const certificate = ['-alias', 'podiam', '-file', authorityFile, '-keystore', store];
  await run('keytool', ['-importcert', '-noprompt', ...certificate, ...kind, ...secret]);
  const properties = ['trustStore', 'trustStorePassword'].map(
    (name, i) => `-Djavax.net.ssl.${name}=${[store, secret[1]][i]}`,
  );
  return { JAVA_TOOL_OPTIONS: properties.join(' ') };
}

const bundle = ({ authorityFile }: Stage) => Promise.resolve({ AWS_CA_BUNDLE: authorityFile });

export const sdks: readonly Sdk[] = [
  {
    name: 'AWS CLI',
    toolchain: 'python',
    version: () => pinned('python/requirements.txt', /^awscli==(\S+)/m),
    agent: (version) => `aws-cli/${version} `,
    plainError: '',
    signs: false,
    keepsPath: true,
    renewsAhead: true,
    invalidTokenAttempts: 1,
    trust: bundle,
    start: async (environment) => {
      const { place, interpreter } = await provide('python');
      return startAwsCli(interpreter, { PATH: process.env['PATH'] ?? '', ...environment, PYTHONPATH: place });
    },
  },
  {
    name: 'boto3',
    toolchain: 'python',
    version: () => pinned('python/requirements.txt', /^boto3==(\S+)/m),
    agent: (version) => `Boto3/${version} `,
    plainError: 'ClientError',
    signs: true,
    keepsPath: true,
    renewsAhead: true,
    invalidTokenAttempts: 1,
    trust: bundle,
    start: async (environment) => {
      const { place, interpreter } = await provide('python');
      const line = { command: interpreter, args: [here('python/pod.py')], environment: { PYTHONPATH: place } };
      return startTalking(line, environment);
    },
  },
  {
    name: 'SDK for JavaScript v3',
    toolchain: undefined,
    version: () => installedVersion('@aws-sdk/client-sts'),
    // Its build names the release before.
    agent: () => 'aws-sdk-js/3.',
    plainError: 'STSServiceException',
    signs: true,
    keepsPath: true,
    renewsAhead: true,
    invalidTokenAttempts: 1,
    trust: ({ authorityFile }) => Promise.resolve({ NODE_EXTRA_CA_CERTS: authorityFile }),
    start: (environment) =>
      Promise.resolve(startTalking({ command: process.execPath, args: [javascriptPod] }, environment)),
  },
  {
    name: 'SDK for Go v2',
    toolchain: 'go',
    version: () => pinned('go/go.mod', /aws-sdk-go-v2 v(\S+)/),
    agent: (version) => `aws-sdk-go-v2/${version} `,
    plainError: 'GenericAPIError',
    signs: true,
    keepsPath: true,
    renewsAhead: false,
    invalidTokenAttempts: 3,
    trust: ({ authorityFile }) => Promise.resolve({ SSL_CERT_FILE: authorityFile }),
    start: async (environment) => {
      const { place } = await provide('go');
      return startTalking({ command: join(place, 'pod'), args: [] }, environment);
    },
  },
  {
    name: 'SDK for Java v2',
    toolchain: 'java',
    version: () => pinned('java/pom.xml', /<awssdk\.version>([^<]+)</),
    agent: (version) => `aws-sdk-java/${version} `,
    plainError: 'StsException',
    signs: true,
    keepsPath: false,
    renewsAhead: true,
    invalidTokenAttempts: 1,
    trust: javaTrust,
    start: async (environment) => {
      const { place } = await provide('java');
      const classpath = [join(place, 'classes'), join(place, 'lib', '*')].join(':');
      return startTalking({ command: 'java', args: [...quickStart, '-cp', classpath, 'Pod'] }, environment);
    },
  },
];

/** Starts the SDK's program in the stage's pod. */
export async function startIn(stage: Stage, sdk: Sdk, more: Readonly<Record<string, string>> = {}): Promise<Program> {
  return sdk.start({ ...stage.pod.environment, HOME: stage.pod.root, ...more });
}
