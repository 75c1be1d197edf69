export { createMetricsHandler } from './handler.ts';
export { createMetrics, type LabelsOf, type MetricRow, type Metrics, metricRows } from './metrics.ts';
export { observeProcess, processMetricRows } from './process.ts';
