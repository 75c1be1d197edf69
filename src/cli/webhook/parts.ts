// The parts of the webhook put together: cluster view, certificate, admission, metrics, probes, and how they end.
import { createHash } from 'node:crypto';
import {
  chooseProfiles,
  type Identities,
  type InjectionConfig,
  type ProfilesOn,
  parseIdentities,
} from '../../core/injection/index.ts';
import { causeOf, Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import type { HttpHandler } from '../../core/wire/index.ts';
import type { CertificateKeeper } from '../../features/certificates/index.ts';
import {
  type AdmissionRecord,
  createAdmissionHandler,
  createEventTeller,
  createWebhookMetrics,
  type WebhookMetrics,
  withHealth,
} from '../../features/webhook/index.ts';
import { readText } from '../../io/files/index.ts';
import { type RunningServer, serve } from '../../io/http/index.ts';
import { createKubernetesClient, type KubernetesClient, resourcePath } from '../../io/kubernetes/index.ts';
import type { Log } from '../../io/log/index.ts';
import { createMetrics, createMetricsHandler, observeProcess } from '../../io/metrics/index.ts';
import { measureLag } from '../../io/process/index.ts';
import { createRandomBytes } from '../../io/random/index.ts';
import type { Surroundings } from '../command.ts';
import { version } from '../version.ts';
import { keepServed, servingFiles } from './certificates.ts';
import { openClientAuthority } from './client-authority.ts';
import { type ClusterView, connect, viewCluster } from './cluster.ts';
import { Listener } from './listener.ts';
import type { WebhookValues } from './settings.ts';

const identitiesEveryMs = 5_000;

export interface RunningWebhook {
  /** Where admission is served, once it is. @throws RefusedError where it cannot be */
  readonly listening: Promise<RunningServer>;
  readonly metricsUrl: string;
  /** Serves on for the drain, then ends everything. */
  readonly stop: () => Promise<void>;
}

/** No annotation but these is kept of a service account. */
function countedBy(profiles: ProfilesOn): (key: string) => boolean {
  const keys = new Set(profiles.flatMap(({ roleAnnotations }) => roleAnnotations));
  const prefixes = profiles.map(({ annotationPrefix }) => `${annotationPrefix}/`);
  return (key) => keys.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
}

interface WatchedIdentities {
  readonly current: () => Identities;
  readonly stop: () => void;
}

/**
 * The watched file of container credentials: missing or empty clears, what cannot be read as such changes nothing. A file
 * that is being written is empty for a moment too, so that counts from the second look on.
 */
async function watchIdentities(file: string, log: Log, onUnfit: () => void): Promise<WatchedIdentities> {
  let identities: Identities = new Map();
  let counted = '';
  let seen = '';
  const look = async () => {
    const text = await readText(file).catch(() => '');
    const before = seen;
    seen = createHash('sha256').update(text).digest('hex');
    if (seen === counted || (text.trim() === '' && seen !== before)) return;
    counted = seen;
    const parsed = parseIdentities(text);
    if (parsed instanceof Refusal) {
      log.error('the last good identities stay', { file, problem: parsed.explain() });
      onUnfit();
    } else {
      identities = parsed;
    }
  };
  await look();
  const timer = setInterval(() => void look(), identitiesEveryMs);
  return { current: () => identities, stop: () => clearInterval(timer) };
}

function configOf(
  values: WebhookValues,
  profiles: ProfilesOn,
  watched: { readonly view: ClusterView; readonly identities: (() => Identities) | undefined },
): () => InjectionConfig {
  const settings = {
    audience: values['container-credentials-audience'],
    volumeName: values['container-credentials-token-volume-name'],
    mountPath: values['container-credentials-token-mount-path'],
    tokenPath: values['container-credentials-token-path'],
    fullUri: values['container-credentials-full-uri'],
  };
  const { identities, view } = watched;
  return () => ({
    profiles,
    allowedRoles: values['allowed-roles'],
    mapping: values['watch-config-map'] ? view.mapping() : undefined,
    containerCredentials: identities && { settings, identities: identities() },
  });
}

/** One line a decision, without anything of the pod but its name. */
function logDecision(log: Log, record: AdmissionRecord): void {
  const { reason, ...facts } = record;
  const isTrouble = record.outcome === 'refused' || record.outcome === 'failed';
  log[isTrouble ? 'warn' : 'info'](reason, { ...facts, warnings: record.warnings.length });
}

function tellEvents(client: KubernetesClient, log: Log, instance: string): (record: AdmissionRecord) => void {
  return createEventTeller({
    createEvent: (namespace, event) =>
      client.create(resourcePath({ group: 'events.k8s.io', version: 'v1', resource: 'events', namespace }), event),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    instance,
    onTrouble: (error) => log.warn('an event could not be created', { error: causeOf(error) }),
  });
}

class Readiness {
  isDraining = false;
  view: ClusterView | undefined;
  keeper: CertificateKeeper | undefined;

  reasons(): string[] {
    const checks: readonly (readonly [boolean, string])[] = [
      [this.isDraining, 'it is shutting down'],
      [this.view?.isSynced() !== true, 'the service accounts are not listed yet'],
      [this.keeper?.ready() !== true, 'no certificate is served that the API server is known to trust'],
    ];
    return checks.flatMap(([holds, reason]) => (holds ? [reason] : []));
  }
}

interface Parts {
  readonly values: WebhookValues;
  readonly profiles: ProfilesOn;
  readonly client: KubernetesClient;
  readonly view: ClusterView;
  readonly metrics: WebhookMetrics;
  readonly log: Log;
  readonly instance: string;
}

function admissionOf(parts: Parts, identities: (() => Identities) | undefined): HttpHandler {
  const { client, instance, log, metrics, profiles, values, view } = parts;
  const tell = tellEvents(client, log, instance);
  return createAdmissionHandler({
    config: configOf(values, profiles, { view, identities }),
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

/** Longer waits than a timer can hold are cut short; whoever waits looks again. */
const longestTimerMs = 2 ** 31 - 1;

function keeperOf({ client, log, metrics, values }: Parts, listener: Listener): CertificateKeeper {
  return keepServed(values, client, {
    serve: (tls) => listener.serve(tls),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    random: () => Math.random(),
    after: (ms, run) => {
      const timer = setTimeout(run, Math.min(ms, longestTimerMs));
      return () => clearTimeout(timer);
    },
    log,
    onOutcome: (outcome) => metrics.certificateChanged(outcome),
  });
}

function watchCluster(
  values: WebhookValues,
  profiles: ProfilesOn,
  parts: Pick<Parts, 'client' | 'metrics' | 'log'> & { readonly lookups: KubernetesClient },
): ClusterView {
  return viewCluster({
    client: parts.client,
    lookups: parts.lookups,
    namespace: values.namespace,
    watchesConfigMap: values['watch-config-map'],
    watchesNamespaces: values['watch-namespaces'],
    lookupMs: values['lookup-milliseconds'] || Infinity,
    counts: countedBy(profiles),
    log: parts.log,
    onRestart: (resource) => parts.metrics.watchRestarted(resource),
    onMappingUnfit: () => parts.metrics.sourceFailed('role-mapping'),
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
  const readiness = new Readiness();
  const registry = createMetrics();
  const metrics = createWebhookMetrics(registry, {
    cacheSize: () => readiness.view?.cacheSize(),
    cacheAge: () => readiness.view?.cacheAge(),
    certificateExpiry: () => readiness.keeper?.expiry() ?? {},
    ready: () => readiness.reasons().length === 0,
    build: { version: version(), node: process.versions.node },
  });
  observeProcess(registry, log.dropped);
  const health = { unreadyBecause: () => readiness.reasons() };
  const onError = (error: unknown) => log.error('a server met an error', { error: causeOf(error) });
  const { host } = values;
  // First what can be refused at once: a port in use should not wait for the cluster.
  await probePort(host, values.port);
  const metricsHandler = withHealth(health, createMetricsHandler(registry));
  const metricsServer = await serve({ host, port: values['metrics-port'], handler: metricsHandler, onError });
  const view = watchCluster(values, profiles, { client, lookups, metrics, log });
  readiness.view = view;
  const file = values['watch-container-credentials-config'];
  const onUnfit = () => metrics.sourceFailed('container-credentials');
  const identities = file === undefined ? undefined : await watchIdentities(file, log, onUnfit);
  const instance = surroundings.environment['HOSTNAME'] ?? 'podiam-webhook';
  const parts = { values, profiles, client, view, metrics, log, instance };
  const admission = metrics.timed(admissionOf(parts, identities?.current), () => performance.now());
  const handler = withHealth(health, clients.guard(admission));
  const listener = new Listener({ host, port: values.port, handler, onError, clientCa: clients.first });
  readiness.keeper = keeperOf(parts, listener);
  const endClients = clients.follow((clientCa) => listener.trustClients(clientCa));
  const stop = async () => {
    readiness.isDraining = true;
    await listener.close(values['drain-seconds'] * 1000);
    readiness.keeper?.stop();
    endClients();
    identities?.stop();
    await view.close();
    await metricsServer.close({ graceMs: 1000 });
    client.close();
    lookups.close();
  };
  return { listening: listener.listening, metricsUrl: metricsServer.url, stop };
}
