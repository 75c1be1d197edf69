// Lists in pages and watches of the tests' API server.
import type { ServerResponse } from 'node:http';
import { type SeenRequest, statusObject } from './api-messages.ts';
import type { ApiStorage, Change, Place, StoredObject } from './api-storage.ts';

/** A watch that a client has open. */
export interface WatchStream {
  readonly path: string;
  readonly query: URLSearchParams;
  /** While true nothing is sent: neither events nor bookmarks. */
  silent: boolean;
  /** Bytes as they are. */
  readonly raw: (text: string) => void;
  readonly event: (type: string, object: unknown) => void;
  readonly end: () => void;
  readonly reset: () => void;
}

const asksForMetadata = ({ headers }: SeenRequest) => headers.accept?.includes('as=PartialObjectMetadata') === true;

/** As the client asked for it: whole, or its metadata. */
export function represented(seen: SeenRequest, object: StoredObject): unknown {
  if (!asksForMetadata(seen)) return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** `metadata.name=…` and `metadata.namespace=…`, and labels by `key=value`. */
function selects({ query }: SeenRequest, { metadata }: StoredObject): boolean {
  const labels = typeof metadata['labels'] === 'object' && metadata['labels'] !== null ? metadata['labels'] : {};
  const terms = (name: string) => (query.get(name) ?? '').split(',').filter(Boolean);
  const fields = terms('fieldSelector').every((term) => {
    const [field, value] = term.split('=');
    return field === 'metadata.name' ? metadata.name === value : metadata.namespace === value;
  });
  return (
    fields && terms('labelSelector').every((term) => Object.entries(labels).some((pair) => pair.join('=') === term))
  );
}

const tokenOf = (from: number, version: number) => Buffer.from(JSON.stringify({ from, version })).toString('base64url');

function readToken(token: string): { from: number; version: number } {
  const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
  if (typeof value !== 'object' || value === null || !('from' in value) || !('version' in value))
    throw new Error(token);
  return { from: Number(value.from), version: Number(value.version) };
}

export function listPage(seen: SeenRequest, place: Place, storage: ApiStorage, mostPerPage: number) {
  const token = seen.query.get('continue');
  const { from, version } = token === null ? { from: 0, version: storage.version } : readToken(token);
  if (version < storage.compacted) return { status: 410, body: statusObject(410, 'Expired') };
  const isSelective = seen.query.has('fieldSelector') || seen.query.has('labelSelector');
  const stored = storage.list(place.resource, place.namespace);
  const all = isSelective ? stored.filter((object) => selects(seen, object)) : stored;
  const limit = Math.min(Number(seen.query.get('limit') ?? 0) || Infinity, mostPerPage);
  const to = Math.min(all.length, from + limit);
  const rest = to < all.length ? { continue: tokenOf(to, version), remainingItemCount: all.length - to } : {};
  const kind = asksForMetadata(seen) ? 'PartialObjectMetadataList' : 'List';
  const items = all.slice(from, to).map((object) => represented(seen, object));
  return { status: 200, body: { kind, metadata: { resourceVersion: String(version), ...rest }, items } };
}

export interface WatchOpening {
  readonly seen: SeenRequest;
  readonly place: Place;
  readonly response: ServerResponse;
  readonly storage: ApiStorage;
  readonly streams: Set<WatchStream>;
  readonly bookmarkMs: number;
}

export function openWatch({ seen, place, response, storage, streams, bookmarkMs }: WatchOpening): void {
  const stream: WatchStream = {
    path: seen.path,
    query: seen.query,
    silent: false,
    raw: (text) => response.write(text),
    event: (type, object) => response.write(`${JSON.stringify({ type, object })}\n`),
    end: () => response.end(),
    reset: () => response.destroy(),
  };
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  const since = Number(seen.query.get('resourceVersion') ?? storage.version);
  if (since < storage.compacted) {
    stream.event('ERROR', statusObject(410, 'Expired', 'too old resource version'));
    response.end();
    return;
  }
  const send = ({ type, object, resource }: Change) => {
    const isOther =
      resource !== place.resource || (place.namespace ?? object.metadata.namespace) !== object.metadata.namespace;
    if (!stream.silent && !isOther && selects(seen, object)) stream.event(type, represented(seen, object));
  };
  const bookmark = () => {
    const metadata = { resourceVersion: String(storage.version), creationTimestamp: null };
    if (!stream.silent)
      stream.event('BOOKMARK', { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });
  };
  // Without a version, as https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch has it.
  const present = seen.query.has('resourceVersion') ? [] : storage.list(place.resource, place.namespace);
  for (const object of present) send({ type: 'ADDED', resource: place.resource, object, version: since });
  for (const change of storage.since(place.resource, since)) send(change);
  streams.add(stream);
  const stopListening = storage.onChange(send);
  const bookmarks = seen.query.get('allowWatchBookmarks') === 'true' ? setInterval(bookmark, bookmarkMs) : undefined;
  const end = setTimeout(
    () => stream.silent || response.end(),
    Number(seen.query.get('timeoutSeconds') ?? 1800) * 1000,
  );
  response.on('close', () => {
    clearInterval(bookmarks);
    clearTimeout(end);
    stopListening();
    streams.delete(stream);
  });
}
