import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/injection/index.ts';
import {
  type AdmissionPorts,
  type AdmissionRecord,
  createWebhookMetrics,
} from '../../../src/features/webhook/index.ts';
import { createMetrics, createMetricsHandler } from '../../../src/io/metrics/index.ts';
import { arn, ask, configOf, createWebhook, pod, reviewOf, roleKey } from './asking.ts';

const annotations = { [roleKey]: arn('s3') };
const volume = {
  name: 'aws-iam-token',
  projected: { sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } }] },
};
const withVolume = { ...pod, spec: { ...pod.spec, volumes: [volume] } };
const debugged = { ...withVolume, spec: { ...withVolume.spec, ephemeralContainers: [{ name: 'debug' }] } };

const reviews: readonly [string, JsonObject][] = [
  ['a pod', reviewOf()],
  [
    'ephemeral containers',
    reviewOf({ operation: 'UPDATE', subResource: 'ephemeralcontainers', object: debugged, oldObject: withVolume }),
  ],
  [
    'a service account',
    reviewOf({ kind: { kind: 'ServiceAccount' }, object: { metadata: { name: 'web', annotations } } }),
  ],
];

/** Ports of which one look-up fails, the `fatal`th; it tells whether it came to that. */
function failingPorts(fatal: number) {
  let asked = 0;
  const once =
    <Value>(find: () => Value) =>
    () => {
      asked += 1;
      if (asked === fatal) throw new Error('connect ECONNREFUSED');
      return find();
    };
  return {
    ports: {
      config: once(() => configOf()),
      findServiceAccount: once(() => ({ annotations })),
      findNamespace: once(() => ({ annotations: { 'podiam.dev/allowed-roles': '*' } })),
    },
    hasFailed: () => asked >= fatal,
  };
}

function countingMetrics() {
  const registry = createMetrics();
  const sources = {
    cacheSize: () => 0,
    cacheAge: () => 0,
    certificateExpiry: () => ({}),
    ready: () => true,
  };
  const { decided } = createWebhookMetrics(registry, sources);
  const request = {
    method: 'GET',
    target: '/metrics',
    path: '/metrics',
    query: '',
    rawHeaders: [],
    body: new Uint8Array(),
    peer: { address: '', encrypted: false },
  };
  const page = async () => String((await createMetricsHandler(registry)(request)).body);
  return { decided, page };
}

describe.each<NonNullable<AdmissionPorts['onFailure']>>(['warn', 'deny'])('A15 under --on-failure %s', (onFailure) => {
  test.each(reviews)(
    `A15 every look-up for %s fails once, under ${onFailure}: no role comes of it, and it is ${onFailure === 'deny' ? 'refused' : 'a counted fail-open with a warning'}`,
    async (_, review) => {
      const { decided, page } = countingMetrics();
      let fatal = 1;
      for (; fatal < 100; fatal++) {
        const records: AdmissionRecord[] = [];
        const { ports, hasFailed } = failingPorts(fatal);
        const log = (record: AdmissionRecord) => {
          records.push(record);
          decided(record);
        };
        const { status, response, patch } = await ask(createWebhook({ ...ports, onFailure, log }), review);
        if (!hasFailed()) break;
        expect(status).toBe(200);
        expect(patch).toBe('');
        expect(records).toMatchObject([{ outcome: 'failed', code: 'admission-lookup-failed' }]);
        // What could not even be configured does not know that it is to deny.
        expect(response).toMatchObject(
          onFailure === 'deny' ? { allowed: false } : { allowed: true, warnings: expect.anything() },
        );
      }
      expect(fatal - 1).toBeGreaterThanOrEqual(2);
      expect(await page()).toContain(`podiam_webhook_refusals_total{code="admission-lookup-failed"} ${fatal - 1}`);
    },
  );
});
