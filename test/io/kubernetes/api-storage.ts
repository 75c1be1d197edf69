// What the tests' API server holds: objects by resource, versions that only grow, and a history that can be forgotten.

export type Metadata = Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
export type StoredObject = Readonly<Record<string, unknown>> & { readonly metadata: Metadata };

export interface Place {
  /** Group, version and resource, such as `v1/serviceaccounts`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly object: StoredObject;
  readonly version: number;
}

/** Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`. */
export function placeAt(path: string): Place | undefined {
  const [root, ...rest] = path.split('/').slice(1).map(decodeURIComponent);
  const groupParts = root === 'api' ? 1 : root === 'apis' ? 2 : 0;
  if (groupParts === 0 || rest.length <= groupParts) return undefined;
  const group = rest.slice(0, groupParts).join('/');
  let parts = rest.slice(groupParts);
  let namespace: string | undefined;
  if (parts[0] === 'namespaces' && parts.length > 2) {
    namespace = parts[1];
    parts = parts.slice(2);
  }
  const [resource, name, subresource] = parts;
  return { resource: `${group}/${resource}`, namespace, name, subresource };
}

const keyOf = (object: StoredObject) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

export class ApiStorage {
  version = 1000;
  /** Versions below it are forgotten: watches and lists from them are answered 410. */
  compacted = 0;
  readonly #objects = new Map<string, Map<string, StoredObject>>();
  /** Sorted once for all pages of a list. */
  readonly #sorted = new Map<string, readonly StoredObject[]>();
  #history: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(resource: string, namespace: string | undefined, name: string): StoredObject | undefined {
    return this.#objects.get(resource)?.get(`${namespace ?? ''}/${name}`);
  }

  /** In the order of namespace and name, those behind `after`. */
  list(resource: string, namespace: string | undefined): readonly StoredObject[] {
    const objects = this.#sorted.get(resource) ?? this.#sort(resource);
    return namespace === undefined ? objects : objects.filter(({ metadata }) => metadata.namespace === namespace);
  }

  #sort(resource: string): readonly StoredObject[] {
    const all = [...(this.#objects.get(resource)?.entries() ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    const objects = all.map(([, object]) => object);
    this.#sorted.set(resource, objects);
    return objects;
  }

  put(resource: string, object: StoredObject): StoredObject {
    const objects = this.#objects.get(resource) ?? new Map<string, StoredObject>();
    this.#objects.set(resource, objects);
    const before = objects.get(keyOf(object));
    const uid = before?.metadata['uid'] ?? `uid-${this.version}`;
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(++this.version) } };
    objects.set(keyOf(object), stored);
    this.#record({ type: before ? 'MODIFIED' : 'ADDED', resource, object: stored, version: this.version });
    return stored;
  }

  remove(resource: string, namespace: string | undefined, name: string): StoredObject | undefined {
    const objects = this.#objects.get(resource);
    const object = objects?.get(`${namespace ?? ''}/${name}`);
    if (object === undefined) return undefined;
    objects?.delete(keyOf(object));
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.version) } };
    this.#record({ type: 'DELETED', resource, object: last, version: this.version });
    return last;
  }

  since(resource: string, version: number): readonly Change[] {
    return this.#history.filter((change) => change.resource === resource && change.version > version);
  }

  /** Forgets the history, as etcd's compaction does. */
  compact(): void {
    this.compacted = ++this.version;
    this.#history = [];
  }

  #record(change: Change): void {
    this.#sorted.delete(change.resource);
    this.#history.push(change);
    for (const listener of this.#listeners) listener(change);
  }
}

/** JSON Merge Patch (RFC 7386), which also stands for server-side apply here. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}
