// `podiam up`: the whole chain on this machine. Opens the storage, tells the story, stays up until it is stopped.
import { setTimeout as wait } from 'node:timers/promises';
import { RefusedError, refuse } from '../core/refusals/index.ts';
import { oneOf, text, toggle, type ValuesOf, wholeNumber } from '../core/settings/index.ts';
import { createLogger, type Log } from '../io/log/index.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';
import { createNarrator, type Narrator, type Told } from './up/narrator.ts';
import { keepTokensFresh, projectTokens } from './up/pod.ts';
import { shellWord } from './up/shell.ts';
import { openStorage } from './up/storage.ts';
import { type Chain, tellStory } from './up/story.ts';
import { world } from './up/world.ts';

const settings = {
  data: text({ summary: 'folder that keeps the run’s state', placeholder: 'FOLDER', fallback: '.podiam' }),
  ephemeral: toggle({ summary: 'keep nothing after the run' }),
  once: toggle({ summary: 'end after the story; exit code 0 only if every step went as told' }),
  port: wholeNumber({
    summary: 'the STS’s port on loopback; gateway, cluster documents and webhook take the next three; 0 takes any',
    placeholder: 'N',
    least: 0,
    most: 65_532,
    fallback: 8480,
  }),
  alg: oneOf({ summary: 'algorithm of the cluster’s signing key', choices: ['rs256', 'es256'], fallback: 'rs256' }),
  'log-level': oneOf({
    summary: 'what the parts log on standard error',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    fallback: 'error',
  }),
};

/** What the pod needs that Podiam itself does not: applications bring their own SDK. */
const podPackages = ['@aws-sdk/client-sts', '@smithy/signature-v4', '@aws-crypto/sha256-js'];

function refuseWithoutPackages(): void {
  const missing = podPackages.filter((name) => {
    try {
      import.meta.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length > 0) throw new RefusedError(refuse('package-missing', { name: missing.join(' ') }));
}

function portsFrom(first: number) {
  const [sts = 0, gateway = 0, cluster = 0, webhook = 0] = first === 0 ? [] : [0, 1, 2, 3].map((i) => first + i);
  return { sts, gateway, cluster, webhook };
}

/** Both names of the region: the SDK for Python knows the second one only. */
function whatToTryNext({ registrations, stsUrl, gatewayUrl, tokenFile }: Chain): string {
  return `
Try it with your own client, as the pod sees it:

  export AWS_ROLE_ARN=${shellWord(registrations.roleArn)}
  export AWS_WEB_IDENTITY_TOKEN_FILE=${shellWord(tokenFile)}
  export AWS_ENDPOINT_URL_STS=${stsUrl}
  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  aws sts get-caller-identity --endpoint-url ${stsUrl}

The protected API is at ${gatewayUrl}/v1/instances (SigV4, service compute), and opens by a Bearer string, too:

  BEARER=$(curl -sG ${stsUrl}/v2/oidc/token --data-urlencode role=$AWS_ROLE_ARN \\
    -H "Authorization: Bearer $(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")" | sed 's/.*"access_token":"\\([^"]*\\).*/\\1/')
  curl ${gatewayUrl}/v1/instances -H "Authorization: Bearer $BEARER"

Ctrl-C ends it.
`;
}

/** Resolves after that time, or at once when it is stopped. */
async function waitUnlessStopped(ms: number, stop: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal: stop }).catch(() => {});
}

async function stayUp(chain: Chain, log: Log, stop: AbortSignal): Promise<void> {
  await keepTokensFresh({
    project: () => projectTokens(chain.cluster, chain.pod),
    wait: (ms) => waitUnlessStopped(ms, stop),
    log,
    stop,
  });
}

/** It was asked to end in the middle of the story. */
class Stopped extends Error {}

/** No step begins once it is stopped, and one that fails then was stopped, whatever it fails with. */
function stoppable(narrator: Narrator, stop: AbortSignal): Narrator {
  return {
    ...narrator,
    step: async <Result>(title: string, run: () => Promise<Told<Result>>) => {
      if (stop.aborted) throw new Stopped();
      const result = await narrator.step<Result | Stopped>(title, async () => {
        try {
          return await run();
        } catch (error) {
          if (stop.aborted) return { lines: ['stopped'], result: new Stopped() };
          throw error;
        }
      });
      if (result instanceof Stopped) throw result;
      return result;
    },
  };
}

/** What shells say of a program that a signal ended: 128 and the signal's number. */
const stoppedCodes = new Map<unknown, number>([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]);

/** Where nothing reads what it prints, what there is to say of that was said. */
function tellStopped(stop: AbortSignal, writeError: (text: string) => void): number {
  const code = stoppedCodes.get(stop.reason);
  if (code !== undefined) writeError('podiam up: stopped\n');
  return code ?? exitCodes.failed;
}

/** For all parts together, at the end; what is under way is cut off a little before, so that it still ends in order. */
const deadlineMs = 5_000;
const graceMs = 4_500;

type Close = (graceMs: number) => Promise<void>;

/** Ends all listeners at once; what is not closed by the deadline is left to the end of the process. */
async function closeTogether(closers: readonly Close[]): Promise<void> {
  const deadline = new AbortController();
  const closed = Promise.allSettled(closers.map((close) => close(graceMs)));
  await Promise.race([closed, waitUnlessStopped(deadlineMs, deadline.signal)]);
  deadline.abort();
}

async function run(values: ValuesOf<typeof settings>, surroundings: Surroundings): Promise<number> {
  const started = performance.now();
  const { stop, write, writeError } = surroundings;
  refuseWithoutPackages();
  const storage = await openStorage(values.ephemeral ? undefined : values.data);
  const closers: Close[] = [];
  const narrator = stoppable(
    createNarrator(write, () => performance.now()),
    stop,
  );
  const log = createLogger({ level: values['log-level'] });
  try {
    const chain = await tellStory(
      {
        storage,
        algorithm: values.alg,
        ports: portsFrom(values.port),
        narrator,
        log,
        stop,
        onStarted: (close) => closers.push(close),
      },
      world.now(),
    );
    narrator.say(`\n${narrator.told()} steps in ${((performance.now() - started) / 1000).toFixed(2)} s, all as told.`);
    if (!values.once) {
      narrator.say(whatToTryNext(chain));
      await stayUp(chain, log, stop);
    }
    return exitCodes.done;
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    if (error instanceof Stopped) return tellStopped(stop, writeError);
    writeError(`podiam up: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failed;
  } finally {
    await closeTogether(closers);
    await storage.close();
  }
}

export const up = defineCommand({
  name: 'up',
  summary: 'Runs the whole chain on this machine: a pod’s token becomes credentials, and they open a protected API.',
  settings,
  run,
});
