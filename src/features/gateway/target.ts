// A presigned URL's target without what signs it: the API's access log is no place for a token and a signature that
// could be sent again.
import { isSigningPair } from '../../core/credentials/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';

/** The request as it is forwarded: its path as it was judged, the API's own parameters byte for byte and in order. */
export function withoutSignature(request: HttpRequest): HttpRequest {
  const pairs = request.query.split('&');
  const kept = pairs.filter((pair) => !isSigningPair(pair));
  if (kept.length === pairs.length) return request;
  const query = kept.join('&');
  return { ...request, query, target: query === '' ? request.path : `${request.path}?${query}` };
}
