// From a decision to what the API server is answered and what the log is told.
import type { Admission, ServiceAccountFault } from '../../core/injection/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { AdmissionAnswer } from '../../core/wire/index.ts';
import type { AdmissionPorts, AdmissionRecord, Claimed } from './ports.ts';

/** What one review came to. */
export interface Verdict extends AdmissionAnswer {
  readonly serviceAccount: string;
  readonly outcome: AdmissionRecord['outcome'];
  readonly code: string;
  readonly reason: string;
  readonly cause?: string | undefined;
  readonly refusal?: Refusal;
  readonly claimed?: Claimed;
  readonly profile?: string;
  readonly method?: string;
  readonly warnings: readonly string[];
}

type OnRefusal = AdmissionPorts['onRefusal'];

/** Two lines rather than one: a terminal shows a warning of up to 120 characters well. */
function warningsOf(refusal: Refusal): readonly string[] {
  return [`not injected: ${refusal.sentence}`, refusal.remedy];
}

function forbidden(refusal: Refusal): NonNullable<AdmissionAnswer['status']> {
  return { code: 403, reason: 'Forbidden', message: refusal.explain() };
}

/** Whoever creates pods for a Deployment tries again after it. */
function unavailable(refusal: Refusal): NonNullable<AdmissionAnswer['status']> {
  return { code: 503, reason: 'ServiceUnavailable', message: refusal.explain() };
}

/** Lets it in as it is: nothing here is for injection. */
export function untouched(code: string, reason: string): Verdict {
  return { allowed: true, serviceAccount: '', outcome: 'left', code, reason, warnings: [] };
}

/** A missed injection is no secret: whoever created the pod is told that it falls back to what the node has. */
export function failed(refusal: Refusal, serviceAccount: string, onFailure: OnRefusal = 'warn'): Verdict {
  const verdict = {
    serviceAccount,
    outcome: 'failed',
    code: refusal.code,
    reason: `not injected: ${refusal.sentence}`,
    cause: refusal.cause,
    refusal,
  } as const;
  return onFailure === 'deny'
    ? { ...verdict, allowed: false, warnings: [], status: unavailable(refusal) }
    : { ...verdict, allowed: true, warnings: warningsOf(refusal) };
}

function refused(
  refusal: Refusal,
  onRefusal: OnRefusal,
  rest: Pick<Verdict, 'serviceAccount' | 'reason' | 'warnings' | 'claimed'>,
): Verdict {
  const verdict = { ...rest, outcome: 'refused', code: refusal.code, refusal } as const;
  return onRefusal === 'deny'
    ? { ...verdict, allowed: false, status: forbidden(refusal) }
    : { ...verdict, allowed: true, warnings: [...warningsOf(refusal), ...rest.warnings] };
}

/** The answer about a pod. */
export function podVerdict(admission: Admission, serviceAccount: string, onRefusal: OnRefusal): Verdict {
  const { reason, warnings } = admission;
  if (admission.kind === 'refuse') {
    return refused(admission.refusal, onRefusal, { serviceAccount, reason, warnings });
  }
  if (admission.kind === 'leave') {
    const told = admission.code === 'no-service-account' ? [reason, ...warnings] : warnings;
    return { allowed: true, serviceAccount, outcome: 'left', code: admission.code, reason, warnings: told };
  }
  const { operations, plan } = admission;
  return {
    allowed: true,
    patch: operations,
    serviceAccount,
    outcome: 'injected',
    code: 'injected',
    reason,
    profile: plan.profile,
    method: plan.identity.method,
    warnings,
  };
}

/** The answer about a service account: never patched, and kept out only for a fault that this very request brings. */
export function serviceAccountVerdict(
  faults: readonly ServiceAccountFault[],
  serviceAccount: string,
  onRefusal: OnRefusal,
): Verdict {
  const fault = faults.find(({ isNew }) => isNew) ?? faults[0];
  if (fault === undefined)
    return { ...untouched('no-fault', 'left alone: nothing wrong with its roles'), serviceAccount };
  const { claimed, isNew, refusal } = fault;
  const warnings = faults.filter((other) => other !== fault).flatMap((other) => warningsOf(other.refusal));
  const rest = { serviceAccount, reason: `refused: ${refusal.sentence}`, warnings, claimed };
  return refused(refusal, isNew ? onRefusal : 'warn', rest);
}
