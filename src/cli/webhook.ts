// `podiam webhook`: serves admission to an API server until it is asked to end.
import { createLogger } from '../io/log/index.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';
import { startWebhook } from './webhook/parts.ts';
import { type WebhookValues, webhookAliases, webhookSettings } from './webhook/settings.ts';

async function run(values: WebhookValues, surroundings: Surroundings): Promise<number> {
  const { stop: asked } = surroundings;
  const log = createLogger({ level: values['log-level'] });
  const webhook = await startWebhook(values, surroundings, log);
  const { promise: stopped, resolve } = Promise.withResolvers<undefined>();
  asked.addEventListener('abort', () => resolve(undefined), { once: true });
  if (asked.aborted) resolve(undefined);
  try {
    const server = await Promise.race([webhook.listening, stopped]);
    if (server) log.info('admission is served', { url: server.url, metrics: webhook.metricsUrl });
    await stopped;
    log.info('it was asked to end', { drainSeconds: values['drain-seconds'] });
    return exitCodes.done;
  } finally {
    await webhook.stop();
  }
}

export const webhook = defineCommand({
  name: 'webhook',
  summary: 'Serves admission: POST /mutate over HTTPS, probes, and metrics on a port of its own.',
  settings: webhookSettings,
  aliases: webhookAliases,
  run,
});
