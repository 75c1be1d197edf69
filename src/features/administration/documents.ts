// Policy documents as they come in: judged when they are written, with what would better not be said as warnings.
import {
  type Finding,
  lintPermissionPolicy,
  lintTrustPolicy,
  type PolicyKind,
  parsePolicy,
  refuseUnsafe,
} from '../../core/policy/index.ts';
import { Refusal } from '../../core/refusals/index.ts';

export interface Judged {
  /** The document's JSON text. */
  readonly text: string;
  readonly warnings: readonly string[];
}

const told = ({ path, message, remedy }: Finding) => `${path}: ${message}. ${remedy}.`;

/** @param document as an object, or as its JSON text */
export function judgeDocument(document: unknown, kind: PolicyKind): Judged | Refusal {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const policy = parsePolicy(text, kind);
  if (policy instanceof Refusal) return policy;
  const findings = kind === 'trust' ? lintTrustPolicy(policy) : lintPermissionPolicy(policy);
  return refuseUnsafe(findings, kind) ?? { text, warnings: findings.map(told) };
}
