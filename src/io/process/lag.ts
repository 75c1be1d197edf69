// How far this process is behind: what waits for it has waited at least as long.

const everyMs = 100;

/**
 * Begins to measure.
 * @returns milliseconds by which a timer that is due has not run yet, or by which the last one was late
 */
export function measureLag(): () => number {
  let last = performance.now();
  let late = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    late = Math.max(0, now - last - everyMs);
    last = now;
  }, everyMs);
  timer.unref();
  return () => Math.max(late, performance.now() - last - everyMs);
}
