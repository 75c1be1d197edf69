// One call from its parameters to its outcome: proven, read, judged, and, where it changes something, on record before it
// is carried out.
import { authenticate, createSigningKeys } from '../../core/credentials/index.ts';
import { causeOf, Refusal, refuse } from '../../core/refusals/index.ts';
import { type QueryParameters, readArguments } from '../../core/wire/index.ts';
import { actions } from './actions/index.ts';
import type { Action, Call, Change, Outcome, Result } from './call.ts';
import { accountOf, allowedEvent, type Known } from './events.ts';
import { judge } from './judge.ts';
import type { Limits } from './limits.ts';
import { readPaging } from './paging.ts';
import type { IamApiPorts } from './ports.ts';

export interface Done {
  readonly result: Result;
  readonly warnings: readonly string[];
}

/** What is found out on the way goes into `known`, so that a refusal's audit event has it, too. */
export type Act = (known: Known, name: string, parameters: QueryParameters) => Promise<Done | Refusal>;

const cachedSigningKeys = 10_000;

const isChange = (outcome: Outcome): outcome is Change => 'carryOut' in outcome;

export function createAct(ports: IamApiPorts, limits: Pick<Limits, 'spend'>): Act {
  const signingKeys = createSigningKeys(cachedSigningKeys);

  async function readCall(known: Known, action: Action, parameters: QueryParameters): Promise<Call | Refusal> {
    const at = ports.now();
    const caller = await authenticate(known.request, { ...ports, now: at, service: 'iam', signingKeys });
    if (caller instanceof Refusal) return caller;
    known.caller = caller;
    const accountId = accountOf(caller);
    const throttled = limits.spend(accountId, at);
    if (throttled !== undefined) return throttled;
    const args = readArguments(parameters, action.takes);
    if (args instanceof Refusal) return args;
    const paging = readPaging(ports, accountId, parameters);
    if (paging instanceof Refusal) return paging;
    return { caller, accountId, records: ports.registry.account(accountId), args, paging, at, ports };
  }

  /** Nothing changes without a record: it is written first, and a change that fails after all is told by a second one. */
  async function carryOut(known: Known, change: Change, reason: string): Promise<Done | Refusal> {
    const { warnings = [] } = change;
    const warned = warnings.length === 0 ? '' : `; warned: ${warnings.join(' | ')}`;
    await ports.registry.appendAudit(allowedEvent(known, `${reason}${warned}`, ports.now()));
    const result = await change.carryOut();
    return result instanceof Refusal ? result : { result, warnings };
  }

  async function act(known: Known, action: Action, parameters: QueryParameters): Promise<Done | Refusal> {
    const call = await readCall(known, action, parameters);
    if (call instanceof Refusal) return call;
    const subject = await action.about(call);
    if (subject instanceof Refusal) return subject;
    known.resource = subject.resource;
    const reason = await judge(ports, { call, request: known.request, action: known.action, subject });
    if (reason instanceof Refusal) return reason;
    const outcome = await subject.proceed();
    if (outcome instanceof Refusal) return outcome;
    return isChange(outcome) ? carryOut(known, outcome, reason) : { result: outcome.result, warnings: [] };
  }

  return async (known, name, parameters) => {
    const action = actions.get(name);
    if (action === undefined) return refuse('iam-action-unknown', { action: name.slice(0, 80) });
    try {
      return await act(known, action, parameters);
    } catch (error) {
      // What cannot be looked up or put on record is not done, and the caller may try again.
      const { requestId } = known;
      ports.log('error', 'an IAM action failed', { requestId, action: name, error: causeOf(error) });
      return refuse('iam-unavailable', {}, causeOf(error));
    }
  };
}
