// Metrics for Prometheus: counters, gauges and histograms of one server, each made from a row that also documents it.
import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import Histogram from '@prometheus-io/client/lib/histogram.js';
import Registry from '@prometheus-io/client/lib/registry.js';

/** A metric as dashboards and the reference page know it. */
interface Row {
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  readonly labels: readonly string[];
}

export interface CounterRow extends Row {
  readonly type: 'counter';
}

export interface GaugeRow extends Row {
  readonly type: 'gauge';
}

export interface HistogramRow extends Row {
  readonly type: 'histogram';
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

export type MetricRow = CounterRow | GaugeRow | HistogramRow;

/** Rows as they were written: names of labels stay known to the types. */
export function metricRows<const Rows extends Readonly<Record<string, MetricRow>>>(rows: Rows): Rows {
  return rows;
}

export type LabelsOf<Row extends MetricRow> = { readonly [Name in Row['labels'][number]]: string };

export interface Metrics {
  /** What only ever grows. */
  readonly counter: <Row extends CounterRow>(row: Row) => (labels: LabelsOf<Row>, by?: number) => void;
  /** What only ever grows and is counted elsewhere, asked for its value at each scrape. */
  readonly total: (row: CounterRow, read: () => number) => void;
  /** What is asked for its value at each scrape; undefined where there is none at the moment. */
  readonly gauge: (row: GaugeRow, read: () => number | undefined) => void;
  /** What never changes, such as a version: 1, with its labels. */
  readonly constant: <Row extends GaugeRow>(row: Row, labels: LabelsOf<Row>) => void;
  readonly histogram: <Row extends HistogramRow>(row: Row) => (labels: LabelsOf<Row>, value: number) => void;
  /** The text that Prometheus scrapes (exposition format 0.0.4). */
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

/** Metrics that belong to whoever asked for them: nothing is shared between two calls. */
export function createMetrics(): Metrics {
  const registry = new Registry(Registry.PROMETHEUS_CONTENT_TYPE);
  const configure = ({ name, help, labels }: MetricRow) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    counter: (row) => {
      const counter = new Counter<string>(configure(row));
      return (labels, by = 1) => counter.inc(labels, by);
    },
    total: (row, read) => {
      const collect = () => {
        counter.reset();
        counter.inc(read());
      };
      const counter = new Counter<string>({ ...configure(row), collect });
    },
    gauge: (row, read) => {
      const collect = () => {
        const value = read();
        if (value === undefined) gauge.remove();
        else gauge.set(value);
      };
      const gauge = new Gauge<string>({ ...configure(row), collect });
    },
    constant: (row, labels) => new Gauge<string>(configure(row)).set(labels, 1),
    histogram: (row) => {
      const histogram = new Histogram<string>({ ...configure(row), buckets: [...row.buckets] });
      return (labels, value) => histogram.observe(labels, value);
    },
    render: () => registry.metrics(),
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
  };
}
