// What is to be done about the certificates of an installation, and when to look again. Pure: replicas that see the same
// Secret plan the same, and the Secret's resourceVersion lets one of them do it.
//
// A change-over to a new authority goes in four steps, each safe while some replica or API server still is a step behind:
// the next authority is trusted beside the first; the leaf moves to it; the previous one signs no more; it is dropped.
import { handOverTime, planForOthers } from './others.ts';
import type { Authority, CertificateState } from './state.ts';
import { isOutside, periodFrom, renewalTime, type Validity, within } from './validity.ts';

export interface CertificateSettings {
  /** DNS names and IP addresses that the leaf must cover. */
  readonly names: readonly string[];
  /** Milliseconds, as all that follow. */
  readonly caLifetime: number;
  readonly leafLifetime: number;
  /** For how long a trust bundle or a leaf must have been in place before the step that relies on it. */
  readonly settle: number;
}

const dayMs = 86_400_000;

export const certificateDefaults: Omit<CertificateSettings, 'names'> = {
  caLifetime: 90 * dayMs,
  leafLifetime: 10 * dayMs,
  settle: 5 * 60_000,
};

/** What this replica saw, by a clock that does not jump. */
export interface Observations {
  /** For how long clients have been told to trust the Secret's authorities, if that could be found out. */
  readonly trusted: { readonly kind: 'for'; readonly ms: number } | { readonly kind: 'not' | 'unreadable' };
  /** Whether the caBundle is there, and ours to set. */
  readonly mayTell: boolean;
  /** For how long the Secret has held this leaf. */
  readonly leafForMs: number;
  /** Whether the Secret holds what is planned for, or memory alone. */
  readonly stored: boolean;
}

export interface PlanContext extends CertificateSettings, Observations {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Step =
  /** A new authority and a leaf of it, and nothing else. */
  | { readonly kind: 'found'; readonly authority: Validity; readonly leaf: Validity }
  /** A new authority beside a pair of others, which stays. */
  | { readonly kind: 'prepare'; readonly authority: Validity }
  /** A new authority, trusted beside the one that signs. */
  | { readonly kind: 'begin'; readonly signer: Authority; readonly authority: Validity }
  /** The next authority signs from now on, first of all a leaf; the other one's key is forgotten. */
  | {
      readonly kind: 'move';
      readonly from: Authority;
      readonly to: Authority;
      readonly leaf: Validity;
      readonly previousUntil: number;
    }
  /** A new leaf of the authority that signs. */
  | { readonly kind: 'issue'; readonly signer: Authority; readonly leaf: Validity }
  /** The previous authority is trusted no more. */
  | { readonly kind: 'drop'; readonly signer: Authority };

export interface PlannedStep {
  readonly step: Step;
  /** For people, as the end of the sentence "a new leaf, since …". */
  readonly because: string;
}

export interface Plan {
  /** Undefined where all is well. */
  readonly planned: PlannedStep | undefined;
  /** Milliseconds; at the latest after `longestPause`, so that a clock that jumped is noticed. */
  readonly lookAgainIn: number;
}

interface Facts {
  readonly state: CertificateState;
  readonly context: PlanContext;
  /** The authority that signs. */
  readonly signer: Authority;
  /** The authority that is to sign after it. */
  readonly next: Authority | undefined;
  /** The authority that signed before it. */
  readonly previous: Authority | undefined;
}

type Rule = (facts: Facts) => PlannedStep | undefined;

const longestPause = 60_000;
const shortestPause = 1000;

function factsOf(state: CertificateState, context: PlanContext): Facts | undefined {
  const [signer, second] = state.authorities;
  if (signer === undefined || (signer.key === undefined && second?.key === undefined && state.leaf === undefined)) {
    return undefined;
  }
  const next = second?.key === undefined ? undefined : second;
  return { state, context, signer, next, previous: next === undefined ? second : undefined };
}

/** Why the leaf is of no use, whatever the time. */
function whyUnfit({ state: { leaf }, context, signer }: Facts): string | undefined {
  if (leaf === undefined) return 'there is none that fits its key and its authority';
  if (leaf.issuer !== signer.certificate.fingerprint) return 'it is not of the authority that signs';
  const missing = context.names.find((name) => !leaf.certificate.covers(name));
  return missing === undefined ? undefined : `it does not cover ${missing}`;
}

function leafPeriod({ state: { leaf }, context: { now, leafLifetime } }: Facts, authority: Authority): Validity {
  return within(periodFrom(now, leafLifetime, leaf?.certificate), authority.certificate);
}

/** When clients cannot be asked whom they trust, whoever tells them gets until half of what was left at the beginning. */
function blindMoveTime({ signer: { certificate }, context }: Facts): number {
  return certificate.notAfter - Math.min(certificate.notAfter - certificate.notBefore, context.caLifetime) / 6;
}

const nextBegins: Rule = ({ signer, next, context: { now, caLifetime } }) => {
  if (next !== undefined) return undefined;
  const { certificate, key } = signer;
  const step = { kind: 'begin', signer, authority: periodFrom(now, caLifetime, certificate) } as const;
  if (key === undefined) return { step, because: 'the key of the authority is not there' };
  if (isOutside(certificate, now)) return { step, because: 'the authority has expired, or is not valid yet' };
  return now < renewalTime(certificate, caLifetime)
    ? undefined
    : { step, because: 'the authority has a third of its life left' };
};

/** Whether the leaf is of no use, or about to be, where nobody can issue another of its authority. */
function isLost(facts: Facts): boolean {
  const { leaf } = facts.state;
  return leaf === undefined || whyUnfit(facts) !== undefined || facts.context.now >= handOverTime(leaf);
}

function mayMove(facts: Facts): boolean {
  const { signer, context } = facts;
  const { now, trusted, settle } = context;
  if (trusted.kind === 'not') return false;
  if (isOutside(signer.certificate, now) || (signer.key === undefined && isLost(facts))) return true;
  return trusted.kind === 'for' ? trusted.ms >= settle : now >= blindMoveTime(facts);
}

const leafMoves: Rule = (facts) => {
  const { next, signer, state } = facts;
  if (next === undefined || !mayMove(facts)) return undefined;
  const previousUntil = state.leaf?.certificate.notAfter ?? signer.certificate.notAfter;
  const step = { kind: 'move', from: signer, to: next, leaf: leafPeriod(facts, next), previousUntil } as const;
  return { step, because: 'the next authority is trusted' };
};

const leafIsIssued: Rule = (facts) => {
  const { signer, state, context } = facts;
  if (signer.key === undefined || context.now >= signer.certificate.notAfter) return undefined;
  const step = { kind: 'issue', signer, leaf: leafPeriod(facts, signer) } as const;
  const unfit = whyUnfit(facts);
  if (unfit !== undefined || state.leaf === undefined) return { step, because: unfit ?? 'there is none' };
  const { certificate } = state.leaf;
  // Near its authority's end a new leaf would last no longer; the change-over, under way by then, brings one that does.
  if (isOutside(certificate, context.now)) {
    return { step, because: 'it has expired, or is not valid yet' };
  }
  const isDue = context.now >= renewalTime(certificate, context.leafLifetime);
  return isDue && step.leaf.notAfter > certificate.notAfter
    ? { step, because: 'it has a third of its life left' }
    : undefined;
};

const previousGoes: Rule = (facts) => {
  const { previous, signer, state, context } = facts;
  if (previous === undefined || whyUnfit(facts) !== undefined || context.leafForMs < context.settle) return undefined;
  const until = state.previousUntil ?? previous.certificate.notAfter;
  return context.now < until
    ? undefined
    : { step: { kind: 'drop', signer }, because: 'no leaf of it is valid any more' };
};

/** In this order; the first that has something to do has its way. */
const rules: readonly Rule[] = [nextBegins, leafMoves, leafIsIssued, previousGoes];

/** When a rule might come to something else, milliseconds from now. */
function pausesOf(facts: Facts): number[] {
  const { state, context, signer, next, previous } = facts;
  const { now, settle, trusted } = context;
  const pauses = [renewalTime(signer.certificate, context.caLifetime) - now, signer.certificate.notAfter - now];
  if (state.leaf) {
    const { certificate } = state.leaf;
    pauses.push(renewalTime(certificate, context.leafLifetime) - now, certificate.notAfter - now);
    pauses.push(handOverTime(state.leaf) - now);
  }
  if (next && trusted.kind === 'for') pauses.push(settle - trusted.ms);
  if (next && trusted.kind === 'unreadable') pauses.push(blindMoveTime(facts) - now);
  if (previous) {
    pauses.push(settle - context.leafForMs, (state.previousUntil ?? previous.certificate.notAfter) - now);
  }
  return pauses.filter((pause) => pause > 0);
}

/** What to do now, at most one step, and when to look again. */
export function planCertificates(state: CertificateState, context: PlanContext): Plan {
  const forOthers = planForOthers(state, context);
  if (forOthers !== undefined) return forOthers;
  const facts = factsOf(state, context);
  if (facts === undefined) {
    const authority = periodFrom(context.now, context.caLifetime);
    const leaf = within(periodFrom(context.now, context.leafLifetime), authority);
    const because = 'there is no authority that can sign, and no leaf';
    return { planned: { step: { kind: 'found', authority, leaf }, because }, lookAgainIn: 0 };
  }
  for (const rule of rules) {
    const planned = rule(facts);
    if (planned) return { planned, lookAgainIn: 0 };
  }
  const soonest = Math.min(longestPause, ...pausesOf(facts));
  return { planned: undefined, lookAgainIn: Math.max(shortestPause, soonest) };
}
