// GET /metrics as a function.

import { refuse } from '../../core/refusals/index.ts';
import type { HttpHandler } from '../../core/wire/index.ts';
import { methodNotAllowed, refusalResponse } from '../../core/wire/index.ts';
import type { Metrics } from './metrics.ts';

const metricsPath = '/metrics';

/** 200 with the text for GET; 404 and 405 for all else. */
export function createMetricsHandler(metrics: Pick<Metrics, 'render' | 'contentType'>): HttpHandler {
  return async (request) => {
    const { method, path } = request;
    if (path !== metricsPath) return refusalResponse(refuse('http-not-found', { path }));
    if (method !== 'GET') return methodNotAllowed(request, 'GET');
    return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.render() };
  };
}
