// The real `podiam webhook`, installed as `podiam install` prints it, but for where it runs: as processes of this machine
// that the installation's Service leads to, each with the service account's own token and rights.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Cluster } from './access.ts';
import { type Component, startComponent, untilReady } from './processes.ts';
import type { Relay } from './relay.ts';
import { runToEnd } from './run.ts';

const project = join(import.meta.dirname, '..', '..');
const command = [process.execPath, join(project, 'src', 'cli', 'main.ts')];

export interface WebhookOptions {
  /** Of its Service and all that belongs to it. */
  readonly name?: string;
  readonly namespace?: string;
  /** Flags of `podiam install`, beyond names and image. */
  readonly install?: readonly string[];
  /** Flags of `podiam webhook` that an installation does not pass on. */
  readonly serve?: readonly string[];
  readonly replicas?: number;
  /** Which namespaces it is asked about; all that the installation says, unless given. */
  readonly onlyNamespacesWith?: Readonly<Record<string, string>>;
  /** Whether it is asked about pods that opted out, too: labels spare calls, and the webhook decides the same. */
  readonly asksForAll?: boolean;
}

export interface Replica {
  readonly component: Component;
  readonly port: number;
  readonly metricsUrl: string;
  /** What it logged so far. */
  readonly log: () => string;
}

export interface InstalledWebhook {
  readonly name: string;
  readonly namespace: string;
  /** Those that run. */
  readonly replicas: readonly Replica[];
  /** @param serve further flags of `podiam webhook`, of this replica alone */
  readonly startReplica: (serve?: readonly string[]) => Promise<Replica>;
  /** Starts one, and does not wait for it: its port and metrics are those of one that never served, until it serves. */
  readonly launchReplica: () => Promise<Replica>;
  readonly stopReplica: (replica: Replica, signal?: NodeJS.Signals) => Promise<void>;
  readonly stopAll: () => Promise<void>;
  /** Makes the Service lead to these ports instead; undefined ends it. */
  readonly divert: (ports: readonly number[] | undefined) => void;
  /** Makes API servers trust this authority (PEM) alone, until a replica sets that right. */
  readonly trust: (authority: string) => Promise<void>;
  /** Of one replica, all series together that the pattern matches. */
  readonly metric: (replica: Replica, pattern: RegExp) => Promise<number>;
  /** Gives every replica a new token, in the file that it reads. */
  readonly renewTokens: () => Promise<void>;
  /** Applies what was installed once more, and leads the Service here again. */
  readonly reinstall: () => Promise<void>;
  /** Ends the replicas and deletes everything that was installed. */
  readonly uninstall: () => Promise<void>;
}

const objectShape = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({}).optional(),
  webhooks: z.array(z.looseObject({ namespaceSelector: z.looseObject({}).optional() })).optional(),
});
type InstalledObject = z.infer<typeof objectShape>;
const listShape = z.object({ items: z.array(objectShape) });
const deploymentShape = z.object({
  template: z.object({ spec: z.object({ containers: z.tuple([z.object({ args: z.array(z.string()) })]) }) }),
});

/** What `podiam install` prints. */
export async function installation(flags: readonly string[]): Promise<readonly InstalledObject[]> {
  const all = ['install', '--image', 'podiam:test', '--output', 'json', ...flags];
  const { code, stderr, stdout } = await runToEnd([...command, ...all]);
  if (code !== 0) throw new Error(`podiam install: ${stderr}`);
  return listShape.parse(JSON.parse(stdout)).items;
}

/** No node runs the pods here: their Service has no selector, and leads to where the test makes it lead. */
function withoutPods(objects: readonly InstalledObject[]): readonly InstalledObject[] {
  return objects
    .filter(({ kind }) => kind !== 'Deployment' && kind !== 'PodDisruptionBudget')
    .map((object) =>
      object.kind === 'Service' ? { ...object, spec: { ...object.spec, selector: undefined } } : object,
    );
}

function selecting(object: InstalledObject, { asksForAll, onlyNamespacesWith }: WebhookOptions): InstalledObject {
  if (object.webhooks === undefined) return object;
  const webhooks = object.webhooks.map((webhook) => ({
    ...webhook,
    ...(onlyNamespacesWith && {
      namespaceSelector: { ...webhook.namespaceSelector, matchLabels: onlyNamespacesWith },
    }),
    ...(asksForAll === true && { objectSelector: {} }),
  }));
  return { ...object, webhooks };
}

function argumentsOf(objects: readonly InstalledObject[]): readonly string[] {
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  return deploymentShape.parse(deployment?.spec).template.spec.containers[0].args;
}

/** Later flags count: where it runs here, all ports are shared. */
const here = ['--host=127.0.0.1', '--port=0', '--metrics-port=0', '--drain-seconds=0'];

interface Installed {
  readonly cluster: Cluster;
  readonly name: string;
  readonly namespace: string;
  readonly args: readonly string[];
}

let started = 0;

const servedAt = /"url":"https:\/\/[^"]*:(\d+)","metrics":"([^"]+)"/;

async function launchReplica(installed: Installed, serve: readonly string[]): Promise<Replica> {
  const { args, cluster, name, namespace } = installed;
  started += 1;
  const instance = `${name}-${started}`;
  const kubeconfig = await cluster.kubeconfigWith(instance, await cluster.tokenOf(namespace, name));
  const component = startComponent({
    name: instance,
    command: [...command, ...args, ...serve, ...here, `--kubeconfig=${kubeconfig}`],
    logFile: join(cluster.folder, `${instance}.log`),
    environment: { NO_COLOR: '1', HOSTNAME: instance, NODE_COMPILE_CACHE: join(cluster.folder, '..', 'compiled') },
  });
  const log = () => readFileSync(component.logFile, 'utf8');
  return {
    component,
    log,
    get port() {
      return Number(servedAt.exec(log())?.[1] ?? '0');
    },
    get metricsUrl() {
      return servedAt.exec(log())?.[2] ?? 'http://127.0.0.1:1';
    },
  };
}

export const isReady = async ({ metricsUrl }: Replica) => (await fetch(`${metricsUrl}/readyz`)).status === 200;

/** Once it is ready, where it listens is settled, and need not be looked up in its log any more. */
async function startReplica(installed: Installed, serve: readonly string[]): Promise<Replica> {
  const replica = await launchReplica(installed, serve);
  await untilReady(replica.component, () => isReady(replica));
  const { component, log, metricsUrl, port } = replica;
  return { component, log, metricsUrl, port };
}

async function metric({ metricsUrl }: Replica, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  const found = text.split('\n').filter((line) => pattern.test(line));
  return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** API servers learn of a new configuration a little later: until a pod of a namespace of ours is asked about. */
async function untilAsked(installed: Installed, replica: Replica, labels: Readonly<Record<string, string>>) {
  const { api } = installed.cluster;
  const namespace = `${installed.name}-probe`;
  await installed.cluster.createNamespace(namespace, labels);
  const pod = { metadata: { name: 'probe' }, spec: { containers: [{ name: 'probe', image: 'probe' }] } };
  await untilReady(replica.component, async () => {
    await api.create(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
    return (await metric(replica, /^podiam_webhook_decisions_total\{kind="Pod"/)) > 0;
  });
}

const isRunning = ({ component }: Replica) => component.isRunning();

const configurationShape = z.looseObject({ webhooks: z.array(z.looseObject({ clientConfig: z.looseObject({}) })) });

async function trust({ cluster, name }: Installed, authority: string): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${name}`;
  const { webhooks } = configurationShape.parse(await cluster.api.get(path));
  const caBundle = Buffer.from(authority).toString('base64');
  await cluster.api.merge(path, {
    webhooks: webhooks.map((webhook) => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle } })),
  });
}

export async function installWebhook(cluster: Cluster, options: WebhookOptions = {}): Promise<InstalledWebhook> {
  const { install = [], name = 'podiam-webhook', namespace = 'podiam-system', serve = [] } = options;
  const objects = await installation([`--service-name=${name}`, `--namespace=${namespace}`, ...install]);
  const items = withoutPods(objects).map((object) => selecting(object, options));
  const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const apply = async () => {
    const applied = await cluster.kubectl(['apply', '-f', '-'], manifest);
    if (applied.code !== 0) throw new Error(`kubectl apply: ${applied.stderr}`);
  };
  await apply();
  const installed = { cluster, name, namespace, args: [...argumentsOf(objects), ...serve] };
  const replicas: Replica[] = [];
  let diverted: readonly number[] | undefined;
  const backends = () => diverted ?? replicas.filter(isRunning).map(({ port }) => port);
  const expose = () => cluster.expose({ namespace, name, port: 443, backends });
  let relaying: Relay = await expose();
  const renewTokens = async () => {
    for (const { component } of replicas)
      await cluster.kubeconfigWith(component.name, await cluster.tokenOf(namespace, name));
  };
  const start = async (flags: readonly string[] = []) => {
    const replica = await startReplica(installed, flags);
    replicas.push(replica);
    return replica;
  };
  const stopReplica: InstalledWebhook['stopReplica'] = async (replica, signal = 'SIGTERM') => {
    replica.component.kill(signal);
    await replica.component.ended;
    replicas.splice(replicas.indexOf(replica), 1);
  };
  await Promise.all(Array.from({ length: options.replicas ?? 1 }, () => start()));
  for (const replica of replicas.slice(0, 1)) await untilAsked(installed, replica, options.onlyNamespacesWith ?? {});
  return {
    name,
    namespace,
    replicas,
    startReplica: start,
    launchReplica: async () => {
      const replica = await launchReplica(installed, []);
      replicas.push(replica);
      return replica;
    },
    stopReplica,
    stopAll: async () => {
      for (const replica of replicas.slice()) await stopReplica(replica);
    },
    divert: (ports) => {
      diverted = ports;
      relaying.drop();
    },
    trust: (authority) => trust(installed, authority),
    metric,
    renewTokens,
    reinstall: async () => {
      await apply();
      await relaying.close();
      relaying = await expose();
      await renewTokens();
    },
    uninstall: async () => {
      const deleted = await cluster.kubectl(
        ['delete', '--ignore-not-found', `--wait=${cluster.clearsUp}`, '-f', '-'],
        manifest,
      );
      await Promise.all(replicas.map(({ component }) => component.stop()));
      await relaying.close();
      if (deleted.code !== 0) throw new Error(`kubectl delete: ${deleted.stderr}`);
    },
  };
}
