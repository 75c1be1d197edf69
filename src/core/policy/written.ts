// Policies as they are written: read strictly, and judged before anything is stored.
import { Refusal } from '../refusals/index.ts';
import type { PolicyKind } from './document.ts';
import { lintPermissionPolicy, lintTrustPolicy, refuseUnsafe } from './lint.ts';
import { parsePolicy } from './parse.ts';

const lints = { trust: lintTrustPolicy, permission: lintPermissionPolicy } as const;

/** What a document's author may want to look at again, in sentences; or why it is not taken. */
export function judgeWritten(text: string, kind: PolicyKind): readonly string[] | Refusal {
  const policy = parsePolicy(text, kind);
  if (policy instanceof Refusal) return policy;
  const findings = lints[kind](policy);
  const unsafe = refuseUnsafe(findings, kind);
  return unsafe ?? findings.map(({ path, message, remedy }) => `${path}: ${message}. ${remedy}.`);
}
