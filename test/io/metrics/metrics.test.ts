import { expect, test } from 'vitest';
import type { HttpRequest } from '../../../src/core/wire/index.ts';
import { createMetrics, createMetricsHandler, observeProcess } from '../../../src/io/metrics/index.ts';

const row = { name: 'a_total', help: 'Counts.', labels: ['what'], type: 'counter' } as const;
const gaugeRow = { name: 'b', help: 'Tells.', labels: [], type: 'gauge' } as const;
const histogramRow = { name: 'c_seconds', help: 'Times.', labels: [], type: 'histogram', buckets: [0.1, 1] } as const;

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const asked = (method: string, path: string): HttpRequest => ({
  method,
  target: path,
  path,
  query: '',
  rawHeaders: [],
  body: new Uint8Array(),
  peer: { address: '127.0.0.1', encrypted: false },
});

test('counters, gauges, constants and histograms are rendered as Prometheus reads them', async () => {
  const metrics = createMetrics();
  const count = metrics.counter(row);
  count({ what: 'x' });
  count({ what: 'x' }, 2);
  metrics.gauge(gaugeRow, () => 7);
  metrics.constant({ name: 'build_info', help: 'Builds.', labels: ['version'], type: 'gauge' }, { version: '1.2' });
  const observe = metrics.histogram(histogramRow);
  for (const value of [0.05, 0.1, 0.5, 3]) observe({}, value);
  const text = await metrics.render();
  expect(linesOf(text)).toEqual([
    'a_total{what="x"} 3',
    'b 7',
    'build_info{version="1.2"} 1',
    'c_seconds_bucket{le="0.1"} 2',
    'c_seconds_bucket{le="1"} 3',
    'c_seconds_bucket{le="+Inf"} 4',
    'c_seconds_sum 3.65',
    'c_seconds_count 4',
  ]);
  expect(text).toContain('# HELP a_total Counts.\n# TYPE a_total counter\n');
});

test('a gauge is asked at each scrape, and is absent while there is nothing to tell', async () => {
  const metrics = createMetrics();
  const values = [1, undefined, 3];
  metrics.gauge(gaugeRow, () => values.shift());
  const scrapes = [await metrics.render(), await metrics.render(), await metrics.render()];
  expect(scrapes.map(linesOf)).toEqual([['b 1'], [], ['b 3']]);
});

test('what is counted elsewhere is asked for its total at each scrape', async () => {
  const metrics = createMetrics();
  const totals = [3, 3, 8];
  metrics.total({ ...row, labels: [] }, () => totals.shift() ?? NaN);
  const scrapes = [await metrics.render(), await metrics.render(), await metrics.render()];
  expect(scrapes.map(linesOf)).toEqual([['a_total 3'], ['a_total 3'], ['a_total 8']]);
});

test('memory, processor time, start and build of the process go by the names that dashboards know', async () => {
  const metrics = createMetrics();
  observeProcess(metrics, { droppedLines: () => 2, version: '1.2.3' });
  const values = new Map(
    linesOf(await metrics.render()).map((line) => {
      const [name = '', value = ''] = line.split(' ');
      return [name, Number(value)] as const;
    }),
  );
  const megabytes = (values.get('process_resident_memory_bytes') ?? NaN) / 1e6;
  expect(megabytes).toBeCloseTo(process.memoryUsage.rss() / 1e6, -2);
  const { user, system } = process.cpuUsage();
  expect(values.get('process_cpu_seconds_total')).toBeCloseTo((user + system) / 1e6, 0);
  expect(values.get('process_start_time_seconds')).toBeLessThan(Date.now() / 1000);
  expect(values.get('podiam_log_lines_dropped_total')).toBe(2);
  expect(values.get(`podiam_build_info{version="1.2.3",node="${process.versions.node}"}`)).toBe(1);
});

test('two servers in one process share nothing', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.counter(row)({ what: 'x' });
  other.counter(row);
  expect(linesOf(await one.render())).toEqual(['a_total{what="x"} 1']);
  expect(linesOf(await other.render())).toEqual([]);
});

test('A26 a label’s quotes, line breaks and backslashes make no other line', async () => {
  const metrics = createMetrics();
  metrics.counter(row)({ what: 'a"} 1\nforged 2\\' });
  expect(linesOf(await metrics.render())).toEqual(['a_total{what="a\\"} 1\\nforged 2\\\\"} 1']);
});

test.each([
  ['GET', '/metrics', 200],
  ['POST', '/metrics', 405],
  ['GET', '/', 404],
])('%s %s: %i', async (method, path, status) => {
  const response = await createMetricsHandler(createMetrics())(asked(method, path));
  expect(response.status).toBe(status);
  if (status === 200) expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
});
