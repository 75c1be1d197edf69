// The direct exchange: a service-account token in, a Bearer string for one role out; and the documents of the platform's
// own issuer, by which its clusters' tokens are verified elsewhere.
import { bearerOf } from '../../core/credentials/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { tokenQuery } from './forms.ts';
import { refusedResponse } from './responses.ts';
import { nothing, type Route, route } from './route.ts';
import { tokenAnswer } from './session-answers.ts';

const shownSessionName = 'podiam-bearer';

const published = { method: 'GET', audience: 'anyone', query: nothing, body: nothing } as const;

export const tokenRoutes: readonly Route[] = [
  route({
    ...published,
    id: 'GetDiscovery',
    path: '/v2/oidc/.well-known/openid-configuration',
    summary: 'The discovery document of the issuer that the platform’s own clusters share.',
    answer: { description: 'The document (OpenID Connect Discovery 1.0).' },
    run: ({ ports, request }) => ports.published?.discovery() ?? refuse('http-not-found', { path: request.path }),
  }),
  route({
    ...published,
    id: 'GetKeys',
    path: '/v2/oidc/jwks',
    summary: 'The public keys of the platform’s own clusters.',
    answer: { description: 'A JWK Set (RFC 7517).' },
    run: ({ ports, request }) => ports.published?.jwks() ?? refuse('http-not-found', { path: request.path }),
  }),
  route({
    id: 'ExchangeToken',
    method: 'GET',
    path: '/v2/oidc/token',
    summary:
      'Exchanges the service-account token that is sent as Bearer for a Bearer string of a role, good for an hour.',
    audience: 'anyone',
    query: tokenQuery,
    body: nothing,
    answer: { description: 'The Bearer string.', schema: tokenAnswer },
    run: async ({ ports, request, requestId, at }, { role, session_name: sessionName = shownSessionName }) => {
      const token = bearerOf(request);
      if (token instanceof Refusal) return token;
      if (token === undefined) return refuse('caller-missing', {});
      const session = await ports.exchange({ request, requestId, token, role, sessionName });
      // Told where it was judged: as an answer it is not told again.
      if (session instanceof Refusal) return refusedResponse(session, requestId);
      return {
        body: {
          access_token: session.bearer,
          token_type: 'Bearer',
          expires_in: Math.max(0, Math.floor((session.expiresAt - at) / 1000)),
          expires_at: new Date(session.expiresAt).toISOString(),
          session_id: session.accessKeyId,
          role_arn: session.roleArn,
        },
      };
    },
  }),
];
