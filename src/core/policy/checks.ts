// What a compiled statement is made of: checks that judge a request, and say for people what they wanted.
import type { Refusal } from '../refusals/index.ts';
import type { Asked } from './request.ts';
import type { Verdict } from './verdict.ts';

export interface Check {
  readonly judge: (asked: Asked) => Verdict;
  /** What is expected and what the request has; for a request on which the check did not say `yes`. */
  readonly explain: (asked: Asked) => string;
}

/** A check, and what of its text could not be understood: refused when a policy is written, `unsure` when one is met. */
export interface Compiled {
  readonly check: Check;
  readonly doubts: readonly Refusal[];
}

/** Stands where something in a stored policy is not understood. */
export function doubtful(doubt: Refusal): Compiled {
  return { check: { judge: () => 'unsure', explain: () => doubt.sentence }, doubts: [doubt] };
}
