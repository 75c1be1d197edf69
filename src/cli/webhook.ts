// `podiam webhook`: serves admission to an API server until it is asked to end. The image's `/webhook` is the same under
// the command line of the webhook that it stands in for.
import { createLogger } from '../io/log/index.ts';
import { defineCommand, exitCodes, type Surroundings } from './command.ts';
import type { Translation } from './translation.ts';
import { startWebhook } from './webhook/parts.ts';
import { type WebhookValues, webhookSettings } from './webhook/settings.ts';
import { readDropIn, readWebhookLine } from './webhook/stand-in.ts';

async function run(values: WebhookValues, surroundings: Surroundings, translation: Translation): Promise<number> {
  const { stop: asked } = surroundings;
  const { standsInFor, withoutEffect = [] } = translation;
  const log = createLogger({ level: values['log-level'] });
  if (standsInFor !== undefined) log.info(`stands in for ${standsInFor}`, { profiles: values.profile });
  if (withoutEffect.length > 0) log.info('these arguments have no effect here', { arguments: withoutEffect });
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

const definition = {
  summary: 'Serves admission: POST /mutate over HTTPS, probes, and metrics on a port of its own.',
  settings: webhookSettings,
  run,
};

export const webhook = defineCommand({ ...definition, name: 'webhook', translate: readWebhookLine });
export const dropIn = defineCommand({ ...definition, name: 'drop-in', translate: readDropIn });
