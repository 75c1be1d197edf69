import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { HttpRequest } from '../../../src/core/wire/index.ts';
import {
  type AdmissionRecord,
  createWebhookMetrics,
  type WebhookSources,
  webhookMetricRows,
} from '../../../src/features/webhook/index.ts';
import { createMetrics, observeProcess, processMetricRows } from '../../../src/io/metrics/index.ts';
import { renderMetrics } from '../../../tools/docs/metrics.ts';

const record: AdmissionRecord = {
  uid: 'u',
  kind: 'Pod',
  operation: 'CREATE',
  namespace: 'default',
  name: 'secret-name',
  serviceAccount: 'web',
  outcome: 'injected',
  code: 'injected',
  reason: 'as asked',
  cause: undefined,
  profile: 'aws',
  method: 'sts_web_identity',
  allowed: true,
  warnings: [],
  dryRun: false,
};

const left = { outcome: 'left', profile: '', method: '' } as const;

const request: HttpRequest = {
  method: 'POST',
  target: '/mutate',
  path: '/mutate',
  query: '',
  rawHeaders: [],
  body: new Uint8Array(),
  peer: { address: '127.0.0.1', encrypted: true },
};

function start(sources: Partial<WebhookSources> = {}) {
  const metrics = createMetrics();
  const counted = createWebhookMetrics(metrics, {
    cacheSize: () => undefined,
    cacheAge: () => undefined,
    certificateExpiry: () => ({}),
    ready: () => true,
    ...sources,
  });
  const lines = async (name: string) =>
    (await metrics.render()).split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'));
  return { counted, lines, metrics };
}

test('decisions are counted by kind, outcome and profile, refusals by their code', async () => {
  const { counted, lines } = start();
  counted.decided(record);
  counted.decided(record);
  counted.decided({ ...record, ...left, code: 'no-role' });
  counted.decided({
    ...record,
    kind: 'ServiceAccount',
    outcome: 'refused',
    profile: '',
    method: '',
    code: 'role-malformed',
  });
  await expect(lines('podiam_webhook_decisions_total')).resolves.toEqual([
    'podiam_webhook_decisions_total{kind="Pod",outcome="injected",profile="aws"} 2',
    'podiam_webhook_decisions_total{kind="Pod",outcome="left",profile=""} 1',
    'podiam_webhook_decisions_total{kind="ServiceAccount",outcome="refused",profile=""} 1',
  ]);
  await expect(lines('podiam_webhook_refusals_total')).resolves.toEqual([
    'podiam_webhook_refusals_total{code="role-malformed"} 1',
  ]);
});

test('the two metrics of Amazon’s webhook go by its names', async () => {
  const { counted, lines } = start();
  counted.decided(record);
  counted.decided({ ...record, method: 'container_credentials' });
  counted.decided({ ...record, ...left, code: 'no-service-account' });
  await expect(lines('pod_identity_webhook')).resolves.toEqual([
    'pod_identity_webhook_pod_count{method="sts_web_identity"} 1',
    'pod_identity_webhook_pod_count{method="container_credentials"} 1',
    'pod_identity_webhook_missing_sa_count 1',
  ]);
});

test('A19 whoever posts reviews of a million kinds makes one time series of them', async () => {
  const { counted, lines } = start();
  for (let i = 0; i < 1000; i += 1) counted.decided({ ...record, ...left, kind: `Kind${i}`, code: 'not-a-pod' });
  await expect(lines('podiam_webhook_decisions_total')).resolves.toHaveLength(1);
});

test('A26 nothing of the pod is in a metric', async () => {
  const { counted, metrics } = start();
  counted.decided(record);
  expect(await metrics.render()).not.toMatch(/secret-name|default|web"/);
});

test('durations are observed by status, through the handler that it wraps', async () => {
  const { counted, lines } = start();
  let time = 0;
  const handler = counted.timed(
    async () => {
      time += 30;
      return { status: 200, headers: {}, body: 'as it was' };
    },
    () => time,
  );
  await expect(handler(request)).resolves.toMatchObject({ body: 'as it was' });
  const found = await lines('podiam_webhook_duration_seconds');
  expect(found).toContain('podiam_webhook_duration_seconds_sum{status="200"} 0.03');
  expect(found).toContain('podiam_webhook_duration_seconds_bucket{le="0.025",status="200"} 0');
  expect(found).toContain('podiam_webhook_duration_seconds_bucket{le="0.05",status="200"} 1');
});

test('cache, certificate and readiness are told in seconds and counts, and are absent where there is none', async () => {
  const { counted, lines } = start({
    cacheSize: () => 12,
    cacheAge: () => 1500,
    certificateExpiry: () => ({ leaf: 1_800_000_000_000 }),
    ready: () => false,
  });
  counted.watchRestarted('serviceaccounts');
  counted.certificateChanged('failed');
  const found = await lines('podiam_');
  expect(found).toEqual([
    'podiam_webhook_cache_objects 12',
    'podiam_webhook_cache_age_seconds 1.5',
    'podiam_webhook_watch_restarts_total{resource="serviceaccounts"} 1',
    'podiam_webhook_certificate_expiry_timestamp_seconds 1800000000',
    'podiam_webhook_certificate_changes_total{outcome="failed"} 1',
    'podiam_webhook_ready 0',
  ]);
});

test('docs/metrics.md says what the rows say (npm run docs writes it), and the server has those metrics and no other', async () => {
  const page = readFileSync('docs/metrics.md', 'utf8');
  expect(page).toBe(renderMetrics());
  // The platform has a chapter of its own on the page.
  const [, webhook = '', , process = ''] = page.split(/^## .+$/m);
  const documented = [...`${webhook}${process}`.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  const { metrics } = start();
  observeProcess(metrics, { droppedLines: () => 0, version: '1.2.3' });
  const served = [...(await metrics.render()).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  expect(documented.toSorted()).toEqual(served.toSorted());
  expect(documented).toHaveLength(Object.keys({ ...webhookMetricRows, ...processMetricRows }).length);
});
