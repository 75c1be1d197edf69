// How often the STS answers whom: what one account, issuer or address uses up is not taken from the others.
import { createBudget, keepLast } from '../../core/memory/index.ts';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { Rate, Rates } from './ports.ts';

/** 150,000 pods that renew every 45 minutes are 56 exchanges a second; all started anew within ten minutes, 250. */
export const defaultRates: Rates = {
  account: { burst: 2000, perSecond: 500 },
  issuer: { burst: 2000, perSecond: 500 },
  // Proving costs so little that refusing is no cheaper by much; behind one address may stand a whole cluster.
  unproven: { burst: 5000, perSecond: 2000 },
};

/** Accounts, issuers, addresses that are remembered; a stranger can make others be forgotten, which only fills their budget. */
const remembered = 10_000;

type Spend = (key: string, now: number) => boolean;

function budgetsOf(rate: Rate): Spend {
  const budgets = keepLast<(now: number) => boolean>(remembered);
  return (key, now) => budgets(key, () => createBudget(rate))(now);
}

/** A home or a node has a network of IPv6 addresses, and could else begin anew with each. */
function networkOf(address: string): string {
  return address.includes(':') && !address.startsWith('::ffff:') ? address.split(':', 4).join(':') : address;
}

export interface Limits {
  /** Before a call is judged: refused where its address has had too many that proved nothing. */
  readonly admit: (address: string, now: number) => Refusal | undefined;
  /** After a call that proved nothing. */
  readonly countUnproven: (address: string, now: number) => void;
  /** Before an exchange that was judged well is granted. */
  readonly grant: (account: string, issuer: string, now: number) => Refusal | undefined;
}

export function createLimits(rates: Rates): Limits {
  const account = budgetsOf(rates.account);
  const issuer = budgetsOf(rates.issuer);
  const unproven = budgetsOf(rates.unproven);
  /** By network: until when nothing is taken from it. */
  const pauses = keepLast<{ until: number }>(remembered);
  const pauseOf = (address: string) => pauses(networkOf(address), () => ({ until: 0 }));
  return {
    admit: (address, now) =>
      pauseOf(address).until > now ? refuse('sts-throttled', { whose: 'from this address' }) : undefined,
    countUnproven: (address, now) => {
      if (!unproven(networkOf(address), now)) pauseOf(address).until = now + 1000 / rates.unproven.perSecond;
    },
    grant: (accountId, issuerUrl, now) => {
      if (!account(accountId, now)) return refuse('sts-throttled', { whose: 'of this account' });
      // The tuple, not its joined parts: an account's issuers must not be taken for another's.
      const isWithin = issuer(JSON.stringify([accountId, issuerUrl]), now);
      return isWithin ? undefined : refuse('sts-throttled', { whose: 'of this issuer' });
    },
  };
}
