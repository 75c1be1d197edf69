// Who may ask for admission: with client certificates, nobody but API servers, whoever else the network lets through.
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import { type HttpHandler, type HttpRequest, type HttpResponse, jsonResponse } from '../../core/wire/index.ts';
import { isProbe } from './health.ts';

/** As a Status object (meta/v1): an API server that is refused so tells why to whoever made the pod. */
function statusResponse(refusal: Refusal): HttpResponse {
  const { code: reason, sentence, status: code, wire } = refusal;
  return jsonResponse(code, {
    apiVersion: 'v1',
    kind: 'Status',
    status: 'Failure',
    code,
    reason: wire,
    message: refusal.explain(),
    details: { causes: [{ reason, message: sentence }] },
  });
}

const isCertified = ({ peer }: Pick<HttpRequest, 'peer'>) => peer.certified === true;
const refusal = () => statusResponse(refuse('admission-client-unknown', {}));

/** Hands on what comes from a client that the listener knows by its certificate, and refuses all else unread. */
export function onlyCertified(next: HttpHandler): HttpHandler {
  return (request) => (isCertified(request) ? next(request) : refusal());
}

/** The same of a request's head, so that strangers cannot have their bodies held either. */
export function vetCertified(head: Pick<HttpRequest, 'peer' | 'path'>): HttpResponse | undefined {
  return isCertified(head) || isProbe(head.path) ? undefined : refusal();
}
