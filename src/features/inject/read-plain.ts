// Reads the YAML that most manifests are written in, in one pass: block maps and lists, scalars on one line, literal
// blocks, and brackets that close on their line. Of anything else it says that it cannot tell, and the full reader is
// asked: it takes ten times as long, and knows what is wrong with what is malformed.
import type { PlacedMap, PlacedNode, PlacedPair, PlacedScalar } from './place.ts';
import { readFlowLine } from './read-flow-line.ts';
import { resolvePlain } from './scalars.ts';

/** Tabs, carriage returns by themselves, and spaces that are none to YAML. */
const oddSpace = /[^\S\n\r ]|\r(?!\n)/;
/** `key:` or `"key":`, with a space or the line's end behind. */
const keyOfPair = /(?:([A-Za-z0-9_./$~-][^\n:#"'{}[\],&*!|>%@`]*)|"([^"\\\n]*)"|'([^'\n]*)'):(?= |$)/my;
/** What no plain scalar may begin with, or only sometimes. */
const startsOtherwise = /^[-?:,[\]{}#&*!|>'"%@`]/;
const literalHeader = /^\|([+-]?)(?: +#.*| *)$/;
const marker = /^(?:---|\.\.\.)(?: |$)/;
const deepest = 64;

function scalar(value: unknown, start: number, end: number): PlacedScalar {
  return { kind: 'scalar', value, start, end, marked: false };
}

/** A position in the text, always at the content of a line, behind indentation and dashes. */
class PlainReader {
  readonly #text: string;
  /** The offset of the content; the text's length at its end. */
  #at = 0;
  /** The content's column; -1 at the text's end. */
  #column = -1;
  /** Where the line's content ends, its newline excluded, and where the next line begins. */
  #end = 0;
  #next = 0;
  /** Where the last content that was read ends: the line behind it. */
  #behind = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): PlacedMap | undefined {
    this.#advance();
    if (this.#column === 0 && this.#text.startsWith('---', this.#at)) {
      if (!/^---(?: +#.*)?$/.test(this.#line())) return undefined;
      this.#advance();
    }
    const root = this.#node(-1, 0);
    return root?.kind === 'map' && !root.flow && this.#column < 0 ? root : undefined;
  }

  #line(): string {
    return this.#text.slice(this.#at, this.#end);
  }

  /** Goes to the next line that is neither blank nor a comment. */
  #advance(): void {
    const text = this.#text;
    this.#behind = this.#next;
    while (this.#next < text.length) {
      const start = this.#next;
      const newline = text.indexOf('\n', start);
      this.#next = newline < 0 ? text.length : newline + 1;
      let end = newline < 0 ? text.length : newline;
      let at = start;
      while (at < end && text[at] === ' ') at += 1;
      while (end > at && (text[end - 1] === ' ' || text[end - 1] === '\r')) end -= 1;
      if (at === end || text[at] === '#') continue;
      [this.#at, this.#end, this.#column] = [at, end, at - start];
      return;
    }
    [this.#at, this.#end, this.#column] = [text.length, text.length, -1];
  }

  /** Goes on within the line, behind a dash or a key: to `offset`, or to what follows the space there. */
  #skipTo(offset: number): void {
    let at = offset;
    while (at < this.#end && this.#text[at] === ' ') at += 1;
    this.#column += at - this.#at;
    this.#at = at;
  }

  #isDash(): boolean {
    return this.#text[this.#at] === '-' && (this.#at + 1 === this.#end || this.#text[this.#at + 1] === ' ');
  }

  /** What stands at the position, as part of something at `outer`. */
  #node(outer: number, depth: number): PlacedNode | undefined {
    if (depth > deepest || this.#column < 0) return undefined;
    if (this.#column === 0 && marker.test(this.#line())) return undefined;
    if (this.#isDash()) return this.#list(depth);
    keyOfPair.lastIndex = this.#at;
    return keyOfPair.test(this.#text) ? this.#map(depth) : this.#inline(outer);
  }

  #list(depth: number): PlacedNode | undefined {
    const [column, start] = [this.#column, this.#at];
    const items: PlacedNode[] = [];
    while (this.#column === column && this.#isDash()) {
      const dash = this.#at;
      this.#skipTo(dash + 1);
      const item = this.#value(dash + 1, column, depth);
      if (item === undefined) return undefined;
      items.push(item);
    }
    if (this.#column > column) return undefined;
    return { kind: 'list', flow: false, column, items, start, end: this.#behind, marked: false };
  }

  #map(depth: number): PlacedMap | undefined {
    const [column, start] = [this.#column, this.#at];
    const pairs: PlacedPair[] = [];
    const seen = new Set<string>();
    while (this.#column === column && !this.#isDash()) {
      const pair = this.#pair(column, depth);
      if (pair === undefined || seen.has(pair.key)) return undefined;
      seen.add(pair.key);
      pairs.push(pair);
    }
    if (this.#column > column) return undefined;
    return { kind: 'map', flow: false, column, pairs, start, end: this.#behind, marked: false };
  }

  #pair(column: number, depth: number): PlacedPair | undefined {
    keyOfPair.lastIndex = this.#at;
    const [whole, plain, double, single] = keyOfPair.exec(this.#text) ?? [];
    if (whole === undefined) return undefined;
    const key = plain === undefined ? (double ?? single) : resolvePlain(plain.trimEnd());
    if (typeof key !== 'string' || key === '__proto__' || (column === 0 && marker.test(whole))) return undefined;
    const keyEnd = this.#at + whole.length - 1;
    this.#skipTo(keyEnd + 1);
    const value = this.#isDash() ? undefined : this.#value(keyEnd + 1, column, depth, true);
    return value && { key, keyEnd, value };
  }

  /** What belongs to a key or a dash at `column`: the rest of its line, or the lines below that stand further in. */
  #value(empty: number, column: number, depth: number, ofKey = false): PlacedNode | undefined {
    const isLineOver = this.#at >= this.#end || this.#text[this.#at] === '#';
    if (!isLineOver) return ofKey ? this.#inline(column) : this.#node(column, depth + 1);
    this.#advance();
    const isBelow = this.#column > column || (ofKey && this.#column === column && this.#isDash());
    return isBelow ? this.#node(column, depth + 1) : scalar(null, empty, empty);
  }

  /** A value that begins and, unless it is a literal block, ends on this line. */
  #inline(outer: number): PlacedNode | undefined {
    const first = this.#text[this.#at];
    if (first === '|') return this.#literal(outer);
    const node = first !== undefined && '[{"\''.includes(first) ? this.#bracketed() : this.#plain();
    this.#advance();
    return this.#column > outer ? undefined : node;
  }

  #bracketed(): PlacedNode | undefined {
    const node = readFlowLine(this.#text, this.#at, this.#end);
    if (node === undefined) return undefined;
    const rest = this.#text.slice(node.end, this.#end);
    return /^(?: *| +#.*)$/.test(rest) ? node : undefined;
  }

  #plain(): PlacedScalar | undefined {
    const line = this.#line();
    const comment = line.indexOf(' #');
    const source = comment < 0 ? line : line.slice(0, comment).trimEnd();
    const isUnclear =
      (startsOtherwise.test(source) && !/^[-:?][^ ]/.test(source)) || source.includes(': ') || source.endsWith(':');
    return isUnclear ? undefined : scalar(resolvePlain(source), this.#at, this.#at + source.length);
  }

  /** The next line, which is not gone to, and its indentation; -1 for a blank one. */
  #lineBelow(): { readonly line: string; readonly indent: number; readonly next: number } {
    const newline = this.#text.indexOf('\n', this.#next);
    const next = newline < 0 ? this.#text.length : newline + 1;
    const line = this.#text.slice(this.#next, newline < 0 ? next : newline).replace(/\r$/, '');
    return { line, indent: line.search(/[^ ]/), next };
  }

  /** A literal block's lines, without the indentation of its first; undefined where blanks decide how far in it stands. */
  #literalLines(outer: number): readonly string[] | undefined {
    const lines: string[] = [];
    let block = -1;
    while (this.#next < this.#text.length) {
      const { indent, line, next } = this.#lineBelow();
      if (indent < 0 && line.length > Math.max(block, outer + 1)) return undefined;
      if (block < 0 && indent > outer) block = indent;
      if (indent >= 0 && (block < 0 || indent < block)) break;
      lines.push(indent < 0 ? '' : line.slice(block));
      this.#next = next;
    }
    return block < 0 ? undefined : lines;
  }

  /** A text below its key, line by line (YAML 1.2.2, section 8.1.2). */
  #literal(outer: number): PlacedScalar | undefined {
    const start = this.#at;
    const [, chomping] = literalHeader.exec(this.#line()) ?? [];
    const lines = chomping === undefined ? undefined : this.#literalLines(outer);
    const end = this.#next;
    this.#advance();
    if (lines === undefined || this.#column > outer || this.#text[end - 1] !== '\n') return undefined;
    return scalar(chomp(lines, chomping), start, end);
  }
}

function chomp(lines: readonly string[], chomping = ''): string {
  const whole = lines.join('\n');
  if (chomping === '+') return `${whole}\n`;
  const last = lines.findLastIndex((line) => line !== '');
  return lines.slice(0, last + 1).join('\n') + (chomping === '-' ? '' : '\n');
}

/** The document's map with every place in it; undefined for what only the full reader can tell. */
export function readPlainYaml(text: string): PlacedMap | undefined {
  return oddSpace.test(text) ? undefined : new PlainReader(text).document();
}
