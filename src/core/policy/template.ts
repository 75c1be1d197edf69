// Texts in a policy that are more than themselves: wildcards, and policy variables such as `${aws:PrincipalTag/team}` or
// `${aws:PrincipalTag/team, 'none'}` (AWS IAM User Guide, "IAM policy elements: Variables and tags"). A variable's
// value is inserted as letters: a `*` in a tag that a stranger chose is no wildcard.
import { anyOne, anyRun, type Glob, matchesGlob } from './glob.ts';
import { FoldedContext, type RequestContext } from './request.ts';

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any-run' }
  | { readonly kind: 'any-one' }
  | {
      readonly kind: 'variable';
      /** In lower case. */
      readonly key: string;
      readonly fallback: string | undefined;
    };

export type Template = readonly Piece[];

/** What has a meaning of its own in a text; the rest is letters. */
export interface TemplateSyntax {
  readonly variables: boolean;
  readonly wildcards: boolean;
}

/** Whether a candidate fits; undefined where a variable has no value. */
export type TextTest = (candidate: string, context: RequestContext) => boolean | undefined;

interface Found {
  readonly piece: Piece;
  /** The index behind it. */
  readonly end: number;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ') at += 1;
  return at;
}

/** `, 'text'` and what follows up to the brace. */
function readFallback(text: string, comma: number): { readonly fallback: string; readonly brace: number } | undefined {
  const open = skipSpaces(text, comma + 1);
  const close = text.indexOf("'", open + 1);
  if (text[open] !== "'" || close < 0) return undefined;
  return { fallback: text.slice(open + 1, close), brace: skipSpaces(text, close + 1) };
}

function keyEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== '}' && text[at] !== ',') at += 1;
  return at;
}

/** The variable whose `${` stands at `start`; undefined where it is malformed. */
function readVariable(text: string, start: number): Found | undefined {
  const end = keyEnd(text, start + 2);
  const key = text.slice(start + 2, end).trim();
  if ((key === '*' || key === '?' || key === '$') && text[end] === '}') {
    return { piece: { kind: 'text', text: key }, end: end + 1 };
  }
  const after = text[end] === ',' ? readFallback(text, end) : { fallback: undefined, brace: end };
  if (after === undefined || text[after.brace] !== '}' || key === '' || /[${'"*?]/.test(key)) return undefined;
  return { piece: { kind: 'variable', key: key.toLowerCase(), fallback: after.fallback }, end: after.brace + 1 };
}

function readPiece(text: string, start: number, syntax: TemplateSyntax): Found | undefined {
  if (syntax.variables && text.startsWith('${', start)) return readVariable(text, start);
  if (syntax.wildcards && text[start] === '*') return { piece: { kind: 'any-run' }, end: start + 1 };
  if (syntax.wildcards && text[start] === '?') return { piece: { kind: 'any-one' }, end: start + 1 };
  let end = start + 1;
  while (end < text.length && !'$*?'.includes(text.charAt(end))) end += 1;
  return { piece: { kind: 'text', text: text.slice(start, end) }, end };
}

/** The pieces of a text; undefined where a variable in it is malformed. */
export function parseTemplate(text: string, syntax: TemplateSyntax): Template | undefined {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const found = readPiece(text, at, syntax);
    if (found === undefined) return undefined;
    pieces.push(found.piece);
    at = found.end;
  }
  return pieces;
}

/** Only a key with one value can be inserted: with several, none of them is the one meant. */
function valueOf(variable: Extract<Piece, { kind: 'variable' }>, context: RequestContext): string | undefined {
  const values = context.get(variable.key);
  if (values === undefined || values.length === 0) return variable.fallback;
  return values.length === 1 ? values[0] : undefined;
}

function lettersOf(piece: Piece, context: RequestContext): string | undefined {
  if (piece.kind === 'text') return piece.text;
  return piece.kind === 'variable' ? valueOf(piece, context) : '';
}

/** The letters of each piece, none for a wildcard; undefined where a variable has no value. */
function fill(template: Template, context: RequestContext): readonly string[] | undefined {
  const filled: string[] = [];
  for (const piece of template) {
    const letters = lettersOf(piece, context);
    if (letters === undefined) return undefined;
    filled.push(letters);
  }
  return filled;
}

const fillText = (template: Template, context: RequestContext) => fill(template, context)?.join('');

function globOf(template: Template, filled: readonly string[]): Glob {
  const glob: number[] = [];
  for (const [index, { kind }] of template.entries()) {
    const letters = filled[index] ?? '';
    if (kind === 'any-run') glob.push(anyRun);
    if (kind === 'any-one') glob.push(anyOne);
    for (let i = 0; i < letters.length; i += 1) glob.push(letters.charCodeAt(i));
  }
  return glob;
}

/** No text shorter than the pattern's letters can fit: such a pattern, of a long value repeated, is never spelled out. */
function hasRoom(filled: readonly string[], candidate: string): boolean {
  return filled.reduce((sum, letters) => sum + letters.length, 0) <= candidate.length;
}

const hasVariable = (template: Template) => template.some((piece) => piece.kind === 'variable');
const nothingKnown = new FoldedContext(new Map());

/** Equality with what the template says once its variables are filled in. */
export function compileExact(template: Template): TextTest {
  const fixed = hasVariable(template) ? undefined : fillText(template, nothingKnown);
  if (fixed !== undefined) return (candidate) => candidate === fixed;
  return (candidate, context) => {
    const wanted = fillText(template, context);
    return wanted === undefined ? undefined : candidate === wanted;
  };
}

/** As `compileExact`, but the case of letters does not count. */
export function compileExactIgnoringCase(template: Template): TextTest {
  return (candidate, context) => {
    const wanted = fillText(template, context);
    return wanted === undefined ? undefined : candidate.toLowerCase() === wanted.toLowerCase();
  };
}

/**
 * Wildcard matching of the whole candidate. What stands before the first wildcard is compared as one text: that alone
 * decides most of what people write.
 */
export function compileLike(template: Template): TextTest {
  const wildcard = template.findIndex(({ kind }) => kind === 'any-run' || kind === 'any-one');
  if (wildcard < 0) return compileExact(template);
  const tail = template.slice(wildcard);
  const matches = (candidate: string, lead: string, glob: () => Glob) =>
    candidate.slice(0, lead.length) === lead && matchesGlob(glob(), candidate.slice(lead.length));

  const fixed = hasVariable(template) ? undefined : fill(template, nothingKnown);
  if (fixed !== undefined) {
    const lead = fixed.slice(0, wildcard).join('');
    const glob = globOf(tail, fixed.slice(wildcard));
    return (candidate) => matches(candidate, lead, () => glob);
  }
  return (candidate, context) => {
    const filled = fill(template, context);
    if (filled === undefined) return undefined;
    if (!hasRoom(filled, candidate)) return false;
    return matches(candidate, filled.slice(0, wildcard).join(''), () => globOf(tail, filled.slice(wildcard)));
  };
}
