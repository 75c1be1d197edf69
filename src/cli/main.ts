// `podiam COMMAND …`: finds the command, loads only its module, and hands it the process around it.
import { text } from 'node:stream/consumers';
import { nearestName } from '../core/settings/index.ts';
import { exitCodes, type RunnableCommand, type Surroundings } from './command.ts';
import { version } from './version.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<RunnableCommand>;
}

const commands: readonly Entry[] = [
  {
    name: 'up',
    summary: 'the whole chain on this machine, from a pod to a protected API',
    load: async () => (await import('./up.ts')).up,
  },
  {
    name: 'inject',
    summary: 'what admission would do to these manifests',
    load: async () => (await import('./inject.ts')).inject,
  },
  {
    name: 'webhook',
    summary: 'serves admission to an API server',
    load: async () => (await import('./webhook.ts')).webhook,
  },
  {
    name: 'install',
    summary: 'the manifests of the webhook, for kubectl apply -f -',
    load: async () => (await import('./install.ts')).install,
  },
];

function help(): string {
  const rows = commands.map(({ name, summary }) => `  podiam ${name.padEnd(8)} ${summary}\n`);
  return `Podiam gives every Kubernetes pod its own short-lived cloud identity.\n\n${rows.join('')}\n  podiam COMMAND --help   its flags\n  podiam --version\n`;
}

function surroundings(): Surroundings {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
  return {
    environment: process.env,
    write: (chunk) => process.stdout.write(chunk),
    writeError: (chunk) => process.stderr.write(chunk),
    readStandardInput: () => text(process.stdin),
    stop: stop.signal,
  };
}

async function main([name = '--help', ...args]: readonly string[]): Promise<number> {
  const around = surroundings();
  if (name === '--version' || name === '-V') {
    around.write(`${version()}\n`);
    return exitCodes.done;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    around.write(help());
    return exitCodes.done;
  }
  const command = commands.find((entry) => entry.name === name);
  if (command) return (await command.load()).run(args, around);
  const nearest = nearestName(
    name,
    commands.map((entry) => entry.name),
  );
  around.writeError(
    `podiam: there is no command ${name}. ${nearest ? `Did you mean ${nearest}?` : 'See podiam --help.'}\n`,
  );
  return exitCodes.wrongUsage;
}

// A reader that has gone, as in `podiam … | head`, is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  throw error;
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`podiam: this should not have happened, please report it: ${String(error)}\n`);
    if (error instanceof Error && process.env['PODIAM_LOG_LEVEL'] === 'debug') process.stderr.write(`${error.stack}\n`);
    process.exitCode = exitCodes.failed;
  },
);
