// The gateway: verifies who asks, decides whether they may, puts it on record, and only then forwards.
import { createBudget, unprovenEvents } from '../../core/memory/index.ts';
import { causeOf, Refusal, refuse } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import { type HttpHandler, type HttpRequest, type HttpResponse, refusalResponse } from '../../core/wire/index.ts';
import { connectionHeaders, isDropped } from './headers.ts';
import { createJudge, type Judge, type Judgement, type Passed } from './judge.ts';
import type { GatewayPorts } from './ports.ts';
import { withoutSignature } from './target.ts';

/** One request on its way: its id, and what was found out about it. */
interface Passage {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly known: Judgement;
}

/** What cannot be looked up is not allowed. */
async function judgeSafely(ports: GatewayPorts, judge: Judge, { request, known, requestId }: Passage) {
  try {
    return await judge(request, known);
  } catch (error) {
    ports.log('error', 'a request could not be judged', { requestId, error: causeOf(error) });
    return refuse('gateway-unavailable', {});
  }
}

function eventOf({ request, known, requestId }: Passage, outcome: Passed | Refusal, at: number): AuditEvent {
  const refused = outcome instanceof Refusal;
  return {
    at,
    requestId,
    accountId: known.accountId,
    ...known.operation,
    ...known.key,
    principal: known.principal,
    outcome: refused ? 'refused' : 'allowed',
    code: refused ? outcome.code : '',
    reason: refused ? (outcome.cause ?? outcome.sentence) : outcome.reason,
    sourceAddress: request.peer.address,
  };
}

/** No audit record, no access: undefined once the event is on the disk. */
async function record(ports: GatewayPorts, event: AuditEvent): Promise<Refusal | undefined> {
  try {
    await ports.registry.appendAudit(event);
    return undefined;
  } catch (error) {
    const { requestId } = event;
    ports.log('error', 'a request could not be put on the audit record', { requestId, error: causeOf(error) });
    return refuse('gateway-unavailable', {});
  }
}

async function forward(ports: GatewayPorts, { request, requestId }: Passage, caller: Passed): Promise<HttpResponse> {
  const answer = await ports.forward(withoutSignature(request), {
    set: {
      ...connectionHeaders(request),
      'x-podiam-principal': caller.principal,
      'x-podiam-account': caller.accountId,
      'x-request-id': requestId,
    },
    drop: isDropped,
  });
  if (!(answer instanceof Refusal)) return answer;
  ports.log('error', 'the API gave no answer', { requestId, code: answer.code, cause: answer.cause });
  return refusalResponse(answer, requestId);
}

export function createGateway(ports: GatewayPorts): HttpHandler {
  const judge = createJudge(ports);
  const budget = createBudget(unprovenEvents);
  return async (request): Promise<HttpResponse> => {
    const requestId = ports.newRequestId();
    const known: Judgement = { principal: '', accountId: '', operation: { action: '', resource: '' }, key: {} };
    const passage = { request, requestId, known };
    const outcome = await judgeSafely(ports, judge, passage);
    const at = ports.now();
    // A stranger's refusal stands without a record, once there are too many of them; the log has each.
    const isRecorded = known.principal !== '' || budget(at);
    const unrecorded = isRecorded ? await record(ports, eventOf(passage, outcome, at)) : undefined;
    if (outcome instanceof Refusal) {
      ports.log('warn', 'refused a request', { requestId, code: outcome.code, ...known, reason: outcome.cause });
      return refusalResponse(outcome, requestId);
    }
    return unrecorded ? refusalResponse(unrecorded, requestId) : forward(ports, passage, outcome);
  };
}
