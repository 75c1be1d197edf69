// How often the STS answers whom: what one account, issuer or address uses up is not taken from the others.
import { holderOf } from '../../core/addresses/index.ts';
import { createBudgets, createGate } from '../../core/memory/index.ts';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { Rates } from './ports.ts';

/** 150,000 pods that renew every 45 minutes are 56 exchanges a second; all started anew within ten minutes, 250. */
export const defaultRates: Rates = {
  account: { burst: 2000, perSecond: 500 },
  issuer: { burst: 2000, perSecond: 500 },
  // Proving costs so little that refusing is no cheaper by much; behind one address may stand a whole cluster.
  unproven: { burst: 5000, perSecond: 2000 },
};

export interface Limits {
  /** Before a call is judged: refused where its address has had too many that proved nothing. */
  readonly admit: (address: string, now: number) => Refusal | undefined;
  /** After a call that proved nothing. */
  readonly countUnproven: (address: string, now: number) => void;
  /** Before an exchange that was judged well is granted. */
  readonly grant: (account: string, issuer: string, now: number) => Refusal | undefined;
}

export function createLimits(rates: Rates): Limits {
  const account = createBudgets(rates.account);
  const issuer = createBudgets(rates.issuer);
  const gate = createGate(rates.unproven);
  return {
    admit: (address, now) =>
      gate.admits(holderOf(address), now) ? undefined : refuse('sts-throttled', { whose: 'from this address' }),
    countUnproven: (address, now) => gate.countUnproven(holderOf(address), now),
    grant: (accountId, issuerUrl, now) => {
      if (!account(accountId, now)) return refuse('sts-throttled', { whose: 'of this account' });
      // The tuple, not its joined parts: an account's issuers must not be taken for another's.
      const isWithin = issuer(JSON.stringify([accountId, issuerUrl]), now);
      return isWithin ? undefined : refuse('sts-throttled', { whose: 'of this issuer' });
    },
  };
}
