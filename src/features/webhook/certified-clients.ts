// Who may ask for admission: with client certificates, nobody but API servers, whoever else the network lets through.
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import { type HttpHandler, type HttpResponse, jsonResponse } from '../../core/wire/index.ts';

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

/** Hands on what comes from a client that the listener knows by its certificate, and refuses all else unread. */
export function onlyCertified(next: HttpHandler): HttpHandler {
  return (request) =>
    request.peer.certified === true ? next(request) : statusResponse(refuse('admission-client-unknown', {}));
}
