// Decision and patch in one: what the webhook and the offline command both do with a pod.
import { Refusal } from '../refusals/index.ts';
import type { InjectionConfig } from './config.ts';
import { decide, type Inject, type Leave, leave, type Refuse } from './decide.ts';
import type { Evidence } from './evidence.ts';
import { type AddOperation, patch } from './patch.ts';
import { type Pod, readPod } from './pod.ts';

export interface Injected extends Inject {
  /** Never empty. */
  readonly operations: readonly AddOperation[];
}

export type Admission = Injected | Leave | Refuse;

/** What becomes of a pod that was read. A pod that has everything already is left alone. */
export function admitPod(pod: Pod, evidence: Evidence, config: InjectionConfig): Admission {
  const decision = decide(pod, evidence, config);
  if (decision.kind !== 'inject') return decision;
  const operations = patch(pod, decision.plan);
  return operations.length === 0
    ? leave('complete', `${evidence.name} has everything already`, decision.warnings)
    : { ...decision, operations };
}

/** The pod, or the decision that follows from its being none. */
export function readPodToAdmit(value: unknown): Pod | Refuse {
  const pod = readPod(value);
  if (!(pod instanceof Refusal)) return pod;
  return { kind: 'refuse', refusal: pod, reason: `refused: ${pod.sentence}`, warnings: [] };
}
