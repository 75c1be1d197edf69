// The STS endpoint: AWS Query protocol in, XML out. AWS STS API Reference, "Making API requests".

import { sessionArn } from '../../core/authorization/index.ts';
import { authenticate, createSigningKeys } from '../../core/credentials/index.ts';
import { rootArn } from '../../core/identity/index.ts';
import { createBudget, unprovenEvents } from '../../core/memory/index.ts';
import { causeOf, Refusal, refuse } from '../../core/refusals/index.ts';
import {
  callerIdentityXml,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  parseQueryForm,
  type QueryParameters,
  stsErrorXml,
  stsVersion,
} from '../../core/wire/index.ts';
import type { Action, Call } from './action.ts';
import { createExchange } from './exchange.ts';
import type { StsPorts } from './ports.ts';
import { refusedEvent } from './session.ts';

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
  if (version !== stsVersion) return refuse('sts-version-unknown', { version: version ?? 'none' });
  return parameters;
}

const cachedSigningKeys = 10_000;

/** Who the signature of a request proves. It needs no permission, so that anyone can find out who they are. */
function getCallerIdentity(ports: StsPorts): Action {
  const signingKeys = createSigningKeys(cachedSigningKeys);
  return async ({ request, requestId }) => {
    const caller = await authenticate(request, { ...ports, now: ports.now(), service: 'sts', signingKeys });
    if (caller instanceof Refusal) return caller;
    if (caller.kind === 'root') {
      const arn = rootArn(caller.accountId);
      return callerIdentityXml({ userId: caller.accountId, account: caller.accountId, arn }, requestId);
    }
    const { accountId, roleId, sessionName } = caller.facts;
    const identity = { userId: `${roleId}:${sessionName}`, account: accountId, arn: sessionArn(caller.facts) };
    return callerIdentityXml(identity, requestId);
  };
}

export function createStsHandler(ports: StsPorts): HttpHandler {
  const actions = new Map<string, Action>([
    ['AssumeRoleWithWebIdentity', createExchange(ports)],
    ['GetCallerIdentity', getCallerIdentity(ports)],
  ]);

  const budget = createBudget(unprovenEvents);

  async function act(name: string, call: Call): Promise<string | Refusal> {
    const action = actions.get(name);
    if (!action) return refuse('sts-action-unknown', { action: name });
    try {
      return await action(call);
    } catch (error) {
      // What cannot be looked up is not granted, and the caller may try again.
      ports.log('error', 'an action failed', { requestId: call.requestId, action: name, error: causeOf(error) });
      return refuse('sts-unavailable', {});
    }
  }

  /** Every refusal is logged with its exact reason; those of an action stand in the audit record, too. */
  async function told(call: Call, name: string, refusal: Refusal): Promise<void> {
    const { requestId } = call;
    const event = refusedEvent(call, name, refusal, ports.now());
    const { code, reason, resource, sourceAddress } = event;
    ports.log('warn', 'refused', { requestId, action: name, code, role: resource, reason, sourceAddress });
    if (!actions.has(name) || refusal.status >= 500) return;
    // Nothing was issued, so the answer stands without a record; strangers cannot fill the disk with them.
    if (!budget(ports.now())) return ports.log('warn', 'a refusal is not on the audit record: too many', { requestId });
    try {
      await ports.registry.appendAudit(event);
    } catch (error) {
      ports.log('error', 'a refusal could not be put on the audit record', { requestId, error: causeOf(error) });
    }
  }

  async function answer(request: HttpRequest, requestId: string): Promise<string | Refusal> {
    const parameters = readParameters(request);
    const call = {
      request,
      requestId,
      parameters: parameters instanceof Refusal ? new Map<string, string>() : parameters,
    };
    const name = call.parameters.get('Action') ?? '';
    const outcome = parameters instanceof Refusal ? parameters : await act(name, call);
    if (outcome instanceof Refusal) await told(call, name, outcome);
    return outcome;
  }

  return async (request): Promise<HttpResponse> => {
    const requestId = ports.newRequestId();
    const outcome = await answer(request, requestId);
    const refused = outcome instanceof Refusal;
    const allow = refused && outcome.status === 405 ? { allow: 'POST' } : {};
    return {
      status: refused ? outcome.status : 200,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId, 'cache-control': 'no-store', ...allow },
      body: refused ? stsErrorXml(outcome, requestId) : outcome,
    };
  };
}
