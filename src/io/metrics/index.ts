export { createMetricsHandler } from './handler.ts';
export { createMetrics, type LabelsOf, type MetricRow, type Metrics } from './metrics.ts';
