// Reads what the walls ask about from a TypeScript file: its imports, and the globals that it uses.
import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';

export interface ImportSeen {
  readonly specifier: string;
  /** The file meant, from the repository's root; undefined for packages and built-in modules. */
  readonly target: string | undefined;
  /** The names taken, as the module exports them; `*` for all of it. */
  readonly names: readonly string[];
  readonly line: number;
}

export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly imports: readonly ImportSeen[];
  /** Identifiers, plus `Date.now`, `Math.random` and `new Date()` where they stand. */
  readonly globals: readonly { readonly name: string; readonly line: number }[];
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number };

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'start' in value &&
    typeof value.start === 'number'
  );
}

function* nodesBelow(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesBelow(item);
    return;
  }
  if (!isNode(value)) return;
  yield value;
  for (const [key, child] of Object.entries(value)) {
    const isName = key === 'property' || key === 'key' || key === 'imported' || key === 'exported';
    if (isName && value['computed'] !== true) continue;
    if (typeof child === 'object') yield* nodesBelow(child);
  }
}

const nameOf = (node: unknown) => (isNode(node) && typeof node['name'] === 'string' ? node['name'] : '');

function globalOf(node: Node): string | undefined {
  if (node.type === 'Identifier') return nameOf(node);
  if (node.type === 'MemberExpression') return `${nameOf(node['object'])}.${nameOf(node['property'])}`;
  if (node.type === 'NewExpression' && nameOf(node['callee']) === 'Date') {
    return Array.isArray(node['arguments']) && node['arguments'].length === 0 ? 'new Date()' : undefined;
  }
  return undefined;
}

function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}

/** @param path from the repository's root */
export function readSource(path: string, text: string): SourceFile {
  const { program, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new SyntaxError(`${path}: ${error.message}`);
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const seen = (specifier: string, names: readonly string[], start: number): ImportSeen => ({
    specifier,
    target: targetOf(path, specifier),
    names,
    line: lineAt(start),
  });
  const imports = [
    ...module.staticImports.map((found) =>
      seen(
        found.moduleRequest.value,
        found.entries.map((entry) => entry.importName.name ?? '*'),
        found.start,
      ),
    ),
    ...module.staticExports.flatMap((found) =>
      found.entries.flatMap((entry) =>
        entry.moduleRequest ? [seen(entry.moduleRequest.value, [entry.importName.name ?? '*'], found.start)] : [],
      ),
    ),
    ...module.dynamicImports.map((found) =>
      seen(text.slice(found.moduleRequest.start + 1, found.moduleRequest.end - 1), ['*'], found.start),
    ),
  ];
  const globals = [...nodesBelow(program)].flatMap((node) => {
    const name = globalOf(node);
    return name === undefined ? [] : [{ name, line: lineAt(node.start) }];
  });
  return { path, imports, globals };
}
