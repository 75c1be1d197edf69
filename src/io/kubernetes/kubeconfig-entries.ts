// Kubeconfig files as they are written (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/): read, their
// entries looked up by name, and several merged as kubectl merges the list in KUBECONFIG.
import { dirname, isAbsolute, join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { isObject, type JsonObject } from './json.ts';

/** An object of a kubeconfig, with where it stands. */
export interface Entry {
  readonly file: string;
  /** Such as `clusters[0].cluster`; empty for the whole file. */
  readonly field: string;
  readonly value: JsonObject;
}

type Section = 'clusters' | 'users' | 'contexts';
const members = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;

export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly currentContext: string | undefined;
  /** The files, for refusals that regard all of them. */
  readonly files: string;
}

const largestFile = 4 * 1024 * 1024;

export function malformed({ file, field }: Pick<Entry, 'file' | 'field'>, problem: string): RefusedError {
  return new RefusedError(refuse('kubeconfig-malformed', { file, field, problem }));
}

export function unsupported(
  { file, field }: Pick<Entry, 'file' | 'field'>,
  problem: string,
  solution: string,
): RefusedError {
  return new RefusedError(refuse('kubeconfig-unsupported', { file, field, problem, solution }));
}

/** The place of a member of `entry`. */
export function placeOf({ file, field }: Entry, member: string): Pick<Entry, 'file' | 'field'> {
  return { file, field: field === '' ? member : `${field}.${member}` };
}

/** The member's text; undefined where it is absent, null or empty, which kubectl takes for absent, too. */
export function optionalText(entry: Entry, member: string): string | undefined {
  const value = entry.value[member];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw malformed(placeOf(entry, member), 'is no text');
  return value;
}

export function optionalFlag(entry: Entry, member: string): boolean {
  const value = entry.value[member];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw malformed(placeOf(entry, member), 'is neither true nor false');
  return value;
}

export function optionalList(entry: Entry, member: string): readonly unknown[] {
  const value = entry.value[member];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(placeOf(entry, member), 'is no list');
  return value;
}

/** Paths are relative to the file that names them. */
export function pathAt(entry: Entry, member: string): string | undefined {
  const path = optionalText(entry, member);
  if (path === undefined || isAbsolute(path)) return path;
  return join(dirname(entry.file), path);
}

const base64Shape = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/** A text in base64, as `…-data` members are. */
export function dataAt(entry: Entry, member: string): string | undefined {
  const data = optionalText(entry, member);
  if (data === undefined) return undefined;
  if (!base64Shape.test(data)) throw malformed(placeOf(entry, member), 'is no base64');
  return Buffer.from(data, 'base64').toString('utf8');
}

/** @throws RefusedError `kubeconfig-malformed` */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const root: Entry = { file, field: '', value: rootOf(text, file) };
  const currentContext = optionalText(root, 'current-context');
  return {
    clusters: namedEntries(root, 'clusters'),
    users: namedEntries(root, 'users'),
    contexts: namedEntries(root, 'contexts'),
    currentContext,
    files: file,
  };
}

function rootOf(text: string, file: string): JsonObject {
  const whole = { file, field: 'the file' };
  if (text.length > largestFile) throw malformed(whole, `is larger than ${largestFile} characters`);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    // The parser's message could quote what stands there; its code does not.
    throw malformed(whole, `is no YAML at line ${line}, column ${col} (${error.code})`);
  }
  const value = valueOf(() => document.toJS(), whole);
  if (value === null) return {};
  if (!isObject(value)) throw malformed(whole, 'is no mapping');
  const kind = value['kind'];
  if (kind !== undefined && kind !== null && kind !== '' && kind !== 'Config') {
    throw malformed({ file, field: 'kind' }, 'is not Config');
  }
  return value;
}

/** Aliases that multiply are where a small text becomes a large value. */
function valueOf(read: () => unknown, whole: Pick<Entry, 'file' | 'field'>): unknown {
  try {
    return read();
  } catch {
    throw malformed(whole, 'has aliases that cannot be resolved');
  }
}

function namedEntries(root: Entry, section: Section): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const { file } = root;
  for (const [index, item] of optionalList(root, section).entries()) {
    const field = `${section}[${index}]`;
    if (!isObject(item)) throw malformed({ file, field }, 'is no mapping');
    const name = optionalText({ file, field, value: item }, 'name');
    if (name === undefined) throw malformed({ file, field: `${field}.name` }, 'is missing');
    if (entries.has(name)) throw malformed({ file, field: `${field}.name` }, `is ${name}, which is there already`);
    const member = members[section];
    const value = item[member] ?? {};
    if (!isObject(value)) throw malformed({ file, field: `${field}.${member}` }, 'is no mapping');
    entries.set(name, { file, field: `${field}.${member}`, value });
  }
  return entries;
}

/** The first file that has a cluster, user or context of a name, or a current context, decides it: whole, nothing of the later ones. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const first = (section: Section) => new Map(configs.toReversed().flatMap((config) => [...config[section]]));
  return {
    clusters: first('clusters'),
    users: first('users'),
    contexts: first('contexts'),
    currentContext: configs.find(({ currentContext }) => currentContext !== undefined)?.currentContext,
    files: configs.map(({ files }) => files).join(', '),
  };
}
