// How often the `/v2` API answers whom: what one account or address uses up is not taken from the others. The operator has
// no limit.
import { holderOf } from '../../core/addresses/index.ts';
import { type BudgetSize, createBudgets, createGate } from '../../core/memory/index.ts';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { ApiCaller } from './route.ts';

export interface ApiRates {
  /** Calls whose caller is proven, by account. */
  readonly account: BudgetSize;
  /** Calls that prove nothing, by the address that they come from. */
  readonly unproven: BudgetSize;
}

/** Those of the IAM API. */
const defaultRates: ApiRates = {
  account: { burst: 800, perSecond: 200 },
  unproven: { burst: 5000, perSecond: 2000 },
};

/** A body takes time to be read in proportion to its length: each of so many bytes counts as one more call. */
const bytesPerCall = 16_384;

export interface Limits {
  /** Before a caller is looked for: refused where the address has had too many that proved nothing. */
  readonly admit: (address: string, now: number) => Refusal | undefined;
  /** After a call that proved nothing. */
  readonly countUnproven: (address: string, now: number) => void;
  /** Once it is known whose call it is, before its body is read. @param bytes of that body */
  readonly spend: (caller: ApiCaller, bytes: number, now: number) => Refusal | undefined;
}

export function createLimits(rates: ApiRates = defaultRates): Limits {
  const account = createBudgets(rates.account);
  const gate = createGate(rates.unproven);
  const throttled = (whose: string) => refuse('administration-throttled', { whose });
  return {
    admit: (address, now) => (gate.admits(holderOf(address), now) ? undefined : throttled('from this address')),
    countUnproven: (address, now) => gate.countUnproven(holderOf(address), now),
    spend: (caller, bytes, now) => {
      if (caller.kind === 'operator') return undefined;
      const accountId = caller.kind === 'root' ? caller.accountId : caller.facts.accountId;
      for (let left = bytes; left >= 0; left -= bytesPerCall) {
        if (!account(accountId, now)) return throttled('of this account');
      }
      return undefined;
    },
  };
}
