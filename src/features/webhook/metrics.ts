// What the webhook counts. The rows are the one definition of each metric: the reference page is written from them, too.
import type { HttpHandler } from '../../core/wire/index.ts';
import { type Metrics, metricRows } from '../../io/metrics/index.ts';
import type { AdmissionRecord } from './ports.ts';

export const webhookMetricRows = metricRows({
  decisions: {
    type: 'counter',
    name: 'podiam_webhook_decisions_total',
    help: 'Reviews by what was decided: injected, left (alone), refused, or failed (something could not be looked up).',
    labels: ['kind', 'outcome', 'profile'],
  },
  refusals: {
    type: 'counter',
    name: 'podiam_webhook_refusals_total',
    help: 'Reviews that were refused or failed, by the code of the refusal.',
    labels: ['code'],
  },
  pods: {
    type: 'counter',
    name: 'pod_identity_webhook_pod_count',
    help: 'Pods that were injected, by how they get their credentials; the name is that of Amazon’s webhook.',
    labels: ['method'],
  },
  missingAccounts: {
    type: 'counter',
    name: 'pod_identity_webhook_missing_sa_count',
    help: 'Pods whose service account was not found; the name is that of Amazon’s webhook.',
    labels: [],
  },
  duration: {
    type: 'histogram',
    name: 'podiam_webhook_duration_seconds',
    help: 'From a request’s last byte to its answer, by HTTP status.',
    labels: ['status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  cacheSize: {
    type: 'gauge',
    name: 'podiam_webhook_cache_objects',
    help: 'Service accounts that are held from the watch.',
    labels: [],
  },
  cacheAge: {
    type: 'gauge',
    name: 'podiam_webhook_cache_age_seconds',
    help: 'Since the API server last confirmed that what is held is current; grows while it is away.',
    labels: [],
  },
  watchRestarts: {
    type: 'counter',
    name: 'podiam_webhook_watch_restarts_total',
    help: 'Watches of the API server that ended other than in their course and were taken up again, by resource.',
    labels: ['resource'],
  },
  certificateExpiry: {
    type: 'gauge',
    name: 'podiam_webhook_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that is served ends, in seconds since the epoch.',
    labels: [],
  },
  authorityExpiry: {
    type: 'gauge',
    name: 'podiam_webhook_ca_expiry_timestamp_seconds',
    help: 'When the certificate authority that signs it ends, where it is self-managed.',
    labels: [],
  },
  certificateChanges: {
    type: 'counter',
    name: 'podiam_webhook_certificate_changes_total',
    help: 'Certificates that were taken into service (served), and tries to that came to nothing (failed).',
    labels: ['outcome'],
  },
  sourceFailures: {
    type: 'counter',
    name: 'podiam_webhook_source_failures_total',
    help: 'Times that a watched source of settings (role-mapping, container-credentials) could not be read, so that the last good content went on counting, or held entries that could not.',
    labels: ['source'],
  },
  ready: {
    type: 'gauge',
    name: 'podiam_webhook_ready',
    help: '1 while the readiness probe says yes, else 0.',
    labels: [],
  },
});

/** What is asked at each scrape. Times in milliseconds; undefined where there is nothing to tell. */
export interface WebhookSources {
  readonly cacheSize: () => number | undefined;
  readonly cacheAge: () => number | undefined;
  readonly certificateExpiry: () => { readonly leaf?: number; readonly authority?: number };
  readonly ready: () => boolean;
}

export interface WebhookMetrics {
  /** Counts a decision; for the port `log` of the handler. */
  readonly decided: (record: AdmissionRecord) => void;
  /** The same handler, with its durations observed. @param elapsed milliseconds of a clock that does not jump */
  readonly timed: (handler: HttpHandler, elapsed: () => number) => HttpHandler;
  readonly watchRestarted: (resource: string) => void;
  readonly certificateChanged: (outcome: 'served' | 'failed') => void;
  readonly sourceFailed: (source: 'role-mapping' | 'container-credentials') => void;
}

/** Anyone who reaches the port can name a kind; a metric has room for those that are reviewed. */
const kindOf = (kind: string) => (kind === 'Pod' || kind === 'ServiceAccount' ? kind : 'other');

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

function countDecisions(metrics: Metrics): WebhookMetrics['decided'] {
  const decisions = metrics.counter(webhookMetricRows.decisions);
  const refusals = metrics.counter(webhookMetricRows.refusals);
  const pods = metrics.counter(webhookMetricRows.pods);
  const missingAccounts = metrics.counter(webhookMetricRows.missingAccounts);
  return ({ kind, outcome, profile, code, method }) => {
    decisions({ kind: kindOf(kind), outcome, profile });
    if (outcome === 'refused' || outcome === 'failed') refusals({ code });
    if (outcome === 'injected') pods({ method });
    if (code === 'no-service-account') missingAccounts({});
  };
}

/** Registers all rows: one call for each server. */
export function createWebhookMetrics(metrics: Metrics, sources: WebhookSources): WebhookMetrics {
  const decided = countDecisions(metrics);
  const duration = metrics.histogram(webhookMetricRows.duration);
  metrics.gauge(webhookMetricRows.cacheSize, sources.cacheSize);
  metrics.gauge(webhookMetricRows.cacheAge, () => seconds(sources.cacheAge()));
  const restarts = metrics.counter(webhookMetricRows.watchRestarts);
  metrics.gauge(webhookMetricRows.certificateExpiry, () => seconds(sources.certificateExpiry().leaf));
  metrics.gauge(webhookMetricRows.authorityExpiry, () => seconds(sources.certificateExpiry().authority));
  const changes = metrics.counter(webhookMetricRows.certificateChanges);
  const sourceFailures = metrics.counter(webhookMetricRows.sourceFailures);
  metrics.gauge(webhookMetricRows.ready, () => Number(sources.ready()));
  return {
    decided,
    timed: (handler, elapsed) => async (request) => {
      const start = elapsed();
      const response = await handler(request);
      duration({ status: String(response.status) }, (elapsed() - start) / 1000);
      return response;
    },
    watchRestarted: (resource) => restarts({ resource }),
    certificateChanged: (outcome) => changes({ outcome }),
    sourceFailed: (source) => sourceFailures({ source }),
  };
}
