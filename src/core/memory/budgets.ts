// Budgets by whose they are: what one account or address uses up is not taken from the others.
import { type BudgetSize, createBudget } from './budget.ts';
import { keepLast } from './keep-last.ts';

/** Those that are remembered; a stranger can make others be forgotten, which only fills their budget. */
const remembered = 10_000;

/** Whether the owner of the key may spend one more at this moment, in milliseconds since the epoch. */
export type Spend = (key: string, now: number) => boolean;

/** A budget of that size for each key. */
export function createBudgets(size: BudgetSize): Spend {
  const budgets = keepLast<(now: number) => boolean>(remembered);
  return (key, now) => budgets(key, () => createBudget(size))(now);
}

/** Who proves nothing again and again is not listened to for a moment, whatever they bring. */
export interface Gate {
  /** Before a call is looked at. */
  readonly admits: (key: string, now: number) => boolean;
  /** After one that proved nothing. */
  readonly countUnproven: (key: string, now: number) => void;
}

export function createGate(size: BudgetSize): Gate {
  const spend = createBudgets(size);
  const pauses = keepLast<{ until: number }>(remembered);
  const pauseOf = (key: string) => pauses(key, () => ({ until: 0 }));
  return {
    admits: (key, now) => pauseOf(key).until <= now,
    countUnproven: (key, now) => {
      if (!spend(key, now)) pauseOf(key).until = now + 1000 / size.perSecond;
    },
  };
}
