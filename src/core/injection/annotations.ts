// What annotations say besides the role: audience, expiration, regional STS, and which containers. As Amazon's webhook
// reads them, whose users' manifests are full of them.
import { givenText, type Texts } from './fields.ts';

/** Seconds; below it the API server takes no projected token (TokenRequestSpec, expirationSeconds). */
export const shortestExpiration = 600;
/** Seconds; above it the API server takes none either. */
export const longestExpiration = 2 ** 32;

const longestInteger = 19;
const greatestInteger = 2 ** 63;

/** A base-10 integer of 64 bits, as Go's ParseInt takes it; undefined for anything else. */
function parseInteger(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const digits = text.replace(/^[+-]?0*/, '');
  if (digits.length > longestInteger) return undefined;
  const value = Number(text);
  return Math.abs(value) < greatestInteger ? value : undefined;
}

/**
 * Seconds that the token is valid for, kept within what the API server takes. The first of these that is an integer:
 *   1. the pod's annotation,
 *   2. the service account's annotation,
 *   3. the mapping's, unless it is 0,
 *   4. the setting.
 */
export function tokenExpiration(texts: readonly (string | undefined)[], mapped: number, setting: number): number {
  const annotated = texts.map((text) => (text === undefined ? undefined : parseInteger(text)));
  const seconds = annotated.find((value) => value !== undefined) ?? (mapped === 0 ? setting : mapped);
  return Math.min(Math.max(seconds, shortestExpiration), longestExpiration);
}

export const trueTexts = ['1', 't', 'T', 'TRUE', 'true', 'True'];
export const falseTexts = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

const truths: ReadonlyMap<string, boolean> = new Map([
  ...trueTexts.map((text) => [text, true] as const),
  ...falseTexts.map((text) => [text, false] as const),
]);

/** What Go's ParseBool takes; undefined for anything else. */
export function parseTruth(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : truths.get(text);
}

/** Where the quoted text that begins at `start` ends: its closing quote, past doubled ones; -1 where it is never closed. */
function closingQuote(line: string, start: number): number {
  let at = line.indexOf('"', start + 1);
  while (at >= 0 && line[at + 1] === '"') at = line.indexOf('"', at + 2);
  return at;
}

/**
 * The names in the first line of comma-separated values (RFC 4180's quoting; blanks around a name do not count);
 * undefined where a quote is not closed or stands inside a name.
 */
export function parseNames(text: string): readonly string[] | undefined {
  const [line = ''] = text.trim().split('\n', 1);
  const names: string[] = [];
  let at = 0;
  while (at < line.length) {
    let start = at;
    while (line[start] === ' ' || line[start] === '\t') start += 1;
    const close = line[start] === '"' ? closingQuote(line, start) : start;
    if (close < 0) return undefined;
    const comma = line.indexOf(',', close);
    const end = comma < 0 ? line.length : comma;
    const behind = line.slice(close === start ? start : close + 1, end).trim();
    if (close === start ? behind.includes('"') : behind !== '') return undefined;
    names.push(
      close === start
        ? behind
        : line
            .slice(start + 1, close)
            .replaceAll('""', '"')
            .trim(),
    );
    at = end + 1;
  }
  return names.filter((name) => name !== '');
}

export interface ContainerChoice {
  readonly skip: ReadonlySet<string>;
  /** Undefined where all are included. */
  readonly include: ReadonlySet<string> | undefined;
  readonly warnings: readonly string[];
}

const noNames: ReadonlySet<string> = new Set();

/**
 * Which containers the pod's annotations leave out:
 *   1. one that `P/skip-containers` names is left out,
 *   2. where `P/include-containers` is given, one that it does not name is left out,
 *   3. all others are in.
 */
export function containerChoice(annotations: Texts, prefix: string): ContainerChoice {
  const warnings: string[] = [];
  const namesAt = (key: string): ReadonlySet<string> | undefined => {
    const text = givenText(annotations, key);
    const names = text === undefined ? undefined : parseNames(text);
    if (text !== undefined && names === undefined) warnings.push(`${key} is no list of names and was passed over`);
    return names && new Set(names);
  };
  const skip = namesAt(`${prefix}/skip-containers`) ?? noNames;
  return { skip, include: namesAt(`${prefix}/include-containers`), warnings };
}

export function isChosen(name: string, choice: Pick<ContainerChoice, 'skip' | 'include'>): boolean {
  return !choice.skip.has(name) && (choice.include?.has(name) ?? true);
}
