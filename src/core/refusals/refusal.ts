// One shape for every no that Podiam says, whichever protocol carries it to the caller.
import { catalogue } from './catalogue.ts';

export type RefusalCode = keyof typeof catalogue;

type PlaceholdersOf<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlaceholdersOf<Rest>
  : never;

type RowOf<Code extends RefusalCode> = (typeof catalogue)[Code];

/** The facts that a row's sentence and remedy name in braces, each a string or a number. */
export type RefusalFacts<Code extends RefusalCode> = {
  readonly [Name in PlaceholdersOf<RowOf<Code>['sentence'] | RowOf<Code>['remedy']>]: string | number;
};

/**
 * A decision that something may not be, as a value. Deciding functions return it instead of throwing, so that whoever
 * acts on it has to look.
 */
export class Refusal {
  readonly code: RefusalCode;
  /** HTTP status. */
  readonly status: number;
  /** The error code that the protocol's clients know, such as `ExpiredTokenException` for STS. */
  readonly wire: string;
  /** What is wrong, fit to be told to the caller. */
  readonly sentence: string;
  /** What to do about it. */
  readonly remedy: string;
  /** The exact reason where the caller must not learn it; for the log and the audit record only. */
  readonly cause: string | undefined;
  /** What the sentence and the remedy name, as it was given: a policy’s `path`, to be shown as line and column. */
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(
    code: RefusalCode,
    texts: {
      sentence: string;
      remedy: string;
      cause: string | undefined;
      facts: Readonly<Record<string, string | number>>;
    },
  ) {
    this.code = code;
    this.status = catalogue[code].status;
    this.wire = catalogue[code].wire;
    this.sentence = texts.sentence;
    this.remedy = texts.remedy;
    this.cause = texts.cause;
    this.facts = texts.facts;
  }

  /** Sentence and remedy in one line, for people. */
  explain(): string {
    return `${this.sentence} ${this.remedy}`;
  }

  /** Where the documentation speaks of it, relative to the repository. */
  get anchor(): string {
    return `docs/refusals.md#${this.code}`;
  }
}

/** A refusal on its way up through code that cannot answer by itself: start-up, command line, files. */
export class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.explain(), options);
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}

/** What an error says for the log: a refusal with its exact cause, which its sentence leaves out. Never a token or a key. */
export function causeOf(error: unknown): string {
  if (!(error instanceof RefusedError)) return String(error);
  const { cause, code, sentence } = error.refusal;
  return `${code}: ${cause ?? sentence}`;
}

const longestFact = 300;

/** Facts come from strangers: no line breaks or control characters into logs and headers, and no page-long echo. */
function printable(fact: string | number): string {
  const text = String(fact).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
  return text.length > longestFact ? `${text.slice(0, longestFact)}…` : text;
}

function fill(template: string, facts: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => printable(facts[name] ?? ''));
}

/**
 * Makes the refusal `code` of the catalogue.
 * @param facts what the row's texts name in braces
 * @param cause the exact reason, where it is not for the caller; never a token or a key
 */
export function refuse<Code extends RefusalCode>(code: Code, facts: RefusalFacts<Code>, cause?: string): Refusal {
  const row = catalogue[code];
  return new Refusal(code, {
    sentence: fill(row.sentence, facts),
    remedy: fill(row.remedy, facts),
    cause: cause === undefined ? undefined : printable(cause),
    facts,
  });
}
