// Carries out our own patches without an API server: RFC 6902's `add`, over values that are not changed but replaced.
import { refuse } from '../refusals/index.ts';
import { isList, isObject } from './fields.ts';
import type { AddOperation } from './patch.ts';

type Draft = unknown[] | Record<string, unknown>;

const arrayIndex = /^(?:0|[1-9]\d{0,8})$/;

/** The pointer's reference tokens (RFC 6901, section 4); undefined for what is no pointer. */
function tokensOf(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Copies of the patched document's nodes, each copied once however many operations pass through it. */
class Drafts {
  /** Each draft by itself: the originals are not keys, since one may stand in two places. */
  readonly #drafts = new WeakMap<object, Draft>();

  of(value: unknown): Draft | undefined {
    if (isList(value)) return this.#drafts.get(value) ?? this.#keep([...value]);
    return isObject(value) ? (this.#drafts.get(value) ?? this.#keep({ ...value })) : undefined;
  }

  #keep(draft: Draft): Draft {
    this.#drafts.set(draft, draft);
    return draft;
  }
}

function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The child under a token as a draft of its own, put in place of the original. */
function descend(parent: Draft, token: string, drafts: Drafts): Draft | undefined {
  if (Array.isArray(parent)) {
    const index = arrayIndex.test(token) ? Number(token) : -1;
    const child = drafts.of(parent[index]);
    if (child !== undefined) parent[index] = child;
    return child;
  }
  const child = Object.hasOwn(parent, token) ? drafts.of(parent[token]) : undefined;
  if (child !== undefined) setMember(parent, token, child);
  return child;
}

/** RFC 6902, section 4.1. @returns whether there was a place to add at */
function addAt(target: Draft, token: string, value: unknown): boolean {
  if (!Array.isArray(target)) {
    setMember(target, token, value);
    return true;
  }
  const index = token === '-' ? target.length : arrayIndex.test(token) ? Number(token) : -1;
  if (index < 0 || index > target.length) return false;
  target.splice(index, 0, value);
  return true;
}

function applyOne(root: Draft, { path, value }: AddOperation, drafts: Drafts): boolean {
  const tokens = tokensOf(path);
  const last = tokens?.at(-1);
  if (tokens === undefined || last === undefined) return false;
  let target: Draft | undefined = root;
  for (const token of tokens.slice(0, -1)) {
    target = descend(target, token, drafts);
    if (target === undefined) return false;
  }
  return addAt(target, last, value);
}

/**
 * The document with the operations carried out in order; the document itself stays as it was, and what they do not
 * touch is shared. @returns `patch-path-missing` for an operation that has no place
 */
export function applyPatch(document: unknown, operations: readonly AddOperation[]): unknown {
  const drafts = new Drafts();
  let result = document;
  for (const operation of operations) {
    if (operation.path === '') {
      result = operation.value;
      continue;
    }
    const root = drafts.of(result);
    if (root === undefined || !applyOne(root, operation, drafts)) {
      return refuse('patch-path-missing', { path: operation.path });
    }
    result = root;
  }
  return result;
}
