// What the webhook knows of the cluster: service accounts, namespaces and the central mapping, from watches.
import { allowedRolesAnnotation, mappingConfigMap, type Texts } from '../../core/injection/index.ts';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { CentralMapping } from '../../features/webhook/index.ts';
import {
  type Connection,
  connectAnonymously,
  createFindLive,
  type KubernetesClient,
  loadInCluster,
  loadKubeconfig,
  parseAddress,
  type ResourceWatch,
  resourcePath,
  StatusError,
  type WatchOptions,
  watchResources,
} from '../../io/kubernetes/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Surroundings } from '../command.ts';
import { type WebhookValues, webhookSettings } from './settings.ts';

/**
 * At the address that is set, or that of:
 *   1. the kubeconfig where one is named,
 *   2. the pod, where this is one,
 *   3. the kubeconfig that kubectl would take.
 * What they have to show is shown at the address that is set, too, but over HTTPS alone.
 * @throws RefusedError `setting-invalid`, and as the connections
 */
export async function connect(values: WebhookValues, surroundings: Surroundings): Promise<Connection> {
  const address = values['api-server'];
  if (address === undefined) return connectAsFound(values, surroundings);
  const server = parseAddress(address);
  if ('problem' in server) {
    const { summary } = webhookSettings['api-server'];
    const { problem } = server;
    throw new RefusedError(refuse('setting-invalid', { name: 'api-server', value: address, problem, summary }));
  }
  return server.secure ? { ...(await connectAsFound(values, surroundings)), server } : connectAnonymously(server);
}

function connectAsFound(values: WebhookValues, { environment }: Surroundings): Promise<Connection> {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  const inCluster = () => loadInCluster({ host: host ?? '', port: port ?? '' });
  if (values['in-cluster'] || (values.kubeconfig === undefined && host !== undefined)) return inCluster();
  const paths = values.kubeconfig ?? environment['KUBECONFIG'] ?? `${environment['HOME'] ?? ''}/.kube/config`;
  const context = values.context === undefined ? {} : { context: values.context };
  return loadKubeconfig(
    paths.split(':').filter((path) => path !== ''),
    { ...context, environment },
  );
}

interface Annotated {
  readonly annotations: Texts;
}

export interface ClusterView {
  readonly findServiceAccount: (namespace: string, name: string, patienceMs: number) => Promise<Annotated | undefined>;
  /** Given where namespaces are watched. */
  readonly findNamespace: ((name: string, patienceMs: number) => Promise<Annotated | undefined>) | undefined;
  /** The annotations of an account that the watch has brought, those that count; undefined of one that it has not. */
  readonly knownAnnotations: (namespace: string, name: string) => Texts | undefined;
  /** Asked of the API server; undefined where there is no such account. */
  readonly uidOf: (namespace: string, name: string) => Promise<string | undefined>;
  readonly isSynced: () => boolean;
  readonly cacheSize: () => number;
  readonly cacheAge: () => number | undefined;
  readonly close: () => Promise<void>;
}

interface ViewOptions {
  readonly client: KubernetesClient;
  /** With connections of its own: look-ups that hang, as many as there are connections, must not hold up the watches. */
  readonly lookups: KubernetesClient;
  readonly namespace: string;
  /** Given where its ConfigMap is watched. */
  readonly mapping: CentralMapping | undefined;
  readonly watchesNamespaces: boolean;
  /** Milliseconds that a service account is waited for at most that is not known yet; Infinity leaves it to whoever asks. */
  readonly lookupMs: number;
  /** What the profiles that are on read of a service account's annotations; nothing else is kept. */
  readonly keepAnnotations: (annotations: Texts) => Texts | undefined;
  readonly log: Log;
  readonly onRestart: (resource: string) => void;
}

/** An object that is known but of which nothing was kept has no annotation that counts. */
const found = (value: Annotated | undefined): Annotated => value ?? { annotations: {} };

const serviceAccounts = { version: 'v1', resource: 'serviceaccounts' };
const allNamespaces = { version: 'v1', resource: 'namespaces' };

type Common = Pick<WatchOptions<never>, 'client' | 'onTrouble'>;

/** Undefined where there is none, so that the namespace costs its name alone. */
function keepRestriction({ annotations }: Annotated): Annotated | undefined {
  const allowed = annotations[allowedRolesAnnotation];
  return allowed === undefined ? undefined : { annotations: { [allowedRolesAnnotation]: allowed } };
}

function watchNamespaces(common: Common): ResourceWatch<Annotated> {
  return watchResources({ ...common, path: resourcePath(allNamespaces), keep: keepRestriction });
}

/** A namespace and its first pod may come in one file: what the watch has not brought yet is read. */
function findNamespaceIn(
  namespaces: ResourceWatch<Annotated>,
  { lookups: client, lookupMs }: Pick<ViewOptions, 'lookups' | 'lookupMs'>,
): NonNullable<ClusterView['findNamespace']> {
  const pathOf = (_: string, name: string) => resourcePath({ ...allNamespaces, name });
  const findLive = createFindLive({ client, cache: namespaces, pathOf, keep: keepRestriction });
  return async (name, patienceMs) => {
    const cached = namespaces.get('', name);
    const known = cached.known ? cached : await findLive('', name, Math.min(patienceMs, lookupMs));
    return known.known ? found(known.value) : undefined;
  };
}

function watchMapping(common: Common, namespace: string, mapping: CentralMapping): ResourceWatch<unknown> {
  return watchResources<unknown>({
    ...common,
    path: resourcePath({ version: 'v1', resource: 'configmaps', namespace }),
    fieldSelector: `metadata.name=${mappingConfigMap}`,
    metadataOnly: false,
    keep: ({ object: { data } }) =>
      typeof data === 'object' && data !== null && 'config' in data ? data.config : undefined,
    onChange: ({ value }) => mapping.take(value),
  });
}

/** Of an object's metadata; undefined where there is no object. */
async function readUid(client: KubernetesClient, path: string): Promise<string | undefined> {
  try {
    const { metadata } = await client.get(path, { metadataOnly: true });
    const uid = typeof metadata === 'object' && metadata !== null && 'uid' in metadata ? metadata.uid : undefined;
    return typeof uid === 'string' ? uid : undefined;
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  }
}

/** Starts the watches; what is not known yet is asked of the API server when it is needed. */
export function viewCluster(options: ViewOptions): ClusterView {
  const { client, keepAnnotations, log, lookupMs, lookups, mapping, namespace, onRestart } = options;
  const common = (resource: string): Common => ({
    client,
    onTrouble: ({ error, failures, delayMs }) => {
      onRestart(resource);
      log.warn(`the watch of ${resource} is taken up again`, { error: error.message, failures, delayMs });
    },
  });
  const keep = (account: Annotated): Annotated | undefined => {
    const annotations = keepAnnotations(account.annotations);
    return annotations && { annotations };
  };
  const accounts = watchResources({ ...common('serviceaccounts'), path: resourcePath(serviceAccounts), keep });
  const namespaces = options.watchesNamespaces ? watchNamespaces(common('namespaces')) : undefined;
  const configMap = mapping && watchMapping(common('configmaps'), namespace, mapping);
  const watches = [accounts, namespaces, configMap].flatMap((watch) => (watch === undefined ? [] : [watch]));
  const pathOf = (namespace: string, name: string) => resourcePath({ ...serviceAccounts, namespace, name });
  const findLive = createFindLive({ client: lookups, cache: accounts, pathOf, keep });
  void configMap?.synced.then(() => mapping?.listed());
  let isSynced = false;
  void Promise.all(watches.map(({ synced }) => synced)).then(() => {
    isSynced = true;
    log.info('the cluster is known', { serviceAccounts: accounts.stats().objects });
  });
  return {
    findServiceAccount: async (namespace, name, patienceMs) => {
      const cached = accounts.get(namespace, name);
      const known = cached.known ? cached : await findLive(namespace, name, Math.min(patienceMs, lookupMs));
      return known.known ? found(known.value) : undefined;
    },
    findNamespace: namespaces && findNamespaceIn(namespaces, { lookups, lookupMs }),
    knownAnnotations: (namespace, name) => {
      const cached = accounts.get(namespace, name);
      return cached.known ? found(cached.value).annotations : undefined;
    },
    uidOf: (namespace, name) => readUid(lookups, pathOf(namespace, name)),
    isSynced: () => isSynced,
    cacheSize: () => accounts.stats().objects,
    cacheAge: () => accounts.stats().ageMs,
    close: async () => {
      await Promise.all(watches.map((watch) => watch.close()));
    },
  };
}
