// What the rules about policy documents say, and the shape of a rule.
import type { PolicyDocument, Statement } from './document.ts';

export interface Finding {
  readonly severity: 'refuse' | 'warn';
  /** A sentence without its full stop. */
  readonly message: string;
  readonly remedy: string;
  /** Where in the document, such as `Statement[1].Condition.StringLike["HOST:sub"]`. */
  readonly path: string;
}

/** Judges one statement. */
export type Rule = (statement: Statement, document: PolicyDocument) => readonly Finding[];
