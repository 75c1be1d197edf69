// What the IAM API's actions have in common: what each is given, and what it says of itself before it does anything.
import type { Caller } from '../../core/credentials/index.ts';
import type { Context } from '../../core/policy/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { Arguments, CallShape, Field } from '../../core/wire/index.ts';
import type { AccountRegistry, ListQuery } from '../../io/sql/index.ts';
import type { IamApiPorts } from './ports.ts';

/** The page that a list is asked for. */
export interface Paging {
  readonly query: ListQuery;
  /** What an answer says of the page after this one: `next`, where there is one, sealed as a marker. */
  readonly fields: (next: string | undefined) => readonly Field[];
}

/** A call whose caller is proven and whose parameters have the right shape. */
export interface Call {
  readonly caller: Caller;
  /** The account that the caller belongs to: everything is read and written within it. */
  readonly accountId: string;
  readonly records: AccountRegistry;
  readonly args: Arguments;
  readonly paging: Paging;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ports: Pick<IamApiPorts, 'randomBytes' | 'checkIssuer' | 'now'>;
}

/** The fields of an answer; undefined for an action whose answer has no result. */
export type Result = readonly Field[] | undefined;

/** A reading. */
export interface Told {
  readonly result: Result;
}

/** A change that was judged well: it goes on record before it is carried out. */
export interface Change {
  /** What its author may want to look at again. */
  readonly warnings?: readonly string[];
  readonly carryOut: () => Promise<Result | Refusal>;
}

export type Outcome = Told | Change | Refusal;

/** What a call is about, found out before it is known whether the caller may. */
export interface Subject {
  /** The ARN that policies are asked about. */
  readonly resource: string;
  /** Condition keys beside those that every request of a session has. */
  readonly context?: Context;
  /** Actions that the call takes beside its own. */
  readonly alsoTakes?: readonly string[];
  /** Allowed unless a policy denies it: what anyone may know of themselves. */
  readonly isOwn?: boolean;
  /** Once the caller may: answers, or judges what is to be changed. */
  readonly proceed: () => Promise<Outcome> | Outcome;
}

export interface Action {
  /** Such as `CreateRole`. */
  readonly name: string;
  readonly takes: CallShape;
  readonly about: (call: Call) => Promise<Subject | Refusal> | Subject | Refusal;
}
