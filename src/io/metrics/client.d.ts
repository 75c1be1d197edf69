// The parts of @prometheus-io/client that are used, each loaded by itself: its index brings along clusters, workers, a
// push gateway and OpenTelemetry, which cost 9 MB and 40 ms at every start; these four cost half of one and 4.
declare module '@prometheus-io/client/lib/registry.js' {
  export { Registry as default } from '@prometheus-io/client';
}
declare module '@prometheus-io/client/lib/counter.js' {
  export { Counter as default } from '@prometheus-io/client';
}
declare module '@prometheus-io/client/lib/gauge.js' {
  export { Gauge as default } from '@prometheus-io/client';
}
declare module '@prometheus-io/client/lib/histogram.js' {
  export { Histogram as default } from '@prometheus-io/client';
}
