export { onlyCertified, vetCertified } from './certified-clients.ts';
export { createEventTeller, type EventPorts } from './events.ts';
export { createAdmissionHandler } from './handler.ts';
export { type HealthPorts, withHealth } from './health.ts';
export { createWebhookMetrics, type WebhookMetrics, type WebhookSources, webhookMetricRows } from './metrics.ts';
export type { AdmissionPorts, AdmissionRecord, Annotated } from './ports.ts';
export { createReadiness } from './readiness.ts';
export { type CentralMapping, createCentralMapping, type WatchedIdentities, watchIdentities } from './sources.ts';
