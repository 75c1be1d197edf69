// Where in a document's text the parts stand that findings and reasons name by their path.

/** Both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a value begins, and the offset behind it. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const plainName = /^\w+$/;

/** A member's path as reasons spell it: `Statement[1].Condition.StringLike["HOST:sub"]`. */
export function memberPath(path: string, name: string): string {
  if (path === '') return name;
  return plainName.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

const token = /[\s,:]*([{}[\]]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s,:{}[\]"]+)/y;

/** The spans of all values of a text that is known to be JSON, by path. */
function spansOf(text: string): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  let at = 0;

  function next(): { readonly word: string; readonly start: number } {
    token.lastIndex = at;
    const [whole = '', word = ''] = token.exec(text) ?? [];
    const start = at + whole.length - word.length;
    at = whole === '' ? text.length : at + whole.length;
    return { word, start };
  }

  function readMembers(path: string): void {
    for (let name = next(); name.word.startsWith('"'); name = next()) {
      const member: unknown = JSON.parse(name.word);
      readValue(memberPath(path, String(member)), name.start);
    }
  }

  function readItems(path: string): void {
    for (let index = 0; ; index += 1) {
      const before = at;
      const { word } = next();
      if (word === ']' || word === '') return;
      at = before;
      readValue(`${path}[${index}]`);
    }
  }

  /** @param from where its name stands, for a member of an object */
  function readValue(path: string, from?: number): void {
    const { word, start } = next();
    if (word === '{') readMembers(path);
    if (word === '[') readItems(path);
    spans.set(path, { start: from ?? start, end: at });
  }

  readValue('');
  return spans;
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** Where what a path names begins and where it ends; the document's own beginning and end where the path names nothing. */
export type Locate = (path: string) => { readonly start: Position; readonly end: Position };

/** @param text a policy document that was read: valid JSON, not longer than documents may be */
export function locator(text: string): Locate {
  const spans = spansOf(text);
  const whole = { start: 0, end: text.length };
  return (path) => {
    const { start, end } = spans.get(path) ?? spans.get('') ?? whole;
    return { start: positionAt(text, start), end: positionAt(text, end) };
  };
}
