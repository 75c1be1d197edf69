// Reads CEL as far as its strings go: what a literal says, and what is left of an expression without them.
// Source: CEL language definition, "String and Bytes Values".

const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

const codeLengths: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

export interface ReadString {
  readonly text: string;
  /** Behind the closing quote. */
  readonly end: number;
}

function readEscape(source: string, at: number): ReadString {
  const kind = source[at] ?? '';
  const length = codeLengths.get(kind);
  if (length === undefined) {
    const text = escapes.get(kind);
    if (text === undefined) throw new Error(`no escape: \\${kind}`);
    return { text, end: at + 1 };
  }
  const code = source.slice(at + 1, at + 1 + length);
  if (!/^[0-9a-f]+$/i.test(code) || code.length < length) throw new Error(`no code point: ${code}`);
  return { text: String.fromCodePoint(Number.parseInt(code, 16)), end: at + 1 + length };
}

/** The string literal that begins at `at`. @throws Error where there is none that ends */
export function readCelString(source: string, at = 0): ReadString {
  const quote = source[at];
  if (quote !== "'" && quote !== '"') throw new Error(`no quote at ${at}`);
  let text = '';
  let next = at + 1;
  while (source[next] !== quote) {
    const character = source[next];
    if (character === undefined || character === '\n' || character === '\r') throw new Error('the string does not end');
    if (character !== '\\') {
      text += character;
      next += 1;
      continue;
    }
    const escape = readEscape(source, next + 1);
    text += escape.text;
    next = escape.end;
  }
  return { text, end: next + 1 };
}

export interface ReadExpression {
  /** With every string literal empty. */
  readonly skeleton: string;
  readonly strings: readonly string[];
}

export function readExpression(source: string): ReadExpression {
  const strings: string[] = [];
  let skeleton = '';
  let at = 0;
  while (at < source.length) {
    const character = source[at] ?? '';
    if (character !== "'" && character !== '"') {
      skeleton += character;
      at += 1;
      continue;
    }
    const { end, text } = readCelString(source, at);
    strings.push(text);
    skeleton += "''";
    at = end;
  }
  return { skeleton, strings };
}
