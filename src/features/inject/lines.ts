// On which line of its file an object begins: one document may be a list of thousands.
import { parseDocument } from 'yaml';
import { tokensOf } from './insert.ts';
import { locate } from './locate.ts';
import { columnAt, type PlacedNode } from './place.ts';
import type { ManifestDocument } from './read.ts';
import { readPlainYaml } from './read-plain.ts';
import { asWritten } from './scalars.ts';

/** A list or a map of JSON that is open. */
interface Frame {
  readonly isList: boolean;
  /** JSON Pointer from the document; undefined for what is no list of objects, nor one of them. */
  readonly path: string | undefined;
  /** Of the member that is read; empty where its name is still to come. */
  key: string;
  index: number;
}

function pathWithin(parent: Frame | undefined, isList: boolean): string | undefined {
  if (parent === undefined) return isList ? undefined : '';
  if (parent.path === undefined || parent.isList === isList) return undefined;
  if (parent.isList) return `${parent.path}/${parent.index}`;
  return parent.key === 'items' ? `${parent.path}/items` : undefined;
}

function closingQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += text[at] === '\\' ? 2 : 1) if (text[at] === '"') return at;
  return text.length;
}

/** How many lines stand before each object of a list of JSON, by its path. */
function linesInJson(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const frames: Frame[] = [];
  const step = /["{}[\],\n]/g;
  let line = 0;
  for (let found = step.exec(text); found !== null; found = step.exec(text)) {
    const [sign] = found;
    const frame = frames.at(-1);
    if (sign === '\n') line += 1;
    else if (sign === '}' || sign === ']') frames.pop();
    else if (sign === '{' || sign === '[') {
      const isList = sign === '[';
      const path = pathWithin(frame, isList);
      if (path !== undefined && !isList) lines.set(path, line);
      frames.push({ isList, path, key: '', index: 0 });
    } else if (sign === ',') {
      if (frame) [frame.key, frame.index] = ['', frame.index + 1];
    } else {
      const end = closingQuote(text, found.index);
      if (frame && !frame.isList && frame.key === '') frame.key = text.slice(found.index + 1, end);
      step.lastIndex = end + 1;
    }
  }
  return lines;
}

/** Where the node at a path begins; undefined where it stands elsewhere, as an alias does. */
function startOf(root: PlacedNode, path: string): number | undefined {
  let node: PlacedNode | undefined = root;
  for (const token of tokensOf(path)) {
    if (node?.kind === 'list') node = node.items[Number(token)];
    else node = node?.kind === 'map' ? node.pairs.find(({ key }) => key === token)?.value : undefined;
  }
  return node === undefined || node.kind === 'elsewhere' ? undefined : node.start;
}

/** The lines of a document's objects, asked for in their order. */
export class ObjectLines {
  readonly #document: ManifestDocument;
  #inJson: ReadonlyMap<string, number> | undefined;
  #root: PlacedNode | undefined;
  /** As far as lines were counted. */
  #counted = { offset: 0, lines: 0 };

  constructor(document: ManifestDocument) {
    this.#document = document;
  }

  /** From 1. @param path JSON Pointer from the document, which itself is on its first line */
  of(path: string): number {
    const { format, line } = this.#document;
    if (path === '') return line;
    return line + (format === 'json' ? this.#linesInJson(path) : this.#linesInYaml(path));
  }

  #linesInJson(path: string): number {
    this.#inJson ??= linesInJson(this.#document.text);
    return this.#inJson.get(path) ?? 0;
  }

  #linesInYaml(path: string): number {
    const { text } = this.#document;
    this.#root ??= readPlainYaml(text) ?? locate(text, parseDocument(text, asWritten));
    const start = startOf(this.#root, path);
    if (start === undefined) return 0;
    const offset = start - columnAt(text, start);
    if (offset < this.#counted.offset) this.#counted = { offset: 0, lines: 0 };
    const lines = this.#counted.lines + text.slice(this.#counted.offset, offset).split('\n').length - 1;
    this.#counted = { offset, lines };
    return lines;
  }
}
