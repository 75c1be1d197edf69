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
import { actions } from './actions/index.ts';
import { type Known, refusedEvent } from './events.ts';
import { createLimits, defaultIamRates } from './limits.ts';
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

const nameOf = (parameters: QueryParameters) => parameters.get('Action') ?? '';

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
  const limits = createLimits(ports.rates ?? defaultIamRates);
  const act = createAct(ports, limits);
  const strangers = createBudget(unprovenEvents);
  const throttled = createBudget(unprovenEvents);

  /** Nothing was done, so the answer stands without a record: neither strangers nor what is throttled can fill the disk. */
  function isRecorded({ caller }: Known, { code }: Refusal): boolean {
    if (caller === undefined) return strangers(ports.now());
    return code !== 'iam-throttled' || throttled(ports.now());
  }

  /** Every refusal is logged; that of a proven caller stands in the audit record, and of the others as many as fit. */
  async function tell(known: Known, refusal: Refusal): Promise<void> {
    const { requestId } = known;
    const event = refusedEvent(known, refusal, ports.now());
    const { action, code, reason, resource, principal, sourceAddress } = event;
    ports.log('warn', 'refused', { requestId, action, code, resource, principal, reason, sourceAddress });
    if (!isRecorded(known, refusal)) return;
    try {
      await ports.registry.appendAudit(event);
    } catch (error) {
      ports.log('error', 'a refusal could not be put on the audit record', { requestId, error: causeOf(error) });
    }
  }

  async function answer(known: Known, parameters: QueryParameters | Refusal): Promise<Done | Refusal> {
    const done = parameters instanceof Refusal ? parameters : await act(known, nameOf(parameters), parameters);
    if (!(done instanceof Refusal)) return done;
    // What was not looked at proved nothing either way: counted, a flood would keep others behind its address out for good.
    const isStranger = known.caller === undefined && done.code !== 'iam-throttled';
    if (isStranger) limits.countUnproven(known.request.peer.address, ports.now());
    await tell(known, done);
    return done;
  }

  return async (request): Promise<HttpResponse> => {
    const requestId = ports.newRequestId();
    // Before anything of it is read: the rest of a flood costs no more than this.
    const parameters = limits.admit(request.peer.address, ports.now()) ?? readParameters(request);
    const name = parameters instanceof Refusal ? '' : nameOf(parameters);
    const known: Known = { request, requestId, action: `iam:${name.slice(0, 80)}`, caller: undefined, resource: '' };
    const done = await answer(known, parameters);
    ports.onOutcome?.(actions.has(name) ? name : '', done instanceof Refusal ? done : undefined);
    return responseOf(known, name, done);
  };
}
