// What every server tells of its own process, by the names that dashboards for Prometheus know
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics), and what its log lost.
import { type Metrics, metricRows } from './metrics.ts';

export const processMetricRows = metricRows({
  residentMemory: {
    type: 'gauge',
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    labels: [],
  },
  processorTime: {
    type: 'counter',
    name: 'process_cpu_seconds_total',
    help: 'Processor time that the process has used, user and system together.',
    labels: [],
  },
  startTime: {
    type: 'gauge',
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since the epoch.',
    labels: [],
  },
  heap: {
    type: 'gauge',
    name: 'nodejs_heap_size_used_bytes',
    help: 'Of the resident memory, what JavaScript objects take.',
    labels: [],
  },
  droppedLines: {
    type: 'counter',
    name: 'podiam_log_lines_dropped_total',
    help: 'Lines of the log that were lost because nobody read standard error.',
    labels: [],
  },
  build: {
    type: 'gauge',
    name: 'podiam_build_info',
    help: 'Always 1; the versions stand in the labels.',
    labels: ['version', 'node'],
  },
});

interface ProcessSources {
  /** Since the start. */
  readonly droppedLines: () => number;
  /** Of the program. */
  readonly version: string;
}

export function observeProcess(metrics: Metrics, { droppedLines, version }: ProcessSources): void {
  metrics.gauge(processMetricRows.residentMemory, () => process.memoryUsage.rss());
  metrics.total(processMetricRows.processorTime, () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  const startedAt = performance.timeOrigin / 1000;
  metrics.gauge(processMetricRows.startTime, () => startedAt);
  metrics.gauge(processMetricRows.heap, () => process.memoryUsage().heapUsed);
  metrics.total(processMetricRows.droppedLines, droppedLines);
  metrics.constant(processMetricRows.build, { version, node: process.versions.node });
}
