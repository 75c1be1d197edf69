// The two documents by which anyone can verify a cluster's tokens, served as kube-apiserver serves them.

import { refuse } from '../../core/refusals/index.ts';
import { discoveryDocument, type PublicJwk } from '../../core/tokens/index.ts';
import { type HttpHandler, jsonResponse, methodNotAllowed, refusalResponse } from '../../core/wire/index.ts';

export interface PublishedIssuer {
  readonly url: string;
  /** The keys in use, and those that were lately or will soon be. */
  readonly keys: readonly PublicJwk[];
}

/** Relying parties ask again within this time, so that a rotation can count on it. */
const cacheControl = 'public, max-age=300';
const jwksPath = '/openid/v1/jwks';

/** Serves the discovery document and the JWK Set of an issuer. */
export function createIssuerHandler(issuer: PublishedIssuer): HttpHandler {
  const documents = new Map([
    [
      '/.well-known/openid-configuration',
      jsonResponse(
        200,
        discoveryDocument({ issuer: issuer.url, jwksUri: `${issuer.url}${jwksPath}`, keys: issuer.keys }),
        {
          'cache-control': cacheControl,
        },
      ),
    ],
    [
      jwksPath,
      jsonResponse(
        200,
        { keys: issuer.keys },
        { 'content-type': 'application/jwk-set+json', 'cache-control': cacheControl },
      ),
    ],
  ]);
  return (request) => {
    const { method, path } = request;
    const found = documents.get(path);
    if (!found) return refusalResponse(refuse('http-not-found', { path }));
    if (method === 'GET' || method === 'HEAD') return found;
    return methodNotAllowed(request, 'GET', 'HEAD');
  };
}
