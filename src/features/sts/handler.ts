// The STS endpoint: AWS Query protocol in, XML out, or JSON. AWS STS API Reference, "Making API requests".
import { createBudget, unprovenEvents } from '../../core/memory/index.ts';
import { causeOf, Refusal, refuse } from '../../core/refusals/index.ts';
import {
  type Answer,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  parseQueryForm,
  type QueryParameters,
  queryResponse,
  stsNamespace,
  stsVersion,
} from '../../core/wire/index.ts';
import type { Action, Call } from './action.ts';
import {
  createAuthenticate,
  createGetAccessKeyInfo,
  createGetCallerIdentity,
  createNotForSessions,
} from './callers.ts';
import { createChain } from './chain.ts';
import { refusedEvent } from './events.ts';
import { createExchange } from './exchange.ts';
import { createLimits, defaultRates } from './limits.ts';
import type { StsPorts } from './ports.ts';

/** Where the endpoint is found; SDKs differ in whether they add a last slash. */
const paths = new Set([
  '/',
  '/sts',
  '/sts/',
  '/v2/assumed-roles/compatibility/aws/sts',
  '/v2/assumed-roles/compatibility/aws/sts/',
]);

function readParameters(request: HttpRequest): QueryParameters | Refusal {
  const { method, path } = request;
  if (!paths.has(path)) return refuse('http-not-found', { path });
  if (method !== 'POST') return refuse('sts-post-only', { method });
  const parameters = parseQueryForm(Buffer.from(request.body).toString('utf8'));
  if (parameters instanceof Refusal) return parameters;
  const version = parameters.get('Version');
  if (version !== stsVersion) return refuse('sts-version-unknown', { version: version?.slice(0, 80) ?? 'none' });
  return parameters;
}

function actionsOf(ports: StsPorts, limits: ReturnType<typeof createLimits>): ReadonlyMap<string, Action> {
  const authenticate = createAuthenticate(ports);
  return new Map([
    ['AssumeRoleWithWebIdentity', createExchange(ports, limits)],
    ['AssumeRole', createChain(ports, authenticate)],
    ['GetCallerIdentity', createGetCallerIdentity(authenticate)],
    ['GetAccessKeyInfo', createGetAccessKeyInfo(ports, authenticate)],
    ['GetSessionToken', createNotForSessions('GetSessionToken', authenticate)],
    ['GetFederationToken', createNotForSessions('GetFederationToken', authenticate)],
  ]);
}

export function createStsHandler(ports: StsPorts): HttpHandler {
  const limits = createLimits(ports.rates ?? defaultRates);
  const actions = actionsOf(ports, limits);
  const budget = createBudget(unprovenEvents);

  async function act(call: Call): Promise<Answer | Refusal> {
    const name = call.parameters.get('Action') ?? '';
    const action = actions.get(name);
    if (!action) return refuse('sts-action-unknown', { action: name.slice(0, 80) });
    try {
      return await action(call);
    } catch (error) {
      // What cannot be looked up is not granted, and the caller may try again.
      ports.log('error', 'an action failed', { requestId: call.requestId, action: name, error: causeOf(error) });
      return refuse('sts-unavailable', {});
    }
  }

  /** Every refusal is logged with its exact reason; those of an action stand in the audit record, too. */
  async function told(call: Call, refusal: Refusal): Promise<void> {
    const { requestId } = call;
    const event = refusedEvent(call, refusal, ports.now());
    const { action, code, reason, resource, principal, sourceAddress } = event;
    ports.log('warn', 'refused', { requestId, action, code, role: resource, principal, reason, sourceAddress });
    if (!actions.has(call.parameters.get('Action') ?? '') || refusal.status >= 500) return;
    // Nothing was issued, so the answer stands without a record; strangers cannot fill the disk with them.
    if (event.principal === '' && !budget(ports.now())) {
      ports.log('warn', 'a refusal is not on the audit record: too many', { requestId });
      return;
    }
    try {
      await ports.registry.appendAudit(event);
    } catch (error) {
      ports.log('error', 'a refusal could not be put on the audit record', { requestId, error: causeOf(error) });
    }
  }

  async function answer(call: Call, parameters: QueryParameters | Refusal): Promise<Answer | Refusal> {
    const { address } = call.request.peer;
    const outcome =
      limits.admit(address, ports.now()) ?? (parameters instanceof Refusal ? parameters : await act(call));
    if (!(outcome instanceof Refusal)) return outcome;
    if (call.known.principal === '') limits.countUnproven(address, ports.now());
    await told(call, outcome);
    return outcome;
  }

  return async (request): Promise<HttpResponse> => {
    const requestId = ports.newRequestId();
    const parameters = readParameters(request);
    const call = {
      request,
      requestId,
      parameters: parameters instanceof Refusal ? new Map<string, string>() : parameters,
      known: { accountId: '', resource: '', principal: '' },
    };
    const outcome = await answer(call, parameters);
    return queryResponse(request, outcome, { namespace: stsNamespace, requestId });
  };
}
