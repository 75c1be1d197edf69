// Values as YAML text, in the indentation of the document that they are put into.
import { isList, isObject, type JsonObject } from '../../core/injection/index.ts';
import { columnAt, type PlacedNode } from './place.ts';
import { needsQuotes } from './scalars.ts';

/** How much further in something stands than the key above it. */
export interface Indentation {
  readonly ofMaps: number;
  /** 0 where dashes stand below the key itself. */
  readonly ofLists: number;
}

function* indentationsIn(text: string, node: PlacedNode): Generator<Partial<Indentation>> {
  if (node.kind === 'list' && !node.flow) for (const item of node.items) yield* indentationsIn(text, item);
  if (node.kind !== 'map' || node.flow) return;
  for (const { value } of node.pairs) {
    const isBlock = (value.kind === 'map' || value.kind === 'list') && !value.flow && !value.marked;
    if (isBlock) {
      const further = columnAt(text, value.start) - node.column;
      yield value.kind === 'map' ? { ofMaps: further } : { ofLists: further };
    }
    yield* indentationsIn(text, value);
  }
}

/** The document's own way, by the first map and the first list in it. */
export function indentationOf(text: string, root: PlacedNode): Indentation {
  let ofMaps: number | undefined;
  let ofLists: number | undefined;
  for (const found of indentationsIn(text, root)) {
    ofMaps ??= found.ofMaps;
    ofLists ??= found.ofLists;
    if (ofMaps !== undefined && ofLists !== undefined) break;
  }
  return { ofMaps: ofMaps ?? 2, ofLists: ofLists ?? 0 };
}

function scalarText(value: unknown): string {
  return typeof value === 'string' && needsQuotes(value) ? JSON.stringify(value) : String(value);
}

/** In brackets a colon within a plain text is read in two ways, so that it gets quotes. */
function flowScalarText(value: unknown): string {
  return typeof value === 'string' && value.includes(':') ? JSON.stringify(value) : scalarText(value);
}

/** `{name: web, ports: [80]}` */
export function flowText(value: unknown): string {
  if (isList(value)) return `[${value.map(flowText).join(', ')}]`;
  if (!isObject(value)) return flowScalarText(value);
  const members = Object.entries(value).map(([key, member]) => `${flowScalarText(key)}: ${flowText(member)}`);
  return `{${members.join(', ')}}`;
}

/** What goes behind a key or a dash on its line, outside brackets; undefined for what takes lines of its own. */
function inlineText(value: unknown): string | undefined {
  const isEmpty = isList(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
  if (isEmpty) return flowText(value);
  return isList(value) || isObject(value) ? undefined : scalarText(value);
}

/** The lines of a map's members, without the indentation of the first; its keys stand at `column`. */
function mapLines(map: JsonObject, column: number, indentation: Indentation): string {
  const margin = ' '.repeat(column);
  return Object.entries(map)
    .map(([key, member], index) => (index === 0 ? '' : margin) + memberLines(key, member, column, indentation))
    .join('');
}

/** `key: value` and what belongs to it, for a key at `column` whose own indentation is there already. */
function memberLines(key: string, value: unknown, column: number, indentation: Indentation): string {
  const inline = inlineText(value);
  return `${scalarText(key)}:${inline === undefined ? `\n${blockLines(value, column, indentation)}` : ` ${inline}\n`}`;
}

/** The lines of a list's items, for dashes at `column`. */
export function itemLines(items: readonly unknown[], column: number, indentation: Indentation): string {
  const dash = `${' '.repeat(column)}- `;
  return items
    .map((item) => {
      const inline = isObject(item) ? undefined : (inlineText(item) ?? flowText(item));
      return dash + (isObject(item) ? mapLines(item, column + 2, indentation) : `${inline}\n`);
    })
    .join('');
}

/** The lines of a list or a map below a key at `column`. */
export function blockLines(value: unknown, column: number, indentation: Indentation): string {
  if (isList(value)) return itemLines(value, column + indentation.ofLists, indentation);
  const inner = column + indentation.ofMaps;
  return isObject(value) ? ' '.repeat(inner) + mapLines(value, inner, indentation) : '';
}

/** A new member of a map whose keys stand at `column`. */
export function newMemberLines(key: string, value: unknown, column: number, indentation: Indentation): string {
  return ' '.repeat(column) + memberLines(key, value, column, indentation);
}
