// How often the IAM API answers whom: what one account or address uses up is not taken from the others.
import { holderOf } from '../../core/addresses/index.ts';
import { type BudgetSize, createBudgets, createGate } from '../../core/memory/index.ts';
import { type Refusal, refuse } from '../../core/refusals/index.ts';

export interface IamRates {
  /** Calls whose caller is proven, by account. */
  readonly account: BudgetSize;
  /** Calls that prove nothing, by the address that they come from. */
  readonly unproven: BudgetSize;
}

/** Terraform refreshes ten resources at a time; an account of a thousand roles is read within moments. */
export const defaultIamRates: IamRates = {
  account: { burst: 800, perSecond: 200 },
  unproven: { burst: 5000, perSecond: 2000 },
};

export interface Limits {
  /** Before a call is looked at: refused where its address has had too many that proved nothing. */
  readonly admit: (address: string, now: number) => Refusal | undefined;
  /** After a call that proved nothing. */
  readonly countUnproven: (address: string, now: number) => void;
  /** Once it is known whose call it is. */
  readonly spend: (accountId: string, now: number) => Refusal | undefined;
}

export function createLimits(rates: IamRates): Limits {
  const account = createBudgets(rates.account);
  const gate = createGate(rates.unproven);
  return {
    admit: (address, now) =>
      gate.admits(holderOf(address), now) ? undefined : refuse('iam-throttled', { whose: 'from this address' }),
    countUnproven: (address, now) => gate.countUnproven(holderOf(address), now),
    spend: (accountId, now) =>
      account(accountId, now) ? undefined : refuse('iam-throttled', { whose: 'of this account' }),
  };
}
