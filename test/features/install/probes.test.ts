// The Deployment's probes, asked of a webhook that has neither its API server nor a certificate yet.
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { startWebhook } from '../../../src/cli/webhook/parts.ts';
import { webhookSettings } from '../../../src/cli/webhook/settings.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import { resolveSettings } from '../../../src/core/settings/index.ts';
import { createLogger } from '../../../src/io/log/index.ts';
import { containerOf, installed } from './installed.ts';

const probeShape = z.object({
  httpGet: z.object({ path: z.string(), port: z.string(), scheme: z.string() }),
});
const containerShape = z.object({ startupProbe: probeShape, livenessProbe: probeShape, readinessProbe: probeShape });

const probes = async () => containerShape.parse(await containerOf());

/** Nothing listens on the discard port, so that the API server is away. */
const away = 'http://127.0.0.1:9';

async function start() {
  const flags = {
    'api-server': away,
    profile: ['aws'],
    tls: 'secret',
    port: 0,
    'metrics-port': 0,
    'drain-seconds': 0,
  };
  const resolved = resolveSettings(webhookSettings, { flags, environment: {}, file: {} });
  if (resolved instanceof Refusal) throw new RefusedError(resolved);
  const silent = { environment: {}, write: () => {}, writeError: () => {}, stop: new AbortController().signal };
  const surroundings = { ...silent, readStandardInput: () => Promise.resolve('') };
  const webhook = await startWebhook(resolved.values, surroundings, createLogger({ level: 'silent' }));
  onTestFinished(() => webhook.stop());
  return webhook;
}

test('F1 it is alive without a certificate and without its API server, on every address of both families', async () => {
  const { livenessProbe, startupProbe } = await probes();
  const { metricsUrl } = await start();
  const { port } = new URL(metricsUrl);
  for (const { httpGet } of [startupProbe, livenessProbe]) {
    expect(httpGet).toMatchObject({ port: 'metrics', scheme: 'HTTP' });
    for (const host of ['127.0.0.1', new URL(metricsUrl).host.replace(/:\d+$/, '')]) {
      expect((await fetch(`http://${host}:${port}${httpGet.path}`)).status).toBe(200);
    }
  }
});

test('it is not ready then: what readiness asks is the port that API servers ask, and it is closed', async () => {
  const { readinessProbe } = await probes();
  expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'webhook', scheme: 'HTTPS' });
  const { metricsUrl } = await start();
  expect((await fetch(`${metricsUrl}/readyz`)).status).toBe(503);
});

test('its Service has an address of each family that the cluster has', async () => {
  const service = (await installed()).find(({ kind }) => kind === 'Service');
  expect(service).toMatchObject({ spec: { ipFamilyPolicy: 'PreferDualStack' } });
});
