// `podiam platform`: serves STS, `/v2` and, where routes are given, the gateway, until it is asked to end; and the commands
// of its operator.
import { refuse } from '../core/refusals/index.ts';
import { nearestName } from '../core/settings/index.ts';
import { createLogger } from '../io/log/index.ts';
import { defineCommand, exitCodes, type RunnableCommand, type Surroundings } from './command.ts';
import { accountCommands } from './platform/account.ts';
import { auditCommands } from './platform/audit.ts';
import { keyCommands } from './platform/keys.ts';
import { startPlatform } from './platform/parts.ts';
import { recordCommands } from './platform/record-commands.ts';
import { type PlatformValues, platformSettings } from './platform/settings.ts';

async function run(values: PlatformValues, surroundings: Surroundings): Promise<number> {
  const { stop: asked } = surroundings;
  const log = createLogger({ level: values['log-level'] });
  const platform = await startPlatform(values, surroundings, log);
  const { promise: stopped, resolve } = Promise.withResolvers<'stopped'>();
  asked.addEventListener('abort', () => resolve('stopped'), { once: true });
  if (asked.aborted) resolve('stopped');
  try {
    const { urls } = platform;
    log.info('it listens', { ...urls });
    if ((await Promise.race([platform.opened, stopped])) !== 'stopped') log.info('the platform is ready', { ...urls });
    await stopped;
    log.info('it was asked to end', { drainSeconds: values['drain-seconds'] });
    return exitCodes.done;
  } finally {
    await platform.stop();
  }
}

const serving = defineCommand({
  name: 'platform',
  summary: 'Serves the platform: STS, the /v2 API and the gateway, with probes and metrics on a port of their own.',
  settings: platformSettings,
  run,
});

/** Beside the serving one; each is `podiam platform WORD …`. */
export const operatorCommands: readonly RunnableCommand[] = [
  ...accountCommands,
  ...auditCommands,
  ...keyCommands,
  ...recordCommands,
];

const wordsOf = ({ name }: RunnableCommand) => name.split(' ').slice(1);

function listed(): string {
  const rows = operatorCommands.map(({ name, summary }) => `  podiam ${name.padEnd(26)} ${summary}\n`);
  return `\nCommands of the operator, which talk to the running platform:\n\n${rows.join('')}`;
}

/** The words before the first flag say which command is meant; none is the serving one. */
export const platform: RunnableCommand = {
  ...serving,
  subcommands: operatorCommands,
  run: async (args, surroundings) => {
    const firstFlag = args.findIndex((arg) => arg.startsWith('-'));
    const words = firstFlag < 0 ? args : args.slice(0, firstFlag);
    if (words.length === 0) {
      const code = await serving.run(args, surroundings);
      if (args.some((arg) => arg === '--help' || arg === '-h')) surroundings.write(listed());
      return code;
    }
    const command = operatorCommands.find((candidate) => wordsOf(candidate).join(' ') === words.join(' '));
    if (command) return command.run(args.slice(words.length), surroundings);
    const names = operatorCommands.map((candidate) => wordsOf(candidate).join(' '));
    const name = words.join(' ');
    const nearest = nearestName(name, names);
    const suggestion = nearest ? `Did you mean ${nearest}?` : 'See podiam platform --help.';
    surroundings.writeError(`podiam platform: ${refuse('platform-command-unknown', { name, suggestion }).explain()}\n`);
    return exitCodes.wrongUsage;
  },
};
