// The IAM API: AWS Query protocol in, XML out, or JSON. AWS IAM API Reference, Version 2010-05-08.
import { createBudget, unprovenEvents } from '../../core/memory/index.ts';
import { causeOf, Refusal, refuse } from '../../core/refusals/index.ts';
import {
  type Answer,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  iamNamespace,
  iamVersion,
  mostIamParameters,
  parseQueryForm,
  type QueryParameters,
  queryResponse,
} from '../../core/wire/index.ts';
import { createAct, type Done } from './act.ts';
import { type Known, refusedEvent } from './events.ts';
import type { IamApiPorts } from './ports.ts';

function readParameters(request: HttpRequest): QueryParameters | Refusal {
  const { method } = request;
  if (method !== 'POST') return refuse('iam-post-only', { method });
  const parameters = parseQueryForm(Buffer.from(request.body).toString('utf8'), mostIamParameters);
  if (parameters instanceof Refusal) return parameters;
  const version = parameters.get('Version');
  return version === iamVersion
    ? parameters
    : refuse('iam-version-unknown', { version: version?.slice(0, 80) ?? 'none' });
}

const longestHeader = 1000;

/** A header's one line, of visible ASCII. */
function headerLine(warnings: readonly string[]): string {
  const line = warnings.join(' | ').replace(/[^ -~]/g, '?');
  return line.length > longestHeader ? `${line.slice(0, longestHeader)}...` : line;
}

function responseOf({ request, requestId }: Known, name: string, done: Done | Refusal): HttpResponse {
  const answer: Answer | Refusal = done instanceof Refusal ? done : { action: name, result: done.result };
  const response = queryResponse(request, answer, { namespace: iamNamespace, requestId });
  if (done instanceof Refusal || done.warnings.length === 0) return response;
  return { ...response, headers: { ...response.headers, 'x-podiam-warnings': headerLine(done.warnings) } };
}

export function createIamHandler(ports: IamApiPorts): HttpHandler {
  const act = createAct(ports);
  const budget = createBudget(unprovenEvents);

  /** Every refusal is logged; that of a proven caller stands in the audit record, and of strangers' as many as fit. */
  async function tell(known: Known, refusal: Refusal): Promise<void> {
    const { requestId } = known;
    const event = refusedEvent(known, refusal, ports.now());
    const { action, code, reason, resource, principal, sourceAddress } = event;
    ports.log('warn', 'refused', { requestId, action, code, resource, principal, reason, sourceAddress });
    if (known.caller === undefined && !budget(ports.now())) return;
    try {
      await ports.registry.appendAudit(event);
    } catch (error) {
      ports.log('error', 'a refusal could not be put on the audit record', { requestId, error: causeOf(error) });
    }
  }

  return async (request): Promise<HttpResponse> => {
    const requestId = ports.newRequestId();
    const parameters = readParameters(request);
    const name = parameters instanceof Refusal ? '' : (parameters.get('Action') ?? '');
    const known: Known = { request, requestId, action: `iam:${name.slice(0, 80)}`, caller: undefined, resource: '' };
    const done = parameters instanceof Refusal ? parameters : await act(known, name, parameters);
    if (done instanceof Refusal) await tell(known, done);
    return responseOf(known, name, done);
  };
}
