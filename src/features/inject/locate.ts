// The places of a document that the full reader has read: the same tree as that of the plain one, with what cannot be
// placed marked as such.
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { columnAt, lineEnd, type PlacedNode, type PlacedPair } from './place.ts';
import { resolvePlain } from './scalars.ts';

const untouchable: PlacedNode = { kind: 'elsewhere', start: 0, end: 0, marked: true };

/** An empty value stands right behind its colon, whatever space follows. */
function withoutSpaceBefore(text: string, offset: number): number {
  let at = offset;
  while (text[at - 1] === ' ') at -= 1;
  return at;
}

function rangeOf(node: unknown): readonly [number, number] | undefined {
  return isNode(node) && node.range ? [node.range[0], node.range[1]] : undefined;
}

/** Whether nothing but indentation, dashes and spaces stands before an offset in its line. */
function opensLine(text: string, offset: number): boolean {
  return /^[ -]*$/.test(text.slice(offset - columnAt(text, offset), offset));
}

/** A node's last content; the ends of block collections take in comments that follow them. */
function contentEnd(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return Math.max(contentEnd(last?.key), contentEnd(last?.value));
  }
  if (isSeq(node) && node.flow !== true) return contentEnd(node.items.at(-1));
  return rangeOf(node)?.[1] ?? 0;
}

class Locator {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  #behind(node: Node): number {
    const end = contentEnd(node);
    return this.#text[end - 1] === '\n' ? end : lineEnd(this.#text, end);
  }

  /** A pair whose colon follows its key on the same line, as those do that are not introduced by a question mark. */
  #pair(key: unknown, value: unknown): PlacedPair | undefined {
    const range = rangeOf(key);
    if (!isScalar(key) || range === undefined) return undefined;
    const keyEnd = range[1];
    const colon = this.#text.slice(keyEnd, lineEnd(this.#text, keyEnd)).trimStart()[0] === ':';
    const isMarked = key.anchor !== undefined || key.tag !== undefined;
    return colon && !isMarked ? { key: String(key.value), keyEnd, value: this.node(value) } : undefined;
  }

  #map(map: YAMLMap, [start, end]: readonly [number, number]): PlacedNode {
    const pairs: PlacedPair[] = [];
    const flow = map.flow === true;
    const first = rangeOf(map.items[0]?.key)?.[0];
    if (!flow && (first === undefined || !opensLine(this.#text, first))) return untouchable;
    const column = flow || first === undefined ? 0 : columnAt(this.#text, first);
    for (const { key, value } of map.items) {
      const pair = this.#pair(key, value);
      if (pair === undefined) return untouchable;
      pairs.push(pair);
    }
    const place = flow ? { start, end } : { start: first ?? start, end: this.#behind(map) };
    return { kind: 'map', flow, column, pairs, ...place, marked: isMarked(map) };
  }

  #list(list: YAMLSeq, [start, end]: readonly [number, number]): PlacedNode {
    const flow = list.flow === true;
    if (!flow && (this.#text[start] !== '-' || !opensLine(this.#text, start))) return untouchable;
    const column = flow ? 0 : columnAt(this.#text, start);
    const items = list.items.map((item) => this.node(item));
    return { kind: 'list', flow, column, items, start, end: flow ? end : this.#behind(list), marked: isMarked(list) };
  }

  node(node: unknown): PlacedNode {
    const range = rangeOf(node);
    if (range === undefined || isAlias(node)) return untouchable;
    if (isMap(node)) return this.#map(node, range);
    if (isSeq(node)) return this.#list(node, range);
    if (!isScalar(node)) return untouchable;
    const value: unknown = node.type === 'PLAIN' ? resolvePlain(String(node.value)) : node.value;
    const isEmpty = range[0] === range[1];
    const start = isEmpty ? withoutSpaceBefore(this.#text, range[0]) : range[0];
    return { kind: 'scalar', value, start, end: isEmpty ? start : range[1], marked: isMarked(node) };
  }
}

function isMarked({ anchor, tag }: { readonly anchor?: string; readonly tag?: string }): boolean {
  return anchor !== undefined || tag !== undefined;
}

/** @param text that the document was read from, under the failsafe schema */
export function locate(text: string, document: Document): PlacedNode {
  return new Locator(text).node(document.contents);
}
