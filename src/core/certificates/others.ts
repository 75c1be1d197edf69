// A pair in the Secret that others put there and API servers may trust: an earlier webhook's, cert-manager's, an
// administrator's. Where we may not tell API servers whom to trust, a pair of our own would be trusted by nobody, so that
// theirs is served for as long as it lasts.
import type { Plan, PlanContext } from './plan.ts';
import type { CertificateState, Leaf } from './state.ts';
import { isOutside, periodFrom, renewalTime } from './validity.ts';

const hourMs = 3_600_000;
const longestPause = 60_000;
const shortestPause = 1000;

/** Whether the leaf is of an authority whose key the Secret does not have. */
export function isOthers({ authorities, leaf }: CertificateState): boolean {
  return leaf !== undefined && (leaf.issuer === undefined || authorities.every(({ key }) => key === undefined));
}

/** When nothing is to be gained any more by serving it: an hour before its end, or a sixth of a shorter life. */
export function handOverTime({ certificate: { notAfter, notBefore } }: Leaf): number {
  return notAfter - Math.min(hourMs, (notAfter - notBefore) / 6);
}

function nothingFor(ms: number): Plan {
  return { planned: undefined, lookAgainIn: Math.min(longestPause, Math.max(shortestPause, ms)) };
}

/** In time for somebody to put it into the caBundle, beside whom API servers trust until then. */
function prepared({ now, caLifetime }: PlanContext): Plan {
  const step = { kind: 'prepare', authority: periodFrom(now, caLifetime) } as const;
  return { planned: { step, because: 'the certificate that others made is about to end' }, lookAgainIn: 0 };
}

/** While API servers still learn of our authority beside the other one, either leaf may be trusted by all. */
function untilSettled({ trusted, settle }: PlanContext): Plan | undefined {
  return trusted.kind === 'for' && trusted.ms < settle ? nothingFor(settle - trusted.ms) : undefined;
}

/** Theirs is about to end, and API servers cannot be told: our authority is made ready, and theirs is served to its end. */
function towardsItsEnd(state: CertificateState, leaf: Leaf, context: PlanContext): Plan | undefined {
  const { now, stored, trusted } = context;
  // Where their authority is known, ours follows it as any next one does.
  if (leaf.issuer !== undefined || now >= handOverTime(leaf)) return undefined;
  if (state.authorities.length === 0 && stored) return prepared(context);
  return trusted.kind === 'for' ? untilSettled(context) : nothingFor(handOverTime(leaf) - now);
}

/**
 * What is done about the pair of others; undefined where our own certificates are planned as usual:
 *   1. there is no such pair, or it is not valid now;
 *   2. API servers can be told whom to trust;
 *   3. it is about to end.
 */
export function planForOthers(state: CertificateState, context: PlanContext): Plan | undefined {
  const { leaf } = state;
  const { leafLifetime, mayTell, now, stored } = context;
  if (leaf === undefined || !isOthers(state) || isOutside(leaf.certificate, now) || mayTell) return undefined;
  const renewal = renewalTime(leaf.certificate, leafLifetime);
  if (now >= renewal) return towardsItsEnd(state, leaf, context);
  // What is left in memory of a Secret that is gone has to be written again, but where it never was ours.
  return stored || leaf.issuer === undefined ? nothingFor(renewal - now) : undefined;
}
