// `podiam up`: the whole chain on this machine. Opens the storage, tells the story, stays up until it is stopped.
import { RefusedError, refuse } from '../core/refusals/index.ts';
import { oneOf, text, toggle, type ValuesOf, wholeNumber } from '../core/settings/index.ts';
import { createLogger } from '../io/log/index.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';
import { createNarrator } from './up/narrator.ts';
import { projectTokens } from './up/pod.ts';
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

  export AWS_ROLE_ARN=${registrations.roleArn}
  export AWS_WEB_IDENTITY_TOKEN_FILE=${tokenFile}
  export AWS_ENDPOINT_URL_STS=${stsUrl}
  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  aws sts get-caller-identity --endpoint-url ${stsUrl}

The protected API is at ${gatewayUrl}/v1/instances (SigV4, service compute). Ctrl-C ends it.
`;
}

/** A kubelet renews a token when four fifths of its life are over; so does this, until the run is stopped. */
async function stayUp(chain: Chain, stop: AbortSignal): Promise<void> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  stop.addEventListener('abort', () => resolve(), { once: true });
  while (!stop.aborted) {
    const [token] = await projectTokens(chain.cluster, chain.pod);
    const { promise: due, resolve: renew } = Promise.withResolvers<void>();
    const timer = setTimeout(renew, (token?.expirationSeconds ?? 3600) * 800);
    await Promise.race([due, stopped]);
    clearTimeout(timer);
  }
}

async function run(values: ValuesOf<typeof settings>, surroundings: Surroundings): Promise<number> {
  const started = performance.now();
  refuseWithoutPackages();
  const storage = await openStorage(values.ephemeral ? undefined : values.data);
  const closers: ((graceMs: number) => Promise<void>)[] = [];
  const narrator = createNarrator(surroundings.write, () => performance.now());
  try {
    const chain = await tellStory(
      {
        storage,
        algorithm: values.alg,
        ports: portsFrom(values.port),
        narrator,
        log: createLogger({ level: values['log-level'] }),
        stop: surroundings.stop,
        onStarted: (close) => closers.push(close),
      },
      world.now(),
    );
    narrator.say(`\n${narrator.told()} steps in ${((performance.now() - started) / 1000).toFixed(2)} s, all as told.`);
    if (!values.once) {
      narrator.say(whatToTryNext(chain));
      await stayUp(chain, surroundings.stop);
    }
    return exitCodes.done;
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    if (surroundings.stop.aborted) return exitCodes.failed;
    surroundings.writeError(`podiam up: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failed;
  } finally {
    for (const close of closers.toReversed()) await close(5000);
    await storage.close();
  }
}

export const up = defineCommand({
  name: 'up',
  summary: 'Runs the whole chain on this machine: a pod’s token becomes credentials, and they open a protected API.',
  settings,
  run,
});
