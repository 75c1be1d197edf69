// The parts of the webhook put together: cluster view, certificate, admission, metrics, probes, and how they end.
import {
  accountAnnotations,
  chooseProfiles,
  type InjectionConfig,
  type ProfilesOn,
} from '../../core/injection/index.ts';
import { causeOf, Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import type { HttpHandler } from '../../core/wire/index.ts';
import type { CertificateKeeper } from '../../features/certificates/index.ts';
import {
  type AdmissionRecord,
  type CentralMapping,
  createAdmissionHandler,
  createCentralMapping,
  createEventTeller,
  createReadiness,
  createWebhookMetrics,
  type HealthPorts,
  type WatchedIdentities,
  type WebhookMetrics,
  watchIdentities,
  withHealth,
} from '../../features/webhook/index.ts';
import { readText } from '../../io/files/index.ts';
import { type RunningServer, serve } from '../../io/http/index.ts';
import { createKubernetesClient, type KubernetesClient, resourcePath } from '../../io/kubernetes/index.ts';
import type { Log } from '../../io/log/index.ts';
import { createMetrics, createMetricsHandler, type Metrics, observeProcess } from '../../io/metrics/index.ts';
import { measureLag } from '../../io/process/index.ts';
import { createRandomBytes } from '../../io/random/index.ts';
import type { Surroundings } from '../command.ts';
import { version } from '../version.ts';
import { keepServed, servingFiles } from './certificates.ts';
import { openClientAuthority } from './client-authority.ts';
import { after } from './clock.ts';
import { type ClusterView, connect, viewCluster } from './cluster.ts';
import { Listener } from './listener.ts';
import type { WebhookValues } from './settings.ts';

export interface RunningWebhook {
  /** Where admission is served, once it is. @throws RefusedError where it cannot be */
  readonly listening: Promise<RunningServer>;
  readonly metricsUrl: string;
  /** Serves on for the drain, then ends everything. */
  readonly stop: () => Promise<void>;
}

/** Where they are asked for. */
interface Sources {
  readonly mapping: CentralMapping | undefined;
  readonly identities: WatchedIdentities | undefined;
}

async function openSources(values: WebhookValues, log: Log, metrics: WebhookMetrics): Promise<Sources> {
  const ports = (source: 'role-mapping' | 'container-credentials') => ({
    log,
    onUnfit: () => metrics.sourceFailed(source),
  });
  const file = values['watch-container-credentials-config'];
  const mapping = values['watch-config-map'] ? createCentralMapping(ports('role-mapping')) : undefined;
  if (file === undefined) return { mapping, identities: undefined };
  const identities = watchIdentities({ ...ports('container-credentials'), readText: () => readText(file), after });
  await identities.looked;
  return { mapping, identities };
}

function configOf(
  values: WebhookValues,
  profiles: ProfilesOn,
  { identities, mapping }: Sources,
): () => InjectionConfig {
  const settings = {
    audience: values['container-credentials-audience'],
    volumeName: values['container-credentials-token-volume-name'],
    mountPath: values['container-credentials-token-mount-path'],
    tokenPath: values['container-credentials-token-path'],
    fullUri: values['container-credentials-full-uri'],
  };
  return () => ({
    profiles,
    allowedRoles: values['allowed-roles'],
    mapping: mapping?.get(),
    containerCredentials: identities && { settings, identities: identities.get() },
  });
}

/** One line a decision, without anything of the pod but its name. */
function logDecision(log: Log, record: AdmissionRecord): void {
  const { claimed: _claimed, reason, refusal: _refusal, ...facts } = record;
  const isTrouble = record.outcome === 'refused' || record.outcome === 'failed';
  log[isTrouble ? 'warn' : 'info'](reason, { ...facts, warnings: record.warnings.length });
}

function tellEvents({ client, instance, log, view }: Parts): (record: AdmissionRecord) => void {
  return createEventTeller({
    known: view.knownAnnotations,
    uidOf: view.uidOf,
    createEvent: (namespace, event) =>
      client.create(resourcePath({ group: 'events.k8s.io', version: 'v1', resource: 'events', namespace }), event),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    // Nobody waits for it at the end.
    after: (ms, run) => setTimeout(run, ms).unref(),
    instance,
    onTrouble: (error) => log.warn('an event could not be created', { error: causeOf(error) }),
  });
}

interface Parts {
  readonly values: WebhookValues;
  readonly profiles: ProfilesOn;
  readonly client: KubernetesClient;
  readonly view: ClusterView;
  readonly sources: Sources;
  readonly metrics: WebhookMetrics;
  readonly log: Log;
  readonly instance: string;
}

function admissionOf(parts: Parts): HttpHandler {
  const { log, metrics, profiles, sources, values, view } = parts;
  const tell = tellEvents(parts);
  return createAdmissionHandler({
    config: configOf(values, profiles, sources),
    onRefusal: values['on-refusal'],
    onFailure: values['on-failure'],
    findServiceAccount: view.findServiceAccount,
    ...(view.findNamespace && { findNamespace: view.findNamespace }),
    log: (record) => {
      metrics.decided(record);
      tell(record);
      logDecision(log, record);
    },
    lag: measureLag(),
    randomBytes: createRandomBytes(),
  });
}

function keeperOf({ client, log, metrics, values }: Parts, listener: Listener): CertificateKeeper {
  return keepServed(values, client, {
    serve: (tls) => listener.serve(tls),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    random: () => Math.random(),
    after,
    log,
    onOutcome: (outcome) => metrics.certificateChanged(outcome),
  });
}

function watchCluster(
  values: WebhookValues,
  profiles: ProfilesOn,
  parts: Pick<Parts, 'client' | 'metrics' | 'log' | 'sources'> & { readonly lookups: KubernetesClient },
): ClusterView {
  return viewCluster({
    client: parts.client,
    lookups: parts.lookups,
    namespace: values.namespace,
    mapping: parts.sources.mapping,
    watchesNamespaces: values['watch-namespaces'],
    lookupMs: values['lookup-milliseconds'] || Infinity,
    keepAnnotations: accountAnnotations(profiles),
    log: parts.log,
    onRestart: (resource) => parts.metrics.watchRestarted(resource),
  });
}

/** @throws RefusedError `setting-ports-equal` */
function checkPorts(values: WebhookValues): void {
  const { port } = values;
  if (port === 0 || port !== values['metrics-port']) return;
  throw new RefusedError(refuse('setting-ports-equal', { name: 'port', other: 'metrics-port', port }));
}

/**
 * Takes the port of admission and gives it back: it is served only once there is a certificate, and until then nothing
 * would tell that another holds it.
 * @throws RefusedError as `serve` does
 */
async function probePort(host: string, port: number): Promise<void> {
  const probe = await serve({ host, port, handler: () => Promise.resolve({ status: 503, headers: {}, body: '' }) });
  await probe.close({ graceMs: 0 });
}

/** What there is of it so far. */
interface Running {
  isDraining: boolean;
  view?: ClusterView;
  sources?: Sources;
  keeper?: CertificateKeeper;
}

function metricsOf(registry: Metrics, running: Running, health: HealthPorts): WebhookMetrics {
  return createWebhookMetrics(registry, {
    cacheSize: () => running.view?.cacheSize(),
    cacheAge: () => running.view?.cacheAge(),
    certificateExpiry: () => running.keeper?.expiry() ?? {},
    ready: () => health.unreadyBecause().length === 0,
  });
}

function healthOf(running: Running): HealthPorts {
  return createReadiness({
    isDraining: () => running.isDraining,
    isListed: () => running.view?.isSynced() === true,
    unknown: [() => running.sources?.mapping?.unknownBecause(), () => running.sources?.identities?.unknownBecause()],
    certificate: () => running.keeper,
  });
}

export async function startWebhook(
  values: WebhookValues,
  surroundings: Surroundings,
  log: Log,
): Promise<RunningWebhook> {
  const profiles = chooseProfiles(values, values);
  if (profiles instanceof Refusal) throw new RefusedError(profiles);
  checkPorts(values);
  servingFiles(values);
  const clients = await openClientAuthority(values['client-ca'], log);
  const userAgent = `podiam-webhook/${version()}`;
  const connection = await connect(values, surroundings);
  const client = createKubernetesClient(connection, { userAgent });
  const lookups = createKubernetesClient(connection, { userAgent });
  const running: Running = { isDraining: false };
  const health = healthOf(running);
  const registry = createMetrics();
  const metrics = metricsOf(registry, running, health);
  observeProcess(registry, { droppedLines: log.dropped, version: version() });
  const onError = (error: unknown) => log.error('a server met an error', { error: causeOf(error) });
  const { host } = values;
  // First what can be refused at once: a port in use should not wait for the cluster.
  await probePort(host, values.port);
  const metricsHandler = withHealth(health, createMetricsHandler(registry));
  const metricsServer = await serve({ host, port: values['metrics-port'], handler: metricsHandler, onError });
  const sources = await openSources(values, log, metrics);
  running.sources = sources;
  const view = watchCluster(values, profiles, { client, lookups, metrics, log, sources });
  running.view = view;
  const instance = surroundings.environment['HOSTNAME'] ?? 'podiam-webhook';
  const parts = { values, profiles, client, view, sources, metrics, log, instance };
  const admission = metrics.timed(admissionOf(parts), () => performance.now());
  const handler = withHealth(health, clients.guard(admission));
  const listener = new Listener({
    host,
    port: values.port,
    handler,
    vet: clients.vet,
    onError,
    clientCa: clients.first,
  });
  running.keeper = keeperOf(parts, listener);
  const endClients = clients.follow((clientCa) => listener.trustClients(clientCa));
  const stop = async () => {
    running.isDraining = true;
    await listener.close(values['drain-seconds'] * 1000);
    running.keeper?.stop();
    endClients();
    sources.identities?.stop();
    await view.close();
    await metricsServer.close({ graceMs: 1000 });
    client.close();
    lookups.close();
  };
  return { listening: listener.listening, metricsUrl: metricsServer.url, stop };
}
