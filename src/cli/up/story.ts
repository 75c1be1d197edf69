// The seven steps from a pod's manifest to a protected API. Each starts one part, looks at what it did, and tells it.
import { z } from 'zod';
import type { AddOperation } from '../../core/injection/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import type { Log } from '../../io/log/index.ts';
import { admit, startWebhook } from './admission.ts';
import { type Cluster, type ClusterAlgorithm, startCluster } from './cluster.ts';
import { podManifest, serviceAccountManifest } from './manifests.ts';
import type { Narrator } from './narrator.ts';
import { startPlatform } from './platform.ts';
import { preparePod, projectTokens, type RunnablePod, runPod } from './pod.ts';
import { audience, ensureRegistrations, type Registrations, workload } from './registrations.ts';
import type { Storage } from './storage.ts';

export interface Ports {
  readonly sts: number;
  readonly gateway: number;
  readonly cluster: number;
  readonly webhook: number;
}

export interface StoryOptions {
  readonly storage: Storage;
  readonly algorithm: ClusterAlgorithm;
  readonly ports: Ports;
  readonly narrator: Narrator;
  readonly log: Log;
  readonly stop: AbortSignal;
  /** Takes what has to be ended, in the order of starting. */
  readonly onStarted: (close: (graceMs: number) => Promise<void>) => void;
}

/** What stands when the story is told. */
export interface Chain {
  readonly cluster: Cluster;
  readonly registrations: Registrations;
  readonly stsUrl: string;
  readonly gatewayUrl: string;
  readonly pod: RunnablePod;
  readonly tokenFile: string;
}

/** What an operation of the patch adds, by the name that it has in the pod. */
function addedName({ path, value }: AddOperation): string {
  const parsed = z.object({ name: z.string() }).safeParse(value);
  const name = parsed.success ? parsed.data.name : '';
  const kind = ['volumeMounts', 'volumes'].find((list) => path.includes(list));
  return kind === undefined ? name : `${kind === 'volumes' ? 'volume' : 'mount'} ${name}`;
}

/** What the application printed: a JSON object a line. */
const reportShape = z.object({
  step: z.string(),
  arn: z.string().default(''),
  status: z.number().default(0),
  message: z.string().default(''),
});
type Report = z.infer<typeof reportShape>;

function reportsOf(lines: readonly string[]): ReadonlyMap<string, Report> {
  const reports = lines.flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      const parsed = reportShape.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
  return new Map(reports.map((report) => [report.step, report]));
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function reported(reports: ReadonlyMap<string, Report>, step: string): Report {
  const report = reports.get(step);
  if (!report) throw new Error(`the pod told nothing of the step ‘${step}’`);
  return report;
}

async function tellCluster({ storage, algorithm, ports, narrator, onStarted }: StoryOptions): Promise<Cluster> {
  return narrator.step('cluster', async () => {
    const cluster = await startCluster(storage, algorithm, ports.cluster);
    onStarted((graceMs) => cluster.documents.close({ graceMs }));
    const { issuer, keyId, algorithm: alg } = cluster.identity;
    const lines = [
      `issuer ${issuer}, key ${alg} ${keyId}`,
      `to look at: ${cluster.documents.url}/.well-known/openid-configuration`,
    ];
    return { lines, result: cluster };
  });
}

async function tellPlatform({ storage, ports, narrator, log, onStarted }: StoryOptions, cluster: Cluster) {
  return narrator.step('platform', async () => {
    const platform = await startPlatform(storage, { sts: ports.sts, gateway: ports.gateway }, log);
    onStarted(platform.close);
    // Only now: the account's key is told once, and nothing that may still fail must come between.
    const registrations = await ensureRegistrations(storage, cluster);
    const { accountId, rootKey, roleArn } = registrations;
    const key = rootKey
      ? `root key, shown this once: ${rootKey.accessKeyId} ${rootKey.secretAccessKey}`
      : 'its root key was shown when it was made';
    const lines = [
      `account ${accountId}; ${key}`,
      `${roleArn} trusts system:serviceaccount:${workload.namespace}:${workload.name} for the audience ${audience}`,
      `STS ${platform.sts.url}, gateway ${platform.gateway.url}`,
    ];
    return { lines, result: { registrations, stsUrl: platform.sts.url, gatewayUrl: platform.gateway.url } };
  });
}

async function tellWebhook(
  { ports, narrator, log, onStarted, storage }: StoryOptions,
  addresses: { roleArn: string; stsUrl: string; gatewayUrl: string },
): Promise<RunnablePod> {
  return narrator.step('webhook', async () => {
    const serviceAccount = await serviceAccountManifest(addresses.roleArn);
    const webhook = await startWebhook({ port: ports.webhook, stsEndpoint: addresses.stsUrl, serviceAccount }, log);
    onStarted((graceMs) => webhook.server.close({ graceMs }));
    const { pod, operations } = await admit(webhook, await podManifest(addresses.gatewayUrl));
    expectThat(operations.length > 0, 'the webhook left the pod alone');
    const lines = [
      `${webhook.server.url}/mutate admitted examples/pod-app/pod.yaml; its patch adds`,
      operations.map(addedName).join(', '),
    ];
    return { lines, result: await preparePod(pod, storage.containerRoot) };
  });
}

async function tellToken({ narrator }: StoryOptions, cluster: Cluster, pod: RunnablePod): Promise<string> {
  return narrator.step('token #1', async () => {
    const [token] = await projectTokens(cluster, pod);
    if (!token) throw new Error('the patched pod projects no token');
    return { lines: [`signed for ${token.expirationSeconds} s and projected to ${token.file}`], result: token.file };
  });
}

async function tellPod({ narrator, stop }: StoryOptions, pod: RunnablePod): Promise<ReadonlyMap<string, Report>> {
  return narrator.step('pod', async () => {
    const run = await runPod(pod, stop);
    expectThat(run.exit === 0, `the pod ended with ${run.exit}: ${run.stderr.join('\n')}`);
    return {
      lines: ['examples/pod-app/main.mjs ran with the pod’s own environment and the unchanged AWS SDK'],
      result: reportsOf(run.stdout),
    };
  });
}

async function tellExchange(
  { narrator, storage }: StoryOptions,
  reports: ReadonlyMap<string, Report>,
  accountId: string,
): Promise<void> {
  await narrator.step('token #2', async () => {
    const { arn } = reported(reports, 'identity');
    const { items } = await storage.registry.account(accountId).sessions.list({ limit: 1, newestFirst: true });
    const [session] = items;
    if (!session) throw new Error('no session is on record');
    expectThat(arn.endsWith(`assumed-role/my-app/${session.sessionName}`), `the pod took itself for ${arn}`);
    const until = new Date(session.expiresAt).toISOString();
    return { lines: [`the SDK exchanged it: ${arn}, until ${until}, on record`], result: undefined };
  });
}

interface Expected {
  readonly report: string;
  readonly what: string;
  readonly status: number;
  readonly mentions: readonly string[];
  readonly onRecord: (event: AuditEvent) => boolean;
}

const expectations: readonly Expected[] = [
  {
    report: 'allowed',
    what: 'list instances',
    status: 200,
    mentions: [],
    onRecord: (event) => event.outcome === 'allowed' && event.action === 'compute:ListInstances',
  },
  {
    report: 'refused',
    what: 'delete instance web-1',
    status: 403,
    mentions: ['compute:DeleteInstance', 'instance/web-1'],
    onRecord: (event) => event.code === 'gateway-not-allowed' && event.action === 'compute:DeleteInstance',
  },
  {
    report: 'tampered',
    what: 'with a tampered token',
    status: 403,
    mentions: [],
    onRecord: (event) => event.outcome === 'refused' && event.principal === '',
  },
];

async function tellApi(
  { narrator, storage }: StoryOptions,
  reports: ReadonlyMap<string, Report>,
  startedAt: number,
): Promise<void> {
  await narrator.step('protected API', async () => {
    const { items } = await storage.registry.audit.list({ limit: 100, newestFirst: true });
    const events = items.filter(({ at }) => at >= startedAt);
    const lines = expectations.map(({ report, what, status, mentions, onRecord }) => {
      const seen = reported(reports, report);
      expectThat(seen.status === status, `${what}: ${seen.status} instead of ${status} (${seen.message})`);
      expectThat(
        mentions.every((word) => seen.message.includes(word)),
        `${what}: the message is ‘${seen.message}’`,
      );
      expectThat(events.some(onRecord), `${what}: nothing of it is on the audit record`);
      return `${seen.status}  ${what}${seen.message === '' ? '' : `: ${seen.message}`}`;
    });
    return { lines: [...lines, `all of it is on the audit record: ${events.length} events`], result: undefined };
  });
}

/** Tells the whole story. @throws where a step does not go as told */
export async function tellStory(options: StoryOptions, now: number): Promise<Chain> {
  const cluster = await tellCluster(options);
  const { registrations, stsUrl, gatewayUrl } = await tellPlatform(options, cluster);
  const pod = await tellWebhook(options, { roleArn: registrations.roleArn, stsUrl, gatewayUrl });
  const tokenFile = await tellToken(options, cluster, pod);
  const reports = await tellPod(options, pod);
  await tellExchange(options, reports, registrations.accountId);
  await tellApi(options, reports, now);
  return { cluster, registrations, stsUrl, gatewayUrl, pod, tokenFile };
}
