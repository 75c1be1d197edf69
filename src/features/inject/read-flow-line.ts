// Reads what stands in brackets or quotes on one line of YAML: `{name: web, ports: [80]}`.
import type { PlacedNode, PlacedPair, PlacedScalar } from './place.ts';
import { resolvePlain } from './scalars.ts';

const deepest = 32;
/** Within brackets; a colon, or an indicator where none is expected, makes it unclear. */
const plainInFlow = /[^\s,[\]{}:#&*!|>'"%@`?-](?:[^,[\]{}:#\n]|:(?=[^\s,[\]{}]))*/y;
const signed = /-[^\s,[\]{}:#](?:[^,[\]{}:#\n]|:(?=[^\s,[\]{}]))*/y;

/** A quoted text, its quotes included; one with an escape that JSON does not have is left to the full reader. */
const doubleQuoted = /"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const singleQuoted = /'(?:[^'\n]|'')*'/y;

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

class FlowLine {
  readonly #text: string;
  readonly #end: number;
  #at: number;

  constructor(text: string, start: number, end: number) {
    this.#text = text;
    this.#at = start;
    this.#end = end;
  }

  value(depth = 0): PlacedNode | undefined {
    const first = this.#text[this.#at];
    if (depth > deepest || this.#at >= this.#end) return undefined;
    if (first === '{') return this.#map(depth);
    return first === '[' ? this.#list(depth) : this.#scalar(depth > 0);
  }

  #skipSpace(): void {
    while (this.#at < this.#end && this.#text[this.#at] === ' ') this.#at += 1;
  }

  #scalar(isInFlow: boolean): PlacedScalar | undefined {
    const start = this.#at;
    const double = matchAt(doubleQuoted, this.#text, start);
    const single = double === undefined ? matchAt(singleQuoted, this.#text, start) : undefined;
    const quoted = double ?? single;
    if (quoted !== undefined) {
      this.#at += quoted.length;
      const value: unknown = double === undefined ? quoted.slice(1, -1).replaceAll("''", "'") : JSON.parse(quoted);
      return { kind: 'scalar', value, start, end: this.#at, marked: false };
    }
    if (!isInFlow) return undefined;
    const source = (matchAt(plainInFlow, this.#text, start) ?? matchAt(signed, this.#text, start))?.trimEnd();
    if (source === undefined) return undefined;
    this.#at += source.length;
    return { kind: 'scalar', value: resolvePlain(source), start, end: this.#at, marked: false };
  }

  /** Past a comma, which may be the last; whether the closing bracket or another entry follows. */
  #isSeparated(close: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] === close) return true;
    if (this.#text[this.#at] !== ',') return false;
    this.#at += 1;
    this.#skipSpace();
    return true;
  }

  #list(depth: number): PlacedNode | undefined {
    const start = this.#at++;
    const items: PlacedNode[] = [];
    this.#skipSpace();
    while (this.#text[this.#at] !== ']') {
      const item = this.value(depth + 1);
      if (item === undefined || !this.#isSeparated(']')) return undefined;
      items.push(item);
    }
    this.#at += 1;
    return { kind: 'list', flow: true, column: 0, items, start, end: this.#at, marked: false };
  }

  #pair(depth: number): PlacedPair | undefined {
    const key = this.#scalar(true);
    if (typeof key?.value !== 'string' || key.value === '__proto__') return undefined;
    this.#skipSpace();
    if (this.#text[this.#at] !== ':' || this.#text[this.#at + 1] !== ' ') return undefined;
    this.#at += 1;
    this.#skipSpace();
    const value = this.value(depth + 1);
    return value && { key: key.value, keyEnd: key.end, value };
  }

  #map(depth: number): PlacedNode | undefined {
    const start = this.#at++;
    const pairs: PlacedPair[] = [];
    const seen = new Set<string>();
    this.#skipSpace();
    while (this.#text[this.#at] !== '}') {
      const pair = this.#pair(depth);
      if (pair === undefined || seen.has(pair.key) || !this.#isSeparated('}')) return undefined;
      seen.add(pair.key);
      pairs.push(pair);
    }
    this.#at += 1;
    return { kind: 'map', flow: true, column: 0, pairs, start, end: this.#at, marked: false };
  }
}

/** The value between `start` and the line's end; undefined for what only the full reader can tell. */
export function readFlowLine(text: string, start: number, end: number): PlacedNode | undefined {
  return new FlowLine(text, start, end).value();
}
