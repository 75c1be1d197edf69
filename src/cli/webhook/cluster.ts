// What the webhook knows of the cluster: service accounts, namespaces and the central mapping, from watches.
import {
  allowedRolesAnnotation,
  emptyMapping,
  mappingConfigMap,
  parseRoleMapping,
  type RoleMapping,
  type Texts,
} from '../../core/injection/index.ts';
import { Refusal } from '../../core/refusals/index.ts';
import {
  type Connection,
  createFindLive,
  type KubernetesClient,
  loadInCluster,
  loadKubeconfig,
  type ResourceWatch,
  resourcePath,
  type WatchOptions,
  watchResources,
} from '../../io/kubernetes/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Surroundings } from '../command.ts';
import type { WebhookValues } from './settings.ts';

/** The kubeconfig where one is named, else as pods find the API server, else the kubeconfig that kubectl would take. */
export function connect(values: WebhookValues, { environment }: Surroundings): Promise<Connection> {
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
  readonly findNamespace: ((name: string) => Annotated | undefined) | undefined;
  readonly mapping: () => RoleMapping;
  readonly isSynced: () => boolean;
  readonly cacheSize: () => number;
  readonly cacheAge: () => number | undefined;
  readonly close: () => Promise<void>;
}

interface ViewOptions {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly watchesConfigMap: boolean;
  readonly watchesNamespaces: boolean;
  /** Whether an annotation's key is read by a profile that is on; no other is kept. */
  readonly counts: (key: string) => boolean;
  readonly log: Log;
  readonly onRestart: (resource: string) => void;
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
  current = emptyMapping;

  constructor(log: Log) {
    this.#log = log;
  }

  take(text: unknown): void {
    const parsed = typeof text === 'string' ? parseRoleMapping(text) : emptyMapping;
    if (parsed instanceof Refusal) this.#log.error('the last good mapping stays', { problem: parsed.explain() });
    else this.current = parsed;
  }
}

const serviceAccounts = { version: 'v1', resource: 'serviceaccounts' };

type Common = Pick<WatchOptions<never>, 'client' | 'onTrouble'>;

function watchNamespaces(common: Common): ResourceWatch<Annotated> {
  const keep = ({ annotations }: { readonly annotations: Texts }) =>
    annotationsThat((key) => key === allowedRolesAnnotation, annotations);
  return watchResources({ ...common, path: resourcePath({ version: 'v1', resource: 'namespaces' }), keep });
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
  const { client, counts, log, namespace, onRestart } = options;
  const common = (resource: string): Common => ({
    client,
    onTrouble: ({ error, failures, delayMs }) => {
      onRestart(resource);
      log.warn(`the watch of ${resource} is taken up again`, { error: error.message, failures, delayMs });
    },
  });
  const keep = ({ annotations }: { readonly annotations: Texts }) => annotationsThat(counts, annotations);
  const mapping = new CentralMapping(log);
  const accounts = watchResources({ ...common('serviceaccounts'), path: resourcePath(serviceAccounts), keep });
  const namespaces = options.watchesNamespaces ? watchNamespaces(common('namespaces')) : undefined;
  const configMap = options.watchesConfigMap ? watchMapping(common('configmaps'), namespace, mapping) : undefined;
  const watches = [accounts, namespaces, configMap].flatMap((watch) => (watch === undefined ? [] : [watch]));
  const pathOf = (namespace: string, name: string) => resourcePath({ ...serviceAccounts, namespace, name });
  const findLive = createFindLive({ client, cache: accounts, pathOf, keep });
  let isSynced = false;
  void Promise.all(watches.map(({ synced }) => synced)).then(() => {
    isSynced = true;
    log.info('the cluster is known', { serviceAccounts: accounts.stats().objects });
  });
  return {
    findServiceAccount: async (namespace, name, patienceMs) => {
      const cached = accounts.get(namespace, name);
      const known = cached.known ? cached : await findLive(namespace, name, patienceMs);
      return known.known ? found(known.value) : undefined;
    },
    findNamespace:
      namespaces &&
      ((name) => {
        const known = namespaces.get('', name);
        return known.known ? found(known.value) : undefined;
      }),
    mapping: () => mapping.current,
    isSynced: () => isSynced,
    cacheSize: () => accounts.stats().objects,
    cacheAge: () => accounts.stats().ageMs,
    close: async () => {
      await Promise.all(watches.map((watch) => watch.close()));
    },
  };
}
