// How long an answer may take: the API server says in the query how long it waits (`timeout=10s`), and gives up at that
// moment, whatever we are about to say. Kubernetes, "Dynamic admission control": Timeouts.

/** Left for the way back, so that the answer is ours and not the failurePolicy's. */
const marginMs = 500;
const leastMs = 100;
/** What a webhook configuration has unless it says otherwise. */
const usualMs = 10_000;

/** More than a webhook configuration can have: `timeoutSeconds` is 30 at most. */
const mostMs = 30_000;

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** A duration as Go writes it, such as `10s`, `1m30s` or `500ms`; undefined for anything else. */
function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,6}(?:\.\d{1,9})?(?:ms|s|m)){1,3}$/.test(text)) return undefined;
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m)/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unitsMs[unit ?? ''] ?? 0), 0);
}

function readPatience(query: string): number {
  const given = query.split('&', 10).find((pair) => pair.startsWith('timeout='));
  const timeout = (given === undefined ? undefined : parseDuration(given.slice('timeout='.length))) ?? usualMs;
  return Math.max(leastMs, Math.min(timeout, mostMs) - marginMs);
}

/** An API server asks with the same query each time. */
let last = { query: '', patienceMs: readPatience('') };

/** Milliseconds that may go into looking things up, at most 29,500, whatever is said. @param query the request's, undecoded */
export function patienceOf(query: string): number {
  if (query !== last.query) last = { query, patienceMs: readPatience(query) };
  return last.patienceMs;
}
