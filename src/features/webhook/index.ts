export { onlyCertified } from './certified-clients.ts';
export { createEventTeller, type EventPorts } from './events.ts';
export { createAdmissionHandler, mutatePath } from './handler.ts';
export { type HealthPorts, withHealth } from './health.ts';
export { createWebhookMetrics, type WebhookMetrics, type WebhookSources, webhookMetricRows } from './metrics.ts';
export type { AdmissionPorts, AdmissionRecord, Annotated } from './ports.ts';
