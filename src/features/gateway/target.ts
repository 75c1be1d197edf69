// A presigned URL's target without what signs it: the API's access log is no place for a token and a signature that
// could be sent again.
import type { HttpRequest } from '../../core/wire/index.ts';

/** AWS IAM User Guide, "Add the signature to the request": query string; in lower case. */
const signingParameters: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/** A name may stand escaped, as `X%2DAmz%2DDate`: the verifier reads it decoded, and so might whoever reads a log. */
function isSigning(pair: string): boolean {
  const [name = ''] = pair.split('=', 1);
  try {
    return signingParameters.has(decodeURIComponent(name).toLowerCase());
  } catch {
    // No UTF-8, so none of these names.
    return false;
  }
}

/** The request as it is forwarded: its path as it was judged, the API's own parameters byte for byte and in order. */
export function withoutSignature(request: HttpRequest): HttpRequest {
  const pairs = request.query.split('&');
  const kept = pairs.filter((pair) => !isSigning(pair));
  if (kept.length === pairs.length) return request;
  const query = kept.join('&');
  return { ...request, query, target: query === '' ? request.path : `${request.path}?${query}` };
}
