// The STS by its two doors: the endpoint of the AWS Query protocol (AWS STS API Reference, "Making API requests"), and the
// exchange without a form, for a Bearer string. Behind both stand the same actions, limits and records.
import { Refusal, refuse } from '../../core/refusals/index.ts';
import {
  type Answer,
  type HttpHandler,
  type HttpRequest,
  isQueryPath,
  parseQueryForm,
  type QueryParameters,
  queryResponse,
  stsNamespace,
  stsVersion,
} from '../../core/wire/index.ts';
import { type Action, type Call, newCall } from './action.ts';
import { type BearerSession, exchangeForBearer, type TokenExchange } from './bearer.ts';
import {
  createAuthenticate,
  createGetAccessKeyInfo,
  createGetCallerIdentity,
  createNotForSessions,
} from './callers.ts';
import { createChain } from './chain.ts';
import { createConduct } from './conduct.ts';
import { createExchange, type Exchange, exchangeOfForm } from './exchange.ts';
import { createLimits, defaultRates } from './limits.ts';
import type { StsPorts } from './ports.ts';

function readParameters(request: HttpRequest): QueryParameters | Refusal {
  const { method, path } = request;
  if (!isQueryPath(path)) return refuse('http-not-found', { path });
  if (method !== 'POST') return refuse('sts-post-only', { method });
  const { buffer, byteOffset, byteLength } = request.body;
  const parameters = parseQueryForm(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'));
  if (parameters instanceof Refusal) return parameters;
  const version = parameters.get('Version');
  if (version !== stsVersion) return refuse('sts-version-unknown', { version: version?.slice(0, 80) ?? 'none' });
  return parameters;
}

function actionsOf(ports: StsPorts, exchange: Exchange): ReadonlyMap<string, Action> {
  const authenticate = createAuthenticate(ports);
  return new Map([
    ['AssumeRoleWithWebIdentity', exchangeOfForm(exchange)],
    ['AssumeRole', createChain(ports, authenticate)],
    ['GetCallerIdentity', createGetCallerIdentity(authenticate)],
    ['GetAccessKeyInfo', createGetAccessKeyInfo(ports, authenticate)],
    ['GetSessionToken', createNotForSessions('GetSessionToken', authenticate)],
    ['GetFederationToken', createNotForSessions('GetFederationToken', authenticate)],
  ]);
}

export interface Sts {
  /** The endpoint: XML out, or JSON where it is asked for. */
  readonly handler: HttpHandler;
  /** A refusal of it is in the log and on record already. */
  readonly exchange: (call: TokenExchange) => Promise<BearerSession | Refusal>;
}

export function createSts(ports: StsPorts): Sts {
  const limits = createLimits(ports.rates ?? defaultRates);
  const exchange = createExchange(ports, limits);
  const actions = actionsOf(ports, exchange);
  const conduct = createConduct(ports, limits, (name) => actions.has(name));

  function act(call: Call, parameters: QueryParameters): Promise<Answer | Refusal> | Refusal {
    const action = actions.get(call.action);
    return action?.(call, parameters) ?? refuse('sts-action-unknown', { action: call.action.slice(0, 80) });
  }

  return {
    handler: async (request) => {
      const requestId = ports.newRequestId();
      const parameters = readParameters(request);
      const action = parameters instanceof Refusal ? '' : (parameters.get('Action') ?? '');
      const call = newCall(request, requestId, action);
      const outcome = await conduct(call, () => (parameters instanceof Refusal ? parameters : act(call, parameters)));
      return queryResponse(request, outcome, { namespace: stsNamespace, requestId });
    },
    exchange: (asked) => exchangeForBearer(asked, exchange, conduct),
  };
}
