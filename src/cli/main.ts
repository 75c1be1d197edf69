// `podiam COMMAND …`: finds the command, loads only its module, and hands it the process around it.
import { nearestName } from '../core/settings/index.ts';
import { systemProblem } from '../io/failures/index.ts';
import { readStandardInput } from '../io/files/index.ts';
import { exitCodes, type RunnableCommand, type Surroundings } from './command.ts';
import { version } from './version.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<RunnableCommand>;
  /** For the image's entries; no person types it. */
  readonly isHidden?: true;
  /** It has something to clean up and listens to `stop`; the others end at once, as any program does. */
  readonly isStoppable?: true;
}

const commands: readonly Entry[] = [
  {
    name: 'up',
    summary: 'the whole chain on this machine, from a pod to a protected API',
    load: async () => (await import('./up.ts')).up,
    isStoppable: true,
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
    isStoppable: true,
  },
  {
    name: 'platform',
    summary: 'serves STS, accounts, roles and the gateway, as a provider runs them',
    load: async () => (await import('./platform.ts')).platform,
    isStoppable: true,
  },
  {
    name: 'drop-in',
    summary: 'the webhook under the command line of the one that it stands in for',
    load: async () => (await import('./webhook.ts')).dropIn,
    isHidden: true,
    isStoppable: true,
  },
  {
    name: 'policy',
    summary: 'the webhook’s rules as admission policies: no server at all',
    load: async () => (await import('./policy.ts')).policy,
  },
  {
    name: 'explain',
    summary: 'what is wrong with a policy document, with line and column',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'install',
    summary: 'the manifests of the webhook, for kubectl apply -f -',
    load: async () => (await import('./install.ts')).install,
  },
];

function help(): string {
  const shown = commands.filter(({ isHidden }) => isHidden !== true);
  const rows = shown.map(({ name, summary }) => `  podiam ${name.padEnd(9)} ${summary}\n`);
  return `Podiam gives every Kubernetes pod its own short-lived cloud identity.\n\n${rows.join('')}\n  podiam COMMAND --help   its flags\n  podiam --version\n\nPODIAM_DEBUG=1 in the environment shows where in Podiam a fault happened.\n`;
}

/** What shells say of a program that ended because nobody reads its output: 128 and the number of SIGPIPE. */
const readerGone = 141;

/** Writes to standard output until that fails; `onFailure` hears of it once, also where it fails later. */
function standardOutput(onFailure: (error: unknown) => void): (chunk: string) => void {
  let hasFailed = false;
  const fail = (error: unknown) => {
    if (hasFailed) return;
    hasFailed = true;
    onFailure(error);
  };
  process.stdout.on('error', fail);
  return (chunk) => {
    if (!hasFailed) process.stdout.write(chunk);
  };
}

function surroundings(isStoppable: boolean): Surroundings {
  const stop = new AbortController();
  if (isStoppable) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
  const write = standardOutput((error) => {
    // A reader that has gone, as in `podiam inject | head`, is no failure of ours, unless work is left undone.
    const isReaderGone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
    if (!isReaderGone) writeError(`podiam: standard output cannot be written: ${systemProblem(error)}.\n`);
    process.exitCode = isReaderGone ? (isStoppable ? readerGone : exitCodes.done) : exitCodes.failed;
    if (!isStoppable) process.exit();
    stop.abort('SIGPIPE');
  });
  return {
    environment: process.env,
    write,
    writeError,
    readStandardInput: () => readStandardInput(process.stdin),
    stop: stop.signal,
    settingsOfAll,
  };
}

/** Asked for where a configuration file has a member that is not the command's own: only then are all of them loaded. */
async function settingsOfAll(): Promise<ReadonlySet<string>> {
  const loaded = await Promise.all(commands.map(({ load }) => load()));
  const all = loaded.flatMap((command) => [command, ...(command.subcommands ?? [])]);
  return new Set(all.flatMap(({ settings }) => Object.keys(settings)));
}

const writeError = (chunk: string) => void process.stderr.write(chunk);

async function main([name = '--help', ...args]: readonly string[]): Promise<number> {
  const command = commands.find((entry) => entry.name === name);
  const around = surroundings(command?.isStoppable === true);
  if (command) return (await command.load()).run(args, around);
  if (name === '--version' || name === '-V') {
    around.write(`${version()}\n`);
    return exitCodes.done;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    around.write(help());
    return exitCodes.done;
  }
  const nearest = nearestName(
    name,
    commands.map((entry) => entry.name),
  );
  around.writeError(
    `podiam: there is no command ${name}. ${nearest ? `Did you mean ${nearest}?` : 'See podiam --help.'}\n`,
  );
  return exitCodes.wrongUsage;
}

/** A fault of ours, with where it happened if PODIAM_DEBUG=1 asks for it. */
function tellFault(error: unknown): void {
  const isDebugging = process.env['PODIAM_DEBUG'] === '1';
  const where = isDebugging && error instanceof Error ? `${error.stack}\n` : '';
  writeError(
    `podiam: this should not have happened, please report it with what PODIAM_DEBUG=1 adds: ${String(error)}\n${where}`,
  );
}

// Who closes standard error does not want to hear of it.
process.stderr.on('error', () => {});

main(process.argv.slice(2)).then(
  (code) => {
    // What became of standard output counts first.
    process.exitCode ??= code;
  },
  (error: unknown) => {
    tellFault(error);
    process.exitCode = exitCodes.failed;
  },
);
