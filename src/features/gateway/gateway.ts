// The gateway: verifies who asks, decides whether they may, puts it on record, and only then forwards.
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import { type HttpHandler, type HttpRequest, type HttpResponse, refusalResponse } from '../../core/wire/index.ts';
import { createJudge, type Judgement, type Passed } from './judge.ts';
import type { GatewayPorts } from './ports.ts';

/** A client's own word for who it is never reaches the API; `_` counts as `-`, since many frameworks fold the two. */
const isOurs = (name: string) => name.toLowerCase().replaceAll('_', '-').startsWith('x-podiam-');
const isCredential = (name: string) => ['authorization', 'x-amz-security-token'].includes(name.toLowerCase());

export function createGateway(ports: GatewayPorts): HttpHandler {
  const judge = createJudge(ports);

  /** What cannot be looked up is not allowed. */
  async function judgeSafely(request: HttpRequest, known: Judgement, requestId: string): Promise<Passed | Refusal> {
    try {
      return await judge(request, known);
    } catch (error) {
      ports.log('error', 'a request could not be judged', { requestId, error: String(error) });
      return refuse('gateway-unavailable', {});
    }
  }

  /** No audit record, no access: undefined once the event is on the disk. */
  async function record(event: AuditEvent): Promise<Refusal | undefined> {
    try {
      await ports.registry.appendAudit(event);
      return undefined;
    } catch (error) {
      ports.log('error', 'a request could not be put on the audit record', {
        requestId: event.requestId,
        error: String(error),
      });
      return refuse('gateway-unavailable', {});
    }
  }

  return async (request): Promise<HttpResponse> => {
    const requestId = ports.newRequestId();
    const known: Judgement = { principal: '', accountId: '', operation: { action: '', resource: '' } };
    const outcome = await judgeSafely(request, known, requestId);
    const refused = outcome instanceof Refusal;
    const unrecorded = await record({
      at: ports.now(),
      requestId,
      accountId: known.accountId,
      ...known.operation,
      principal: known.principal,
      outcome: refused ? 'refused' : 'allowed',
      code: refused ? outcome.code : '',
      reason: refused ? (outcome.cause ?? outcome.sentence) : outcome.reason,
      sourceAddress: request.peer.address,
    });
    if (refused) {
      ports.log('warn', 'refused a request', { requestId, code: outcome.code, ...known, reason: outcome.cause });
      return refusalResponse(outcome, requestId);
    }
    if (unrecorded) return refusalResponse(unrecorded, requestId);
    const answer = await ports.forward(request, {
      set: {
        'x-podiam-principal': outcome.principal,
        'x-podiam-account': outcome.accountId,
        'x-request-id': requestId,
      },
      drop: (name) => isOurs(name) || isCredential(name) || name.toLowerCase() === 'x-request-id',
    });
    return answer instanceof Refusal ? refusalResponse(answer, requestId) : answer;
  };
}
