// What the webhook knows of the cluster: service accounts, namespaces and the central mapping, from watches.
import {
  allowedRolesAnnotation,
  emptyMapping,
  mappingConfigMap,
  parseRoleMapping,
  type RoleMapping,
  type Texts,
} from '../../core/injection/index.ts';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
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
  /** @throws Error while it has not been read yet: a pod that it names is not to be taken for one that nothing names */
  readonly mapping: () => RoleMapping;
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
  readonly watchesConfigMap: boolean;
  readonly watchesNamespaces: boolean;
  /** Milliseconds that a service account is waited for at most that is not known yet; Infinity leaves it to whoever asks. */
  readonly lookupMs: number;
  /** Whether an annotation's key is read by a profile that is on; no other is kept. */
  readonly counts: (key: string) => boolean;
  readonly log: Log;
  readonly onRestart: (resource: string) => void;
  /** The mapping could not be read as such, and the last good one stays. */
  readonly onMappingUnfit: () => void;
}

/** Of an object's annotations those that count; undefined where there are none, so that the object costs its name alone. */
function annotationsThat(counts: (key: string) => boolean, annotations: Texts): Annotated | undefined {
  const kept = Object.entries(annotations).filter(([key]) => counts(key));
  return kept.length === 0 ? undefined : { annotations: Object.fromEntries(kept) };
}

/** An object that is known but of which nothing was kept has no annotation that counts. */
const found = (value: Annotated | undefined): Annotated => value ?? { annotations: {} };

/** The ConfigMap's mapping; one that cannot be read leaves the last good one in place. */
class CentralMapping {
  readonly #log: Log;
  readonly #onUnfit: () => void;
  current = emptyMapping;
  isKnown = false;

  constructor(log: Log, onUnfit: () => void) {
    this.#log = log;
    this.#onUnfit = onUnfit;
  }

  take(text: unknown): void {
    const parsed = typeof text === 'string' ? parseRoleMapping(text) : emptyMapping;
    if (parsed instanceof Refusal) {
      this.#log.error('the last good mapping stays', { problem: parsed.explain() });
      this.#onUnfit();
    } else {
      this.current = parsed;
    }
  }

  get(): RoleMapping {
    if (!this.isKnown) throw new Error('the role mapping has not been read yet');
    return this.current;
  }
}

const serviceAccounts = { version: 'v1', resource: 'serviceaccounts' };
const allNamespaces = { version: 'v1', resource: 'namespaces' };

type Common = Pick<WatchOptions<never>, 'client' | 'onTrouble'>;

const keepRestriction = ({ annotations }: { readonly annotations: Texts }) =>
  annotationsThat((key) => key === allowedRolesAnnotation, annotations);

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

/** Starts the watches; what is not known yet is asked of the API server when it is needed. */
export function viewCluster(options: ViewOptions): ClusterView {
  const { client, counts, log, lookupMs, lookups, namespace, onRestart } = options;
  const common = (resource: string): Common => ({
    client,
    onTrouble: ({ error, failures, delayMs }) => {
      onRestart(resource);
      log.warn(`the watch of ${resource} is taken up again`, { error: error.message, failures, delayMs });
    },
  });
  const keep = ({ annotations }: { readonly annotations: Texts }) => annotationsThat(counts, annotations);
  const mapping = new CentralMapping(log, options.onMappingUnfit);
  const accounts = watchResources({ ...common('serviceaccounts'), path: resourcePath(serviceAccounts), keep });
  const namespaces = options.watchesNamespaces ? watchNamespaces(common('namespaces')) : undefined;
  const configMap = options.watchesConfigMap ? watchMapping(common('configmaps'), namespace, mapping) : undefined;
  const watches = [accounts, namespaces, configMap].flatMap((watch) => (watch === undefined ? [] : [watch]));
  const pathOf = (namespace: string, name: string) => resourcePath({ ...serviceAccounts, namespace, name });
  const findLive = createFindLive({ client: lookups, cache: accounts, pathOf, keep });
  void configMap?.synced.then(() => {
    mapping.isKnown = true;
  });
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
    mapping: () => mapping.get(),
    isSynced: () => isSynced,
    cacheSize: () => accounts.stats().objects,
    cacheAge: () => accounts.stats().ageMs,
    close: async () => {
      await Promise.all(watches.map((watch) => watch.close()));
    },
  };
}
