// The page docs/metrics.md, written from the rows of metrics: `npm run docs` writes it, and a test compares.
import { platformMetricRows } from '../../src/cli/platform/metrics.ts';
import { webhookMetricRows } from '../../src/features/webhook/index.ts';
import { type MetricRow, processMetricRows } from '../../src/io/metrics/index.ts';

const opening = `# Metrics

\`GET /metrics\` on the metrics port answers in the text format of Prometheus. No metric holds a pod's name, an annotation
or a token, and nobody who can post to the webhook or the platform can make a new time series.

This page is written from the rows in \`src/features/webhook/metrics.ts\`, \`src/cli/platform/metrics.ts\` and \`src/io/metrics/process.ts\` by
\`npm run docs\`.
`;

const head = `
| metric | type | labels | tells |
|---|---|---|---|
`;

function line({ name, type, labels, help }: MetricRow): string {
  return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |\n`;
}

function section(title: string, rows: Readonly<Record<string, MetricRow>>): string {
  return `\n## ${title}\n${head}${Object.values(rows).map(line).join('')}`;
}

export function renderMetrics(): string {
  return (
    opening +
    section('The webhook', webhookMetricRows) +
    section('The platform', platformMetricRows) +
    section('Its process', processMetricRows)
  );
}
