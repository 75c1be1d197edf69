// A YAML document as it stands in its text: what is where, so that something can be put beside it.

interface Place {
  /** Offsets in the text; of a block collection, from its first key or dash to the line behind its last content. */
  readonly start: number;
  readonly end: number;
  /** Whether the node has an anchor or a tag: what is added to it may show elsewhere, or stand wrongly. */
  readonly marked: boolean;
}

export interface PlacedScalar extends Place {
  readonly kind: 'scalar';
  readonly value: unknown;
}

/** What stands in for a node that is elsewhere, or is written in a way that nothing can be put beside. */
export interface Elsewhere extends Place {
  readonly kind: 'elsewhere';
}

export interface PlacedPair {
  readonly key: string;
  readonly keyEnd: number;
  readonly value: PlacedNode;
}

export interface PlacedMap extends Place {
  readonly kind: 'map';
  /** Whether it is written in braces. */
  readonly flow: boolean;
  /** Of its keys, from 0; without meaning in braces. */
  readonly column: number;
  readonly pairs: readonly PlacedPair[];
}

export interface PlacedList extends Place {
  readonly kind: 'list';
  /** Whether it is written in brackets. */
  readonly flow: boolean;
  /** Of its dashes, from 0. */
  readonly column: number;
  readonly items: readonly PlacedNode[];
}

export type PlacedNode = PlacedScalar | Elsewhere | PlacedMap | PlacedList;

/** Where the line that holds `offset` ends, its newline included. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline < 0 ? text.length : newline + 1;
}

/** How many characters stand before `offset` in its line. */
export function columnAt(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** The document's value. Of a tree without marks, where nothing stands elsewhere. */
export function valueOf(node: PlacedNode): unknown {
  if (node.kind === 'list') return node.items.map(valueOf);
  if (node.kind !== 'map') return node.kind === 'scalar' ? node.value : undefined;
  const value: Record<string, unknown> = {};
  for (const pair of node.pairs) value[pair.key] = valueOf(pair.value);
  return value;
}
