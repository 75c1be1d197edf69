// Runs commands inside the test's process, for their settings: the whole way from arguments and variables to values.
import type { RunnableCommand } from '../../src/cli/command.ts';

export type Environment = Readonly<Record<string, string>>;

export async function run(command: RunnableCommand, args: readonly string[], environment: Environment = {}) {
  let stdout = '';
  let stderr = '';
  const code = await command.run(args, {
    environment,
    write: (text) => (stdout += text),
    writeError: (text) => (stderr += text),
    readStandardInput: () => Promise.resolve(''),
    stop: AbortSignal.abort(),
  });
  return { code, stdout, stderr };
}

/** The settings that a command line leads to, where they are not the command's own defaults. */
export async function settled(command: RunnableCommand, args: readonly string[], environment: Environment = {}) {
  const { code, stdout, stderr } = await run(command, args, { ...environment, PODIAM_PRINT_CONFIG: 'true' });
  if (code !== 0) throw new Error(stderr);
  const rows = stdout.split('\n').map((line) => /^(\S+) +(.+?) +(flag|environment|file|profile|default)$/.exec(line));
  const values = rows.flatMap((row): [string, unknown][] => {
    const [, name = '', value = '', origin] = row ?? [];
    return row === null || origin === 'default' ? [] : [[name, value === 'none' ? undefined : JSON.parse(value)]];
  });
  return Object.fromEntries(values);
}

/** Amazon's defaults, where they are not ours. */
export const amazons = {
  profile: ['aws'],
  host: '::',
  port: 443,
  'metrics-port': 9999,
  namespace: 'eks',
  'service-name': 'pod-identity-webhook',
  'tls-secret': 'pod-identity-webhook',
  'tls-cert': '/etc/webhook/certs/tls.crt',
  'tls-key': '/etc/webhook/certs/tls.key',
};
