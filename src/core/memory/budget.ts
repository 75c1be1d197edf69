// A budget that fills again with time: so much at once, and so much a second after that (a token bucket).

export interface BudgetSize {
  readonly burst: number;
  readonly perSecond: number;
}

/** Refusals of callers who proved nothing, that are put on the audit record: strangers must not be able to fill the disk. */
export const unprovenEvents: BudgetSize = { burst: 200, perSecond: 20 };

/**
 * @returns whether one more may be spent at this moment, in milliseconds since the epoch; a clock that is set back fills
 *   nothing
 */
export function createBudget({ burst, perSecond }: BudgetSize): (now: number) => boolean {
  let left = burst;
  let last: number | undefined;
  return (now) => {
    const passed = last === undefined ? 0 : Math.max(0, now - last);
    left = Math.min(burst, left + (passed / 1000) * perSecond);
    last = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
