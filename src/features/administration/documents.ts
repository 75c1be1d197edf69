// Policy documents as they come in: judged when they are written, with what would better not be said as warnings.
import { judgeWritten, type PolicyKind } from '../../core/policy/index.ts';
import { Refusal } from '../../core/refusals/index.ts';

export interface Judged {
  /** The document's JSON text. */
  readonly text: string;
  readonly warnings: readonly string[];
}

/** @param document as an object, or as its JSON text */
export function judgeDocument(document: unknown, kind: PolicyKind): Judged | Refusal {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const warnings = judgeWritten(text, kind);
  return warnings instanceof Refusal ? warnings : { text, warnings };
}
