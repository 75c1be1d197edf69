// GET /metrics as a function.

import { refuse } from '../../core/refusals/index.ts';
import type { HttpHandler } from '../../core/wire/index.ts';
import { refusalResponse } from '../../core/wire/index.ts';
import type { Metrics } from './metrics.ts';

const metricsPath = '/metrics';

/** 200 with the text for GET; 404 and 405 for all else. */
export function createMetricsHandler(metrics: Pick<Metrics, 'render' | 'contentType'>): HttpHandler {
  return async ({ method, path }) => {
    if (path !== metricsPath) return refusalResponse(refuse('http-not-found', { path }));
    if (method !== 'GET') {
      const refused = refusalResponse(refuse('http-method-not-allowed', { path, method, allowed: 'GET' }));
      return { ...refused, headers: { ...refused.headers, allow: 'GET' } };
    }
    return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.render() };
  };
}
