// How outcomes leave: JSON, never kept by anyone on the way, with the request's id.
import type { Refusal } from '../../core/refusals/index.ts';
import { type HttpResponse, jsonResponse, refusalResponse } from '../../core/wire/index.ts';
import type { Reply } from './route.ts';

const isResponse = (outcome: Reply | HttpResponse): outcome is HttpResponse => 'headers' in outcome;

export function responseOf(outcome: Reply | HttpResponse, requestId: string): HttpResponse {
  const common = { 'x-request-id': requestId };
  if (isResponse(outcome)) return { ...outcome, headers: { ...common, ...outcome.headers } };
  const { status = 200, body } = outcome;
  const headers = { ...common, 'cache-control': 'no-store' };
  return body === undefined ? { status, headers, body: '' } : jsonResponse(status, body, headers);
}

export function refusedResponse(refusal: Refusal, requestId: string): HttpResponse {
  const response = refusalResponse(refusal, requestId);
  return { ...response, headers: { ...response.headers, 'cache-control': 'no-store' } };
}
