// Finds in a test file what its tests show of which numbered fault or attack.
import { parseSync } from 'oxc-parser';

export interface Shown {
  /** Such as `F3` or `A15`. */
  readonly number: string;
  /** Without the number; `…` stands for what differs from case to case. */
  readonly title: string;
  readonly file: string;
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The list in a node's field; empty where it has none. */
function listAt(node: unknown, field: string): readonly unknown[] {
  const value: unknown = isNode(node) ? node[field] : undefined;
  return Array.isArray(value) ? value : [];
}

const fieldOf = (node: unknown, field: string): unknown => (isNode(node) ? node[field] : undefined);

function cookedOf(quasi: unknown): string {
  const value = fieldOf(quasi, 'value');
  return typeof value === 'object' && value !== null && 'cooked' in value ? String(value.cooked) : '';
}

/** The text of a literal; of a template, with `…` for its expressions. Undefined for anything else. */
function textOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'TemplateLiteral') return listAt(node, 'quasis').map(cookedOf).join('…');
  return node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : undefined;
}

const isText = (text: string | undefined) => text !== undefined;

/** The name that a call begins with: `test` in `test.each(cases)('title', …)`. */
function rootName(node: unknown): string {
  if (!isNode(node)) return '';
  const { name } = node;
  if (node.type === 'Identifier') return typeof name === 'string' ? name : '';
  return rootName(node.type === 'MemberExpression' ? node['object'] : node['callee']);
}

const frames = new Set(['describe', 'test', 'it']);

/** The node of a test's or a group's title. */
function titleNode(node: Node): unknown {
  if (node.type !== 'CallExpression' || !frames.has(rootName(node['callee']))) return undefined;
  const [first] = listAt(node, 'arguments');
  return textOf(first) === undefined ? undefined : first;
}

interface Numbered {
  readonly numbers: readonly string[];
  readonly rest: string;
}

/** The numbers at the start of a text. */
function readNumbers(text: string): Numbered {
  const [prefix = ''] = /^(?:[FA]\d{1,2}(?:, | |$))+/.exec(text) ?? [];
  return { numbers: prefix.match(/[FA]\d+/g) ?? [], rest: text.slice(prefix.length) };
}

const placeholder = /%[.\d]*[sjdiof]|\$[a-z]\w*/gi;

/** The expression itself, without what TypeScript says of it. */
function bare(node: unknown): unknown {
  return isNode(node) && /^TS(?:As|Satisfies)Expression$/.test(node.type) ? bare(node['expression']) : node;
}

/** What a case calls itself: its first text. */
function nameOfCase(node: unknown): string | undefined {
  const row = bare(node);
  if (fieldOf(row, 'type') === 'ArrayExpression') return textOf(listAt(row, 'elements')[0]);
  const texts = listAt(row, 'properties').map((property) => textOf(fieldOf(property, 'value')));
  return textOf(row) ?? texts.find(isText);
}

/** A row of cases that has the number as its first text: the texts behind it, and the names of its cases. */
function rowOf(node: Node): string | undefined {
  const [first, ...others] = node.type === 'ArrayExpression' ? listAt(node, 'elements') : [];
  const number = textOf(first);
  if (number === undefined || !/^[FA]\d{1,2}$/.test(number)) return undefined;
  const texts = others.map(textOf).filter(isText);
  const keys = others
    .flatMap((other) => listAt(other, 'properties'))
    .map((property) => fieldOf(property, 'key'))
    .map((key) => textOf(key) ?? rootName(key));
  return `${number} ${texts.join(' ')}${keys.length === 0 ? '' : `: ${keys.join(', ')}`}`;
}

/** The lists of cases that stand in constants of their own. */
function constantsOf(body: readonly unknown[]): ReadonlyMap<string, unknown> {
  const declarations = body.flatMap((node) => listAt(node, 'declarations'));
  return new Map(declarations.map((one) => [rootName(fieldOf(one, 'id')), bare(fieldOf(one, 'init'))]));
}

class Finder {
  readonly found: Shown[] = [];
  readonly #file: string;
  readonly #constants: ReadonlyMap<string, unknown>;
  readonly #titles = new Set<unknown>();

  constructor(file: string, body: readonly unknown[]) {
    this.#file = file;
    this.#constants = constantsOf(body);
  }

  /** @param around what the innermost numbered group says */
  visit(value: unknown, around: Numbered): void {
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, around);
    } else if (isNode(value)) {
      const inside = this.#look(value, around);
      for (const child of Object.values(value)) {
        if (typeof child === 'object') this.visit(child, inside);
      }
    }
  }

  #look(node: Node, around: Numbered): Numbered {
    const title = titleNode(node);
    if (title !== undefined) return this.#frame(node, title, around);
    const text = rowOf(node) ?? (this.#titles.has(node) ? undefined : textOf(node));
    // Cases bring their numbers in their data.
    const { numbers, rest } = readNumbers(text ?? '');
    if (rest !== '') this.#add(numbers, rest);
    return around;
  }

  #frame(node: Node, title: unknown, around: Numbered): Numbered {
    this.#titles.add(title);
    const { numbers, rest } = readNumbers(this.#inFull(node, textOf(title) ?? ''));
    if (rootName(node['callee']) === 'describe') return numbers.length > 0 ? { numbers, rest } : around;
    if (numbers.length > 0) this.#add(numbers, rest);
    else this.#add(around.numbers, around.rest === '' ? rest : `${around.rest}: ${rest}`);
    return around;
  }

  /** With the names of its cases, where the title leaves them open. */
  #inFull(node: Node, title: string): string {
    const open = title.replace(placeholder, '…');
    if (open === title) return title;
    const names = this.#casesOf(node).filter((name) => readNumbers(name).numbers.length === 0);
    return names.length === 0 ? open : `${open}: ${names.join('; ')}`;
  }

  /** The names of the cases that a test or a group runs through; none where they are not written down. */
  #casesOf({ callee }: Node): readonly string[] {
    const [given] = listAt(callee, 'arguments');
    const cases = this.#constants.get(rootName(given)) ?? bare(given);
    return listAt(cases, 'elements').map(nameOfCase).filter(isText);
  }

  #add(numbers: readonly string[], title: string): void {
    // What a test sends on purpose need not be readable; a page has to be.
    const readable = title.toWellFormed().replace(/\p{Cc}+/gu, ' ');
    for (const number of numbers) this.found.push({ number, title: readable, file: this.#file });
  }
}

/** @param file the path that the page is to name */
export function findNumberedTests(file: string, source: string): readonly Shown[] {
  const { program } = parseSync(file, source);
  const finder = new Finder(file, program.body);
  finder.visit(program, { numbers: [], rest: '' });
  return finder.found;
}
