// What is known of the objects of one resource: of those of interest what was kept, of all others that they are there.
// A set of names costs some tens of bytes an object, so that 100,000 of no interest fit where 1,000 whole ones would not.
import { keyOf } from './resource.ts';

export type Lookup<Value> = { readonly known: true; readonly value: Value | undefined } | { readonly known: false };

export interface ResourceChange<Value> {
  readonly namespace: string;
  readonly name: string;
  /** Undefined where the object is of no interest any more, or gone. */
  readonly value: Value | undefined;
}

const unknownObject = { known: false } as const;
const plainObject = { known: true, value: undefined } as const;

export class ResourceCache<Value> {
  readonly #kept = new Map<string, Value>();
  readonly #plain = new Set<string>();
  readonly #onChange: (change: ResourceChange<Value>) => void;
  /** What the list under way has brought; undefined between lists. */
  #listed: Set<string> | undefined;

  constructor(onChange: (change: ResourceChange<Value>) => void) {
    this.#onChange = onChange;
  }

  /** Objects that are known to be there. */
  get size(): number {
    return this.#kept.size + this.#plain.size;
  }

  /** Objects of which something was kept. */
  get keptSize(): number {
    return this.#kept.size;
  }

  get(namespace: string, name: string): Lookup<Value> {
    const key = keyOf(namespace, name);
    const value = this.#kept.get(key);
    if (value !== undefined) return { known: true, value };
    return this.#plain.has(key) ? plainObject : unknownObject;
  }

  /** @param value undefined for an object of no interest */
  set(namespace: string, name: string, value: Value | undefined): void {
    const key = keyOf(namespace, name);
    this.#listed?.add(key);
    const wasKept = this.#kept.has(key);
    if (value === undefined) {
      this.#kept.delete(key);
      this.#plain.add(key);
    } else {
      this.#plain.delete(key);
      this.#kept.set(key, value);
    }
    if (wasKept || value !== undefined) this.#onChange({ namespace, name, value });
  }

  delete(namespace: string, name: string): void {
    const key = keyOf(namespace, name);
    this.#plain.delete(key);
    if (this.#kept.delete(key)) this.#onChange({ namespace, name, value: undefined });
  }

  /** From here on it is noted what is set. A list that fails is begun again, and so far nothing was taken away. */
  beginList(): void {
    this.#listed = new Set();
  }

  /** The list is whole: what it did not bring is gone. */
  endList(): void {
    const listed = this.#listed;
    this.#listed = undefined;
    if (listed === undefined || listed.size === this.size) return;
    for (const key of [...this.#kept.keys(), ...this.#plain]) {
      if (listed.has(key)) continue;
      const slash = key.indexOf('/');
      this.delete(key.slice(0, slash), key.slice(slash + 1));
    }
  }

  abandonList(): void {
    this.#listed = undefined;
  }
}
