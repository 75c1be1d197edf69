// Reads one document, YAML or JSON, as Kubernetes reads it, or says where it is malformed and what was expected there.
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import { valueOf } from './place.ts';
import { readPlainYaml } from './read-plain.ts';
import { kubernetesSchema } from './scalars.ts';
import { type Piece, splitJson, splitYaml } from './split.ts';

export interface Input {
  /** The file's name, for people. */
  readonly name: string;
  readonly text: string;
}

export interface ManifestDocument extends Piece {
  readonly file: string;
  readonly format: 'yaml' | 'json';
  /** Undefined for a document without content. */
  readonly value: unknown;
}

/** What the reader would have wanted, by the code of its complaint. */
const expectations: ReadonlyMap<string, string> = new Map([
  ['BAD_INDENT', 'the items of a mapping or list at one indentation'],
  ['TAB_AS_INDENT', 'spaces: YAML takes no tabs for indentation'],
  ['MISSING_CHAR', 'the character that is missing, often a colon, a comma or a closing bracket or quote'],
  ['DUPLICATE_KEY', 'each key once in a mapping'],
  ['BLOCK_AS_IMPLICIT_KEY', 'a colon behind the key, or the value on a line of its own'],
  ['MULTILINE_IMPLICIT_KEY', 'a key on one line, with a colon behind it'],
  ['BAD_ALIAS', 'an alias of an anchor that stands above it'],
]);

function malformed(piece: Piece, file: string, offset: number, problem: { code: string; text: string }): Refusal {
  const before = piece.text.slice(0, offset).split('\n');
  return refuse('manifest-malformed', {
    file,
    line: piece.line + before.length - 1,
    column: (before.at(-1)?.length ?? 0) + 1,
    problem: problem.text,
    expected: expectations.get(problem.code) ?? 'a Kubernetes object in YAML or JSON',
  });
}

interface Duplicate {
  readonly offset: number;
  readonly key: string;
}

function repeatedKey(map: YAMLMap): Duplicate | undefined {
  const seen = new Set<unknown>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value) && key.value !== '<<') return { offset: key.range?.[0] ?? 0, key: String(key.value) };
    seen.add(key.value);
  }
  return undefined;
}

/** Looked for here since the reader's own search takes quadratic time. */
function duplicateBelow(node: unknown): Duplicate | undefined {
  if (isMap(node)) {
    const own = repeatedKey(node);
    if (own) return own;
    for (const { value } of node.items) {
      const below = duplicateBelow(value);
      if (below) return below;
    }
  }
  if (isSeq(node)) {
    for (const item of node.items) {
      const below = duplicateBelow(item);
      if (below) return below;
    }
  }
  return undefined;
}

function parseYaml(text: string): Document {
  return parseDocument(text, {
    version: '1.1',
    schema: kubernetesSchema,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
}

function readYaml(piece: Piece, file: string): ManifestDocument | Refusal {
  const plain = readPlainYaml(piece.text);
  if (plain) return { ...piece, file, format: 'yaml', value: valueOf(plain) };
  try {
    const document = parseYaml(piece.text);
    const [error] = document.errors;
    if (error) return malformed(piece, file, error.pos[0], { code: error.code, text: error.message });
    const duplicate = duplicateBelow(document.contents);
    if (duplicate) {
      const text = `the key ${duplicate.key} is there twice`;
      return malformed(piece, file, duplicate.offset, { code: 'DUPLICATE_KEY', text });
    }
    const value: unknown = isMap(document.contents) ? document.toJS() : undefined;
    return { ...piece, file, format: 'yaml', value };
  } catch {
    // Nested deeper than the stack, or aliases that multiply: neither is a manifest.
    return malformed(piece, file, 0, { code: '', text: 'the document nests or repeats itself without measure' });
  }
}

function readJson(piece: Piece, file: string): ManifestDocument | undefined {
  try {
    const value: unknown = JSON.parse(piece.text);
    return { ...piece, file, format: 'json', value };
  } catch {
    return undefined;
  }
}

/** One JSON object or several; undefined for what is no JSON, which may yet be YAML. */
function readJsonStream(piece: Piece, file: string): readonly ManifestDocument[] | undefined {
  if (piece.hasMarker || !piece.text.trimStart().startsWith('{')) return undefined;
  const pieces = splitJson(piece);
  const documents = pieces?.map((own) => readJson(own, file));
  return documents?.every((document) => document !== undefined) ? documents : undefined;
}

/** The documents of an input in order, each read when it is asked for; ends with the first that is malformed. */
export function* readDocuments({ name, text }: Input): Generator<ManifestDocument | Refusal> {
  for (const piece of splitYaml(text.startsWith('\uFEFF') ? text.slice(1) : text)) {
    const json = readJsonStream(piece, name);
    if (json) yield* json;
    else yield readYaml(piece, name);
  }
}
