// Adds to a YAML document what a patch says where that cannot be put between the characters that are there: below
// anchors, aliases, merges and tags. The whole document is laid out anew, with all its comments, its order and the spelling
// of every scalar.
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  Pair,
  Scalar,
  visit,
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import { type AddOperation, isList, isObject } from '../../core/injection/index.ts';
import { moveComments, printWithComments } from './comments.ts';
import { tokensOf } from './insert.ts';
import { needsQuotes } from './scalars.ts';

function scalarNode(value: unknown): Scalar {
  const node = new Scalar(String(value));
  const isPlain = typeof value !== 'string' || !needsQuotes(value);
  node.type = isPlain ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
  return node;
}

function nodeOf(value: unknown): Node {
  if (isList(value)) {
    const list = new YAMLSeq();
    for (const item of value) list.add(nodeOf(item));
    return list;
  }
  if (!isObject(value)) return scalarNode(value);
  const map = new YAMLMap();
  for (const [key, member] of Object.entries(value)) map.items.push(new Pair(scalarNode(key), nodeOf(member)));
  return map;
}

function copyOf(node: Node): Node | undefined {
  const copy = node.clone();
  return isNode(copy) ? copy : undefined;
}

/** Puts a copy of its anchor's node in the place of every alias: what is then added in one place shows in no other. */
function expandAliases(document: Document): void {
  const anchored = new Map<string, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const original = anchored.get(node.source);
        const copy = original && copyOf(original);
        if (copy) moveComments(node, copy);
        return copy;
      }
      const copy = node.anchor === undefined ? undefined : copyOf(node);
      if (node.anchor !== undefined && copy !== undefined) {
        delete copy.anchor;
        anchored.set(node.anchor, copy);
        delete node.anchor;
      }
      return undefined;
    },
  });
}

const isMergePair = (pair: Pair) => isScalar(pair.key) && pair.key.value === '<<';

function mergedPairs(source: unknown): readonly Pair[] {
  if (isMap(source)) return source.items;
  return isSeq(source) ? source.items.flatMap((item) => (isMap(item) ? item.items : [])) : [];
}

const keyOf = (pair: Pair) => (isScalar(pair.key) ? String(pair.key.value) : undefined);

/** Writes out what `<<` merges (YAML 1.1, "Merge Key"): a map's own keys count before merged ones, earlier before later. */
function expandMerges(document: Document): void {
  visit(document, {
    Map(_, map) {
      const merges = map.items.filter(isMergePair);
      if (merges.length === 0) return;
      const own = map.items.filter((pair) => !isMergePair(pair));
      const seen = new Set(own.map(keyOf));
      for (const pair of merges.flatMap((merge) => mergedPairs(merge.value))) {
        if (seen.has(keyOf(pair))) continue;
        seen.add(keyOf(pair));
        own.push(pair.clone());
      }
      map.items = own;
    },
  });
}

function addTo(target: unknown, token: string, value: unknown): boolean {
  if (isMap(target)) {
    const pair = target.items.find((candidate) => keyOf(candidate) === token);
    if (pair) {
      const added = nodeOf(value);
      if (isNode(pair.value)) moveComments(pair.value, added);
      pair.value = added;
    } else target.items.push(new Pair(scalarNode(token), nodeOf(value)));
    return true;
  }
  if (!isSeq(target)) return false;
  if (target.items.length === 0) target.flow = false;
  target.items.splice(token === '-' ? target.items.length : Number(token), 0, nodeOf(value));
  return true;
}

function apply(document: Document, { path, value }: AddOperation): boolean {
  const tokens = tokensOf(path);
  let target: unknown = document.contents;
  for (const token of tokens.slice(0, -1)) {
    if (isMap(target)) target = target.items.find((pair) => keyOf(pair) === token)?.value;
    else target = isSeq(target) ? target.items[Number(token)] : undefined;
  }
  return addTo(target, tokens.at(-1) ?? '', value);
}

/** Whether lists stand further in than the key they belong to: both ways are common, and the document's own is kept. */
function indentsLists(document: Document, text: string): boolean {
  const columnOf = (offset: number) => offset - (text.lastIndexOf('\n', offset - 1) + 1);
  let answer: boolean | undefined;
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isSeq(value) || value.flow === true || !key.range || !value.range) return undefined;
      answer = columnOf(value.range[0]) > columnOf(key.range[0]);
      return visit.BREAK;
    },
  });
  return answer ?? false;
}

/**
 * The document's text with the operations carried out.
 * @param document read from the text under the failsafe schema; it is changed
 * @returns undefined where an operation has no place
 */
export function reprintYaml(text: string, document: Document, operations: readonly AddOperation[]): string | undefined {
  const indentSeq = indentsLists(document, text);
  if (text.includes('&')) expandAliases(document);
  if (text.includes('<<')) expandMerges(document);
  if (!operations.every((operation) => apply(document, operation))) return undefined;
  const flowCollectionPadding = /[{[] [^\n]/.test(text);
  const print = () => document.toString({ lineWidth: 0, indentSeq, flowCollectionPadding });
  const edited = printWithComments(text, document, print);
  return text.includes('\r\n') ? edited.replaceAll('\n', '\r\n') : edited;
}
