// The clock that parts of the webhook wait by.

/** Longer waits than a timer can hold are cut short; whoever waits looks again. */
const longestTimerMs = 2 ** 31 - 1;

/** Runs something once after so many milliseconds; what it returns cancels that. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.min(ms, longestTimerMs));
  return () => clearTimeout(timer);
}
