// How every call is carried out, through whichever door it came: within the limits, its refusal in the log and on record,
// its outcome counted, each once.
import { createBudget, unprovenEvents } from '../../core/memory/index.ts';
import { causeOf, Refusal, refuse } from '../../core/refusals/index.ts';
import type { Call } from './action.ts';
import { refusedEvent } from './events.ts';
import type { Limits } from './limits.ts';
import type { StsPorts } from './ports.ts';

/** @param run not called where the call's address has had too many that proved nothing */
export type Conduct = <Given>(call: Call, run: () => Promise<Given | Refusal> | Refusal) => Promise<Given | Refusal>;

/** @param isAction whether an action of that name is there */
export function createConduct(ports: StsPorts, limits: Limits, isAction: (name: string) => boolean): Conduct {
  const budget = createBudget(unprovenEvents);

  async function attempt<Given>(
    { requestId, action }: Call,
    run: () => Promise<Given | Refusal> | Refusal,
  ): Promise<Given | Refusal> {
    try {
      return await run();
    } catch (error) {
      // What cannot be looked up is not granted, and the caller may try again.
      ports.log('error', 'an action failed', { requestId, action, error: causeOf(error) });
      return refuse('sts-unavailable', {});
    }
  }

  /** Every refusal is logged with its exact reason; those of an action stand in the audit record, too. */
  async function tell(call: Call, refusal: Refusal): Promise<void> {
    const { requestId } = call;
    const event = refusedEvent(call, refusal, ports.now());
    const { action, code, reason, resource, principal, sourceAddress } = event;
    ports.log('warn', 'refused', { requestId, action, code, role: resource, principal, reason, sourceAddress });
    if (!isAction(call.action) || refusal.status >= 500) return;
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

  return async (call, run) => {
    const { address } = call.request.peer;
    const unheard = limits.admit(address, ports.now());
    const outcome = unheard ?? (await attempt(call, run));
    const refusal = outcome instanceof Refusal ? outcome : undefined;
    ports.onOutcome?.(isAction(call.action) ? call.action : '', refusal);
    if (refusal === undefined) return outcome;
    // What was not listened to proved neither this nor that: counted, a flood would keep everyone behind its address out.
    if (unheard === undefined && call.known.principal === '') limits.countUnproven(address, ports.now());
    await tell(call, refusal);
    return refusal;
  };
}
