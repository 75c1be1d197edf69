// The parts of `podiam platform` put together: records, services, listeners, metrics, probes, retention, and how they end.
import { unlink } from 'node:fs/promises';
import { parse } from 'yaml';
import type { BudgetSize } from '../../core/memory/index.ts';
import { causeOf, Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { parseRouteTable } from '../../core/routes/index.ts';
import type { HttpHandler } from '../../core/wire/index.ts';
import { createGateway } from '../../features/gateway/index.ts';
import type { Rates } from '../../features/sts/index.ts';
import { withHealth } from '../../features/webhook/index.ts';
import type { LineFile } from '../../io/audit/index.ts';
import { createFetchDocument, defaultFetchLimits } from '../../io/documents/index.ts';
import { makeFolder, readText } from '../../io/files/index.ts';
import { createForwarder, type Forwarder, type RunningServer, serve } from '../../io/http/index.ts';
import type { Log } from '../../io/log/index.ts';
import { createMetrics, createMetricsHandler, observeProcess } from '../../io/metrics/index.ts';
import type { Registry } from '../../io/sql/index.ts';
import type { Surroundings } from '../command.ts';
import { world } from '../up/world.ts';
import { version } from '../version.ts';
import { type Listener, openListener, originOfRequests, type TlsFiles, tlsFiles } from './listener.ts';
import { createPlatformMetrics, type PlatformMetrics } from './metrics.ts';
import { Readiness } from './readiness.ts';
import { openAuditLines, steadyRecorder, strictRecorder } from './recording.ts';
import { keySources, openRecords, operatorSocket, quotasOf, type Records } from './records.ts';
import { openServices, type ServiceOptions, type Services } from './services.ts';
import { type PlatformValues, platformSettings } from './settings.ts';

export interface RunningPlatform {
  readonly urls: { readonly api: string; readonly metrics: string; readonly gateway: string | undefined };
  /** Resolves once it is ready. @throws RefusedError where its records cannot be opened */
  readonly opened: Promise<void>;
  /** Serves on for the drain, then ends everything. */
  readonly stop: () => Promise<void>;
}

interface Parts {
  readonly values: PlatformValues;
  readonly log: Log;
  readonly readiness: Readiness;
  readonly metrics: PlatformMetrics;
  readonly lines: LineFile | undefined;
  readonly tls: TlsFiles | undefined;
}

const dayMs = 86_400_000;
const pruneEveryMs = 3_600_000;
/** Replicas that start together need not forget together. */
const pruneSpreadMs = 300_000;

function keepPruned(registry: Registry, { log, values }: Parts): () => void {
  const prune = async () => {
    const now = world.now();
    try {
      const pruned = await registry.prune({
        auditBefore: now - values['audit-days'] * dayMs,
        sessionsEndedBefore: now - values['session-days'] * dayMs,
        revocationsEndedBefore: now,
      });
      log.debug('what was old enough is forgotten', { ...pruned });
    } catch (error) {
      log.warn('nothing could be forgotten', { error: causeOf(error) });
    }
  };
  const first = setTimeout(() => void prune(), Math.random() * pruneSpreadMs).unref();
  const timer = setInterval(() => void prune(), pruneEveryMs + Math.random() * pruneSpreadMs).unref();
  return () => {
    clearTimeout(first);
    clearInterval(timer);
  };
}

/** A burst holds what a replica's cluster asks for at once when it starts. */
const rateOf = (perSecond: number) => ({ perSecond, burst: perSecond * 4 });

const ratesOf = (values: PlatformValues): Rates & { readonly iam: BudgetSize } => ({
  iam: rateOf(values['iam-rate']),
  account: rateOf(values['account-rate']),
  issuer: rateOf(values['issuer-rate']),
  unproven: rateOf(values['unproven-rate']),
});

/** @throws RefusedError `setting-required` */
function ownClustersOf(values: PlatformValues): ServiceOptions['ownClusters'] {
  const { 'vke-issuer-url': issuer, 'vke-jwks-url': jwksUrl } = values;
  if (issuer === undefined && jwksUrl === undefined) return undefined;
  if (issuer !== undefined && jwksUrl !== undefined) return { issuer, jwksUrl };
  const setting = issuer === undefined ? 'vke-issuer-url' : 'vke-jwks-url';
  throw new RefusedError(refuse('setting-required', { setting, summary: platformSettings[setting].summary }));
}

/** Who else signs what strangers' registrations name. @throws RefusedError `file-unreadable` */
async function issuerAuthorities({ values }: Parts): Promise<string | undefined> {
  const file = values['issuer-ca'];
  return file === undefined ? undefined : readText(file);
}

/** Fetches with the limits of the configuration, and counts. */
function fetcher({ metrics, values }: Parts, shared: string | undefined): ServiceOptions['fetchDocument'] {
  const fetchDocument = createFetchDocument({
    ...defaultFetchLimits,
    timeoutMs: values['fetch-milliseconds'],
    allowsPrivate: values['allow-private-issuers'],
  });
  return async (url, { certificateAuthority = shared }) => {
    const outcome = await fetchDocument(url, { certificateAuthority });
    metrics.fetched(outcome instanceof Refusal ? 'failed' : 'fetched');
    return outcome;
  };
}

async function serviceOptions({ registry, keyEncryptionKeys }: Records, parts: Parts): Promise<ServiceOptions> {
  const { lines, log, metrics, values } = parts;
  const certificateAuthority = await issuerAuthorities(parts);
  return {
    registry,
    keyEncryptionKeys,
    recorder: strictRecorder({ registry, lines, metrics }),
    log,
    fetchDocument: fetcher(parts, certificateAuthority),
    reviewLimits: {
      timeoutMs: values['token-review-milliseconds'],
      allowsPrivate: values['allow-private-issuers'],
      certificateAuthority,
    },
    onReview: metrics.reviewed,
    maxStalenessMs: values['revocation-max-staleness'] * 1000,
    rates: ratesOf(values),
    onOutcome: metrics.answered('sts'),
    onIamOutcome: metrics.answered('iam'),
    publicUrl: values['public-url'] ?? '',
    audience: values.audience,
    ownClusters: ownClustersOf(values),
  };
}

interface GatewayParts {
  readonly forwarder: Forwarder;
  readonly handlerFor: (services: Services, registry: Registry) => HttpHandler;
}

/** @throws RefusedError `setting-required`, `setting-invalid`, `route-table-invalid` */
async function readGateway({ lines, metrics, values }: Parts): Promise<GatewayParts | undefined> {
  const { routes: file, upstream } = values;
  if (file === undefined) return undefined;
  const { summary } = platformSettings.upstream;
  if (upstream === undefined) throw new RefusedError(refuse('setting-required', { setting: 'upstream', summary }));
  const url = URL.parse(upstream);
  const isFit = url !== null && ['http:', 'https:'].includes(url.protocol) && url.pathname === '/';
  if (!isFit) {
    const problem = 'is no http:// or https:// with a host, a port and no path';
    throw new RefusedError(refuse('setting-invalid', { name: 'upstream', value: upstream, problem, summary }));
  }
  const routes = parseRouteTable(parse(await readText(file)));
  if (routes instanceof Refusal) throw new RefusedError(routes);
  const isSecure = url.protocol === 'https:';
  const port = Number(url.port || (isSecure ? 443 : 80));
  const forwarder = createForwarder({ upstream: { host: url.hostname, port, ...(isSecure && { tls: {} }) } });
  const handlerFor = ({ shared }: Services, registry: Registry) => {
    const recorder = steadyRecorder({ registry, lines, metrics });
    return createGateway({ ...shared, registry: recorder, routes, forward: forwarder.forward });
  };
  return { forwarder, handlerFor };
}

/** @throws RefusedError `setting-ports-equal` */
function checkPorts(values: PlatformValues): void {
  const names = ['port', 'metrics-port', ...(values.routes === undefined ? [] : (['gateway-port'] as const))] as const;
  for (const [index, name] of names.entries()) {
    const other = names
      .slice(index + 1)
      .find((candidate) => values[candidate] !== 0 && values[candidate] === values[name]);
    if (other !== undefined) throw new RefusedError(refuse('setting-ports-equal', { name, other, port: values[name] }));
  }
}

/** The operator's door on this machine: whoever may read the folder may open it. */
async function openOperatorDoor(services: Services, { log, values }: Parts): Promise<RunningServer> {
  const socket = operatorSocket(values);
  // Left behind by a process that was killed; who holds the registry is the only one here.
  await unlink(socket).catch(() => {});
  const onError = (error: unknown) => log.error('the operator’s socket met an error', { error });
  return serve({ host: socket, port: 0, socket, handler: services.operator, onError });
}

/** What is opened once the records are there, and closed before they are. */
class Opened {
  readonly #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** The last first. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close();
  }
}

interface Doors {
  readonly opened: Opened;
  /** Set once the services are there. */
  gateway: HttpHandler | undefined;
  registry: Registry | undefined;
  main: Listener | undefined;
}

async function openInside(parts: Parts, doors: Doors, gateway: GatewayParts | undefined, around: Surroundings) {
  const { log, readiness, values } = parts;
  const onProblem = (problem: string) => log.warn('the database is waited for', { problem });
  const { environment, stop } = around;
  const records = await openRecords({ values, environment, stop, onProblem, quotas: quotasOf(values) });
  const { opened } = doors;
  opened.add(() => records.registry.close());
  doors.registry = records.registry;
  readiness.databaseReached(records.registry, (problem) => log.warn('the database does not answer', { problem }));
  opened.add(() => readiness.stop());
  const services = await openServices(await serviceOptions(records, parts));
  opened.add(() => services.stop());
  doors.gateway = gateway?.handlerFor(services, records.registry);
  opened.add(keepPruned(records.registry, parts));
  const door = await openOperatorDoor(services, parts);
  opened.add(() => door.close({ graceMs: 1000 }));
  readiness.opened(services);
}

function measure(parts: Pick<Parts, 'log' | 'readiness' | 'lines'>, doors: Doors, expiry: () => number | undefined) {
  const registry = createMetrics();
  const metrics = createPlatformMetrics(registry, {
    load: () => doors.registry?.load(),
    staleness: () => parts.readiness.services?.staleness(),
    auditRefused: () => parts.lines?.refused() ?? 0,
    certificateExpiry: expiry,
    ready: () => parts.readiness.reasons().length === 0,
  });
  observeProcess(registry, { droppedLines: parts.log.dropped, version: version() });
  return { metrics, handler: createMetricsHandler(registry) };
}

/** All listeners at once, or none. @throws RefusedError as `openListener` does */
async function listenAll(parts: Parts, doors: Doors, metricsHandler: HttpHandler, hasGateway: boolean) {
  const { log, metrics, readiness, tls, values } = parts;
  const health = { unreadyBecause: () => readiness.reasons() };
  const started: Listener[] = [];
  const origin = originOfRequests(values);
  const open = async (port: number, handler: HttpHandler, files: TlsFiles | undefined) => {
    const listener = await openListener({ host: values.host, port, handler, tls: files, origin, log });
    started.push(listener);
    return listener;
  };
  try {
    const probes = await open(values['metrics-port'], withHealth(health, metricsHandler), undefined);
    const api = metrics.timed(
      'api',
      readiness.guard((services) => services.api),
    );
    const main = await open(values.port, withHealth(health, api), tls);
    const judged = metrics.timed(
      'gateway',
      readiness.guard((services) => doors.gateway ?? services.api),
    );
    const gateway = hasGateway ? await open(values['gateway-port'], withHealth(health, judged), tls) : undefined;
    return { probes, main, gateway };
  } catch (error) {
    await Promise.all(started.map((listener) => listener.close({ graceMs: 0 })));
    throw error;
  }
}

type Listeners = Awaited<ReturnType<typeof listenAll>>;

async function drain({ probes, main, gateway }: Listeners, readiness: Readiness, lameDuckMs: number): Promise<void> {
  readiness.isDraining = true;
  const outer = gateway ? [main, gateway] : [main];
  await Promise.all(outer.map((listener) => listener.close({ graceMs: 0, lameDuckMs })));
  await probes.close({ graceMs: 1000 });
}

/** Listeners first, so that a port in use is told at once and probes are answered while the database is waited for. */
export async function startPlatform(values: PlatformValues, around: Surroundings, log: Log): Promise<RunningPlatform> {
  checkPorts(values);
  keySources(values);
  await makeFolder(values.data);
  const readiness = new Readiness(values['revocation-max-staleness'] * 1000);
  const lines = openAuditLines(values['audit-log']);
  const doors: Doors = { opened: new Opened(), gateway: undefined, registry: undefined, main: undefined };
  const measured = measure({ log, readiness, lines }, doors, () => doors.main?.certificateExpiry());
  const parts: Parts = { values, log, readiness, metrics: measured.metrics, lines, tls: tlsFiles(values) };
  ownClustersOf(values);
  const gateway = await readGateway(parts);
  const listeners = await listenAll(parts, doors, measured.handler, gateway !== undefined);
  doors.main = listeners.main;
  const opened = openInside(parts, doors, gateway, around);
  const stop = async () => {
    await drain(listeners, readiness, values['drain-seconds'] * 1000);
    await opened.catch(() => {});
    await doors.opened.close();
    gateway?.forwarder.close();
    lines?.close();
  };
  const urls = { api: listeners.main.url, metrics: listeners.probes.url, gateway: listeners.gateway?.url };
  return { urls, opened, stop };
}
