// What the platform counts. The rows are the one definition of each metric: the reference page is written from them, too.
import { catalogue, type Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import type { HttpHandler } from '../../core/wire/index.ts';
import type { ReviewOutcome } from '../../features/sts/index.ts';
import { type Metrics, metricRows } from '../../io/metrics/index.ts';
import type { Load } from '../../io/sql/index.ts';

export const platformMetricRows = metricRows({
  decisions: {
    type: 'counter',
    name: 'podiam_platform_decisions_total',
    help: 'Calls that were decided and put on record, by service (sts, iam, podiam, or another for what passed the gateway), outcome (allowed, refused) and the refusal’s code.',
    labels: ['service', 'outcome', 'code'],
  },
  calls: {
    type: 'counter',
    name: 'podiam_platform_calls_total',
    help: 'Calls that were answered, by service (sts, with exchanges for Bearer strings; iam), action, outcome (allowed, refused) and the refusal’s code: those, too, of which there are too many for the record.',
    labels: ['service', 'action', 'outcome', 'code'],
  },
  sessions: {
    type: 'counter',
    name: 'podiam_platform_sessions_total',
    help: 'Sessions that were given, by kind (web-identity, chained, bearer).',
    labels: ['kind'],
  },
  unrecorded: {
    type: 'counter',
    name: 'podiam_platform_unrecorded_total',
    help: 'Times that the record could not be written, so that nothing was issued.',
    labels: [],
  },
  duration: {
    type: 'histogram',
    name: 'podiam_platform_duration_seconds',
    help: 'From a request’s last byte to its answer, by listener (api, gateway) and HTTP status.',
    labels: ['listener', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  fetches: {
    type: 'counter',
    name: 'podiam_platform_key_fetches_total',
    help: 'Documents of issuers that were fetched, by outcome (fetched, failed); all other keys came from memory.',
    labels: ['outcome'],
  },
  reviews: {
    type: 'counter',
    name: 'podiam_platform_token_reviews_total',
    help: 'Times that a cluster was asked whether it stands behind a token, by outcome (authenticated, refused, unavailable); all other answers came from memory.',
    labels: ['outcome'],
  },
  queued: {
    type: 'gauge',
    name: 'podiam_platform_commit_queue',
    help: 'Records that wait for the next commit.',
    labels: [],
  },
  connections: {
    type: 'gauge',
    name: 'podiam_platform_database_connections',
    help: 'Connections to the database that are open.',
    labels: [],
  },
  waiting: {
    type: 'gauge',
    name: 'podiam_platform_database_waiting',
    help: 'Calls that wait for a connection to the database.',
    labels: [],
  },
  staleness: {
    type: 'gauge',
    name: 'podiam_platform_revocations_age_seconds',
    help: 'Since this replica last knew every revocation; grows while the database is away.',
    labels: [],
  },
  auditRefused: {
    type: 'counter',
    name: 'podiam_platform_audit_lines_refused_total',
    help: 'Lines that the file or stream of --audit-log did not take.',
    labels: [],
  },
  certificateExpiry: {
    type: 'gauge',
    name: 'podiam_platform_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that is served ends, in seconds since the epoch.',
    labels: [],
  },
  ready: {
    type: 'gauge',
    name: 'podiam_platform_ready',
    help: '1 while the readiness probe says yes, else 0.',
    labels: [],
  },
});

/** What is asked at each scrape; undefined where there is nothing to tell yet. */
export interface PlatformSources {
  readonly load: () => Load | undefined;
  /** Milliseconds. */
  readonly staleness: () => number | undefined;
  readonly auditRefused: () => number;
  /** Milliseconds since the epoch. */
  readonly certificateExpiry: () => number | undefined;
  readonly ready: () => boolean;
}

export interface PlatformMetrics {
  readonly decided: (event: AuditEvent) => void;
  /** For the services' port `onOutcome`: an action of theirs, empty where none was named, and why it was refused. */
  readonly answered: (service: 'sts' | 'iam') => (action: string, refusal: Refusal | undefined) => void;
  readonly issued: (kind: string) => void;
  readonly unrecorded: () => void;
  readonly fetched: (outcome: 'fetched' | 'failed') => void;
  readonly reviewed: (outcome: ReviewOutcome) => void;
  /** The same handler, with its durations observed. */
  readonly timed: (listener: 'api' | 'gateway', handler: HttpHandler) => HttpHandler;
}

const services = new Set(['sts', 'iam', 'podiam']);

/** Of the operator's own choosing, or a word of ours: no stranger can make a new time series. */
function serviceOf({ action }: AuditEvent): string {
  const [service = ''] = action.split(':', 1);
  return services.has(service) ? service : 'other';
}

const codeOf = ({ code }: AuditEvent) => (code === '' || Object.hasOwn(catalogue, code) ? code : 'other');
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

/** Registers all rows: one call for each server. */
export function createPlatformMetrics(metrics: Metrics, sources: PlatformSources): PlatformMetrics {
  const decisions = metrics.counter(platformMetricRows.decisions);
  const calls = metrics.counter(platformMetricRows.calls);
  const sessions = metrics.counter(platformMetricRows.sessions);
  const unrecorded = metrics.counter(platformMetricRows.unrecorded);
  const duration = metrics.histogram(platformMetricRows.duration);
  const fetches = metrics.counter(platformMetricRows.fetches);
  const reviews = metrics.counter(platformMetricRows.reviews);
  metrics.gauge(platformMetricRows.queued, () => sources.load()?.queued);
  metrics.gauge(platformMetricRows.connections, () => sources.load()?.connections.open);
  metrics.gauge(platformMetricRows.waiting, () => sources.load()?.connections.waiting);
  metrics.gauge(platformMetricRows.staleness, () => seconds(sources.staleness()));
  metrics.total(platformMetricRows.auditRefused, sources.auditRefused);
  metrics.gauge(platformMetricRows.certificateExpiry, () => seconds(sources.certificateExpiry()));
  metrics.gauge(platformMetricRows.ready, () => Number(sources.ready()));
  return {
    decided: (event) => decisions({ service: serviceOf(event), outcome: event.outcome, code: codeOf(event) }),
    answered: (service) => (action, refusal) =>
      calls({
        service,
        action: action || 'other',
        outcome: refusal ? 'refused' : 'allowed',
        code: refusal?.code ?? '',
      }),
    issued: (kind) => sessions({ kind }),
    unrecorded: () => unrecorded({}),
    fetched: (outcome) => fetches({ outcome }),
    reviewed: (outcome) => reviews({ outcome }),
    timed: (listener, handler) => async (request) => {
      const start = performance.now();
      const response = await handler(request);
      duration({ listener, status: String(response.status) }, (performance.now() - start) / 1000);
      return response;
    },
  };
}
