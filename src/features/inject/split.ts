// Cuts a stream into its documents by text alone, so that those that stay as they are can be printed byte for byte.

export interface Piece {
  readonly text: string;
  /** The number of its first line in the file, from 1. */
  readonly line: number;
  /** Whether it says `---` itself, and so needs none in front. */
  readonly hasMarker: boolean;
}

/** `---` or `...` at the start of a line, and nothing but space behind it, is a marker even within a scalar (YAML 1.2.2, section 9.1.2). */
function isMarker(text: string, start: number, marker: '---' | '...'): boolean {
  if (!text.startsWith(marker, start)) return false;
  const next = text[start + 3];
  return next === undefined || next === '\n' || next === '\r' || next === ' ' || next === '\t';
}

function isContent(line: string): boolean {
  const first = line.trimStart()[0];
  return first !== undefined && first !== '#' && first !== '%';
}

/** The documents of a YAML stream, each with its marker, and with the comments and directives in front of that. */
export function* splitYaml(text: string): Generator<Piece> {
  let start = 0;
  let firstLine = 1;
  let line = 1;
  let hasMarker = false;
  let hasContent = false;
  for (let at = 0; at < text.length; line++) {
    const newline = text.indexOf('\n', at);
    const next = newline < 0 ? text.length : newline + 1;
    const opens = isMarker(text, at, '---');
    if (opens && (hasMarker || hasContent)) {
      yield { text: text.slice(start, at), line: firstLine, hasMarker };
      [start, firstLine, hasContent] = [at, line, false];
    }
    hasMarker ||= opens;
    hasContent ||= isContent(text.slice(opens ? at + 3 : at, next));
    if (isMarker(text, at, '...')) {
      yield { text: text.slice(start, next), line: firstLine, hasMarker };
      [start, firstLine, hasContent, hasMarker] = [next, line + 1, false, false];
    }
    at = next;
  }
  if (start < text.length) yield { text: text.slice(start), line: firstLine, hasMarker };
}

/** Where the JSON object that begins at `start` ends; -1 where it does not. */
function endOfObject(text: string, start: number): number {
  const step = /["{}\\]/g;
  let depth = 0;
  let inString = false;
  step.lastIndex = start;
  for (let found = step.exec(text); found !== null; found = step.exec(text)) {
    const [character] = found;
    if (character === '"') inString = !inString;
    else if (character === '\\') step.lastIndex += 1;
    else if (!inString) depth += character === '{' ? 1 : -1;
    if (depth === 0 && !inString) return step.lastIndex;
  }
  return -1;
}

function afterSpace(text: string, start: number): number {
  const solid = /\S/g;
  solid.lastIndex = start;
  return solid.exec(text)?.index ?? text.length;
}

/** The objects of a stream of JSON objects, one behind the other, each with the space around it; undefined for anything else. */
export function splitJson(piece: Piece): readonly Piece[] | undefined {
  const { text } = piece;
  const pieces: Piece[] = [];
  let line = piece.line;
  let start = 0;
  for (let at = afterSpace(text, 0); at < text.length; ) {
    const end = text[at] === '{' ? endOfObject(text, at) : -1;
    if (end < 0) return undefined;
    at = afterSpace(text, end);
    const own = text.slice(start, at);
    pieces.push({ text: own, line, hasMarker: false });
    line += own.split('\n').length - 1;
    start = at;
  }
  return pieces;
}
