// Puts what a patch adds into the text of a YAML document, between the characters that are there: all else stays byte
// for byte.
import type { AddOperation } from '../../core/injection/index.ts';
import { lineEnd, type PlacedList, type PlacedMap, type PlacedNode, type PlacedPair } from './place.ts';
import { blockLines, flowText, type Indentation, indentationOf, itemLines, newMemberLines } from './write-yaml.ts';

/** What is added at one place of the document. */
interface Addition {
  /** Members and indices from the root to the collection that is added to. */
  readonly parent: readonly string[];
  /** A new member's key, the start of a list (`0`), or its end (`-`). */
  readonly token: string;
  readonly values: unknown[];
}

export function tokensOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Values for the end of one list together. */
function additionsOf(operations: readonly AddOperation[]): readonly Addition[] {
  const byPath = new Map<string, Addition>();
  for (const { path, value } of operations) {
    const tokens = tokensOf(path);
    const known = byPath.get(path);
    if (known) known.values.push(value);
    else byPath.set(path, { parent: tokens.slice(0, -1), token: tokens.at(-1) ?? '', values: [value] });
  }
  return [...byPath.values()];
}

/** Characters in the place of others. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Of two edits at one offset, the deeper comes first. */
  readonly depth: number;
}

interface Target {
  readonly node: PlacedMap | PlacedList;
  /** The member of a map whose value the node is. */
  readonly pair: PlacedPair | undefined;
  readonly isInFlow: boolean;
}

/** The collection at a path; undefined where the way leads through an alias, a mark or nowhere. */
function targetAt(root: PlacedNode, path: readonly string[]): Target | undefined {
  let node: PlacedNode | undefined = root;
  let pair: PlacedPair | undefined;
  let isInFlow = false;
  for (const token of path) {
    if (node === undefined || node.marked || node.kind === 'scalar' || node.kind === 'elsewhere') return undefined;
    isInFlow ||= node.flow;
    pair = node.kind === 'map' ? node.pairs.find(({ key }) => key === token) : undefined;
    node = node.kind === 'map' ? pair?.value : node.items[Number(token)];
  }
  if (node === undefined || node.marked || node.kind === 'scalar' || node.kind === 'elsewhere') return undefined;
  return { node, pair, isInFlow };
}

/** The edits of one document's text. */
class Inserter {
  readonly #text: string;
  readonly #indentation: Indentation;

  constructor(text: string, root: PlacedNode) {
    this.#text = text;
    this.#indentation = indentationOf(text, root);
  }

  #at(offset: number, text: string, depth: number): Edit {
    return { start: offset, end: offset, text, depth };
  }

  /** Takes a value away and puts a block collection below its key. */
  #below({ keyEnd, value }: PlacedPair, lines: string, depth: number): readonly Edit[] {
    const space = this.#text[value.start - 1] === ' ' && value.end > value.start ? 1 : 0;
    const removal = { start: value.start - space, end: value.end, text: '', depth };
    return [removal, this.#at(lineEnd(this.#text, Math.max(keyEnd, value.end)), lines, depth)];
  }

  #inFlow({ start }: PlacedNode, last: PlacedNode | undefined, added: string, depth: number): readonly Edit[] {
    return [last ? this.#at(last.end, `, ${added}`, depth) : this.#at(start + 1, added, depth)];
  }

  member(map: PlacedMap, key: string, value: unknown, depth: number): readonly Edit[] | undefined {
    const pair = map.pairs.find((candidate) => candidate.key === key);
    if (pair === undefined) {
      if (map.flow) return this.#inFlow(map, map.pairs.at(-1)?.value, `${flowText(key)}: ${flowText(value)}`, depth);
      return [this.#at(map.end, newMemberLines(key, value, map.column, this.#indentation), depth)];
    }
    const old = pair.value;
    if (old.kind !== 'scalar' || old.value !== null || old.marked) return undefined;
    if (!map.flow) return this.#below(pair, blockLines(value, map.column, this.#indentation), depth + 1);
    return [
      { start: old.start, end: old.end, text: `${old.end > old.start ? '' : ' '}${flowText(value)}`, depth: depth + 1 },
    ];
  }

  items({ node, pair, isInFlow }: Target, addition: Addition, column: number): readonly Edit[] | undefined {
    const { parent, token, values } = addition;
    const list = node;
    if (list.kind !== 'list' || (token !== '-' && token !== '0')) return undefined;
    const depth = parent.length;
    const added = values.map(flowText).join(', ');
    const [first] = list.items;
    if (!list.flow) {
      const lines = itemLines(values, list.column, this.#indentation);
      if (token === '-') return [this.#at(list.end, lines, depth)];
      return pair && [this.#at(lineEnd(this.#text, pair.keyEnd), lines, depth)];
    }
    if (first !== undefined && token === '0') return [this.#at(first.start, `${added}, `, depth)];
    const canOpen = first === undefined && pair !== undefined && !isInFlow;
    const isOneLine = !this.#text.slice(list.start, list.end).includes('\n');
    if (canOpen && isOneLine) return this.#below(pair, blockLines(values, column, this.#indentation), depth);
    return this.#inFlow(list, list.items.at(-1), added, depth);
  }
}

function editsFor(addition: Addition, root: PlacedNode, inserter: Inserter): readonly Edit[] | undefined {
  const { parent, token, values } = addition;
  const target = targetAt(root, parent);
  if (target === undefined) return undefined;
  if (target.node.kind === 'map') return inserter.member(target.node, token, values.at(-1), parent.length);
  const holder = targetAt(root, parent.slice(0, -1))?.node;
  return inserter.items(target, addition, holder?.column ?? 0);
}

function carryOut(text: string, edits: readonly Edit[]): string {
  const sorted = edits.toSorted((a, b) => a.start - b.start || b.depth - a.depth);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: added } of sorted) {
    parts.push(text.slice(at, start), newline === '\n' ? added : added.replaceAll('\n', newline));
    at = end;
  }
  return parts.join('') + text.slice(at);
}

/**
 * The text with the operations carried out, which may not build on one another.
 * @param text ends with a newline
 * @returns undefined where a place cannot be told, such as below an anchor
 */
export function insertIntoText(
  text: string,
  root: PlacedNode,
  operations: readonly AddOperation[],
): string | undefined {
  const inserter = new Inserter(text, root);
  const edits: Edit[] = [];
  for (const addition of additionsOf(operations)) {
    const own = editsFor(addition, root, inserter);
    if (own === undefined) return undefined;
    edits.push(...own);
  }
  return carryOut(text, edits);
}
