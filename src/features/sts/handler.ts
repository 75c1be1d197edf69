// The STS endpoint: AWS Query protocol in, XML out. AWS STS API Reference, "Making API requests".

import { sessionArn } from '../../core/authorization/index.ts';
import { authenticate, createSigningKeys } from '../../core/credentials/index.ts';
import { rootArn } from '../../core/identity/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
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
import { createExchange } from './exchange.ts';
import type { StsPorts } from './ports.ts';

/** What is known of a call before its action runs. */
export interface Call {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly parameters: QueryParameters;
}

/** Runs one action: its answer's XML, or why not. */
export type Action = (call: Call) => Promise<string | Refusal>;

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

  async function answer(request: HttpRequest, requestId: string): Promise<string | Refusal> {
    const parameters = readParameters(request);
    if (parameters instanceof Refusal) return parameters;
    const name = parameters.get('Action') ?? '';
    const action = actions.get(name);
    if (!action) return refuse('sts-action-unknown', { action: name });
    try {
      return await action({ request, requestId, parameters });
    } catch (error) {
      // What cannot be looked up is not granted, and the caller may try again.
      ports.log('error', 'an action failed', { requestId, action: name, error: String(error) });
      return refuse('sts-unavailable', {});
    }
  }

  return async (request): Promise<HttpResponse> => {
    const requestId = ports.newRequestId();
    const outcome = await answer(request, requestId);
    const refused = outcome instanceof Refusal;
    return {
      status: refused ? outcome.status : 200,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId, 'cache-control': 'no-store' },
      body: refused ? stsErrorXml(outcome, requestId) : outcome,
    };
  };
}
