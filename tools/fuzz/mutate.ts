// One review bent: in its text, or in a value of its tree.
import type { Chance } from './chance.ts';
import { accounts } from './corpus.ts';

type Corpus = readonly [string, ...string[]];

const fragments = [
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  '-',
  '1e999',
  '\u0000',
  '\u00ff',
  '😀',
  '"__proto__":{"a":1},',
  '"constructor":{"prototype":{}},',
  '"request":null,',
  '"uid":"v",',
  '../',
  '%00',
  '\r\n\r\n',
] as const;

/** Deep, wide and long, but not so that making them is what takes the time. */
const nested = `${'['.repeat(200)}${']'.repeat(200)}`;
const longest = 1_000_000;
const long = 'x'.repeat(5000);

const values = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  '',
  ' ',
  'a',
  'Pod',
  '/',
  '..',
  long,
  '\ud800',
  [],
  {},
  [null],
  [[]],
  [{}],
  [1, 'a', {}],
  { name: null },
  { name: '' },
  { name: 'app', env: {} },
  { a: { a: { a: 1 } } },
  'arn:aws:iam::111122223333:role/x',
  '*',
  '999999999999999999999',
] as const;

function mutateText(text: string, chance: Chance, corpus: Corpus): string {
  const at = chance.below(text.length + 1);
  const until = Math.min(text.length, at + 1 + chance.below(chance.is(0.2) ? 500 : 5));
  const ways = [
    () => text.slice(0, at),
    () => text.slice(at),
    () => text.slice(0, at) + text.slice(until),
    () => text.slice(0, until) + text.slice(at),
    () => text.slice(0, at) + chance.pick(fragments) + text.slice(at),
    () => text.slice(0, at) + chance.pick(fragments) + text.slice(until),
    () => text.slice(0, at) + String.fromCharCode(chance.below(256)) + text.slice(at + 1),
    () => text.slice(0, at) + chance.pick(corpus).slice(chance.below(500)),
    () => text.replace(/:(?:null|"[^"]*"|\d+)/, `:${nested}`),
  ] as const;
  return chance.pick(ways)();
}

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** All lists and objects of the tree that have something in them. */
function containersOf(root: Container): [Container, ...Container[]] {
  const found: [Container, ...Container[]] = [root];
  for (const container of found) {
    for (const value of Object.values(container)) {
      if (isContainer(value) && Object.keys(value).length > 0) found.push(value);
    }
  }
  return found;
}

function put(container: Container, key: string, value: unknown): void {
  if (Array.isArray(container) && !/^\d+$/.test(key)) {
    container.push(value);
    return;
  }
  // An assignment to `__proto__` would make it no member.
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function bend(container: Container, key: string, chance: Chance): void {
  const value: unknown = Object.getOwnPropertyDescriptor(container, key)?.value;
  const ways = [
    () => put(container, key, structuredClone(chance.pick(values))),
    () => put(container, key, structuredClone(chance.pick(values))),
    () => put(container, key, [value]),
    () => put(container, key, { [key]: value }),
    () => put(container, key, JSON.stringify(value)),
    () => Reflect.deleteProperty(container, key),
    () => put(container, chance.pick(['__proto__', 'constructor', 'toString', '', 'length', key.toUpperCase()]), value),
    () =>
      Array.isArray(container) &&
      container.push(...Array.from({ length: chance.below(chance.is(0.1) ? 200 : 5) }, () => value)),
    () => put(container, 'serviceAccountName', chance.pick(accounts)),
  ] as const;
  chance.pick(ways)();
}

function mutateTree(text: string, chance: Chance): string {
  const root: unknown = JSON.parse(text);
  if (!isContainer(root)) return text;
  for (let times = 1 + chance.below(3); times > 0; times--) {
    const container = chance.pick(containersOf(root));
    const [first = '', ...others] = Object.keys(container);
    bend(container, chance.pick([first, ...others]), chance);
  }
  const bent = JSON.stringify(root);
  return bent.length > longest ? text : bent;
}

/** Another review each time, in most cases one that no API server would send. */
export function mutate(corpus: Corpus, chance: Chance): string {
  const text = chance.pick(corpus);
  if (chance.is(0.02)) return text;
  if (chance.is(0.5)) return mutateTree(text, chance);
  return mutateText(chance.is(0.3) ? mutateTree(text, chance) : text, chance, corpus);
}
