// A thin client of the Kubernetes API: the verbs over JSON, each answered whole within its time or not at all.
import type { LookupFunction } from 'node:net';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { Connection } from './connection.ts';
import { isObject, type JsonObject, parsedJson, textAt } from './json.ts';
import type { Query } from './paths.ts';
import { createTransport, type Incoming, type Outgoing } from './transport.ts';

export interface ClientOptions {
  /** Milliseconds from sending a request to its answer's last byte. */
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
  /** Connections at most; further requests wait for one within their time. */
  readonly connections?: number;
  /** Milliseconds for which a connection is kept unused. */
  readonly idleMs?: number;
  readonly userAgent?: string;
  /** Which addresses the host has, instead of the system's word; asked for each new connection. */
  readonly lookup?: LookupFunction;
}

export interface CallOptions {
  readonly query?: Query;
  /** Of this answer, where it is less than the client's. */
  readonly maxResponseBytes?: number | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether a write changes nothing, such as a review: on a connection that was closed meanwhile it is sent once more. */
  readonly isSafe?: boolean;
}

export interface ReadOptions extends CallOptions {
  /** Asks for `PartialObjectMetadata`: neither spec nor data of the object. */
  readonly metadataOnly?: boolean;
}

export interface ListOptions extends ReadOptions {
  readonly limit?: number;
  readonly continue?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}

export interface ListPage {
  readonly items: readonly JsonObject[];
  readonly resourceVersion: string;
  /** Where the list goes on; undefined at its end. */
  readonly continue: string | undefined;
}

export interface WatchCall extends ReadOptions {
  /** Where to begin; undefined for now, with an event for each object that is there. */
  readonly resourceVersion: string | undefined;
  readonly timeoutSeconds: number;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** RFC 7386, RFC 6902, and server-side apply, whose query needs `fieldManager`. */
export type PatchKind = 'merge' | 'json' | 'apply';

/**
 * All methods reject with StatusError for what the API server refuses, with RefusedError (`kubernetes-…`) for what keeps
 * an answer from coming, and with the signal's reason. Paths are as `resourcePath` makes them.
 */
export interface KubernetesClient {
  readonly get: (path: string, options?: ReadOptions) => Promise<JsonObject>;
  readonly list: (path: string, options?: ListOptions) => Promise<ListPage>;
  readonly create: (path: string, object: JsonObject, options?: CallOptions) => Promise<JsonObject>;
  readonly update: (path: string, object: JsonObject, options?: CallOptions) => Promise<JsonObject>;
  readonly patch: (path: string, kind: PatchKind, patch: unknown, options?: CallOptions) => Promise<JsonObject>;
  /** @param options `body` takes DeleteOptions, such as preconditions */
  readonly delete: (path: string, options?: CallOptions & { readonly body?: JsonObject }) => Promise<JsonObject>;
  /** The stream of events, begun within the time and then open. */
  readonly watch: (path: string, options: WatchCall) => Promise<Incoming>;
  /** Closes all connections; what is under way fails. */
  readonly close: () => void;
}

const patchTypes: Readonly<Record<PatchKind, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** Servers that cannot reduce an object answer with the whole one, whose metadata stands in the same place. */
function acceptOf(kind: 'PartialObjectMetadata' | 'PartialObjectMetadataList', isReduced: boolean | undefined): string {
  return isReduced === true ? `application/json;as=${kind};g=meta.k8s.io;v=v1, application/json` : 'application/json';
}

export function createKubernetesClient(connection: Connection, options: ClientOptions = {}): KubernetesClient {
  const { timeoutMs = 10_000, maxResponseBytes = 32 * 1024 * 1024, connections = 32, idleMs = 30_000 } = options;
  const { userAgent = 'podiam', lookup } = options;
  const transport = createTransport(connection, { connections, idleMs, userAgent, lookup });

  const ask = async (outgoing: Omit<Outgoing, 'timeoutMs' | 'query'>, call: CallOptions): Promise<JsonObject> => {
    const { query = {}, signal, isSafe, timeoutMs: patience = timeoutMs } = call;
    const incoming = await transport.send({ ...outgoing, query, timeoutMs: patience, signal, isSafe });
    const mostBytes = Math.min(maxResponseBytes, call.maxResponseBytes ?? Infinity);
    const value = parsedJson(await incoming.call.text(incoming.message, mostBytes));
    if (!isObject(value)) throw malformedAnswer('it is no JSON object');
    return value;
  };
  const write = (
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: Outgoing['body'],
    call: CallOptions,
  ) => ask({ method, path, body, accept: 'application/json' }, call);

  return {
    get: (path, options = {}) =>
      ask({ method: 'GET', path, accept: acceptOf('PartialObjectMetadata', options.metadataOnly) }, options),
    list: async (path, options = {}) => {
      const { limit, continue: from, fieldSelector, labelSelector } = options;
      const query = { ...options.query, limit, continue: from, fieldSelector, labelSelector };
      const accept = acceptOf('PartialObjectMetadataList', options.metadataOnly);
      return pageOf(await ask({ method: 'GET', path, accept }, { ...options, query }));
    },
    create: (path, object, options = {}) => write('POST', path, jsonBody(object), options),
    update: (path, object, options = {}) => write('PUT', path, jsonBody(object), options),
    patch: (path, kind, patch, options = {}) => write('PATCH', path, jsonBody(patch, patchTypes[kind]), options),
    delete: (path, options = {}) =>
      write('DELETE', path, options.body === undefined ? undefined : jsonBody(options.body), options),
    watch: async (path, options) => {
      const { resourceVersion, timeoutSeconds, fieldSelector, labelSelector, signal } = options;
      const selection = { fieldSelector, labelSelector, resourceVersion, timeoutSeconds };
      const query = { ...options.query, ...selection, watch: true, allowWatchBookmarks: true };
      const accept = acceptOf('PartialObjectMetadata', options.metadataOnly);
      const patience = options.timeoutMs ?? timeoutMs;
      const incoming = await transport.send({ method: 'GET', path, query, accept, timeoutMs: patience, signal });
      incoming.call.endDeadline();
      return incoming;
    },
    close: transport.close,
  };
}

function jsonBody(value: unknown, type = 'application/json'): { readonly type: string; readonly text: string } {
  return { type, text: JSON.stringify(value) };
}

function malformedAnswer(problem: string): RefusedError {
  return new RefusedError(refuse('kubernetes-answer-malformed', { problem }));
}

function pageOf(list: JsonObject): ListPage {
  const { metadata, items } = list;
  if (!isObject(metadata)) throw malformedAnswer('the list has no metadata');
  // Go writes a list without items as null.
  const given: unknown = items ?? [];
  if (!Array.isArray(given) || !given.every(isObject)) throw malformedAnswer('its items are no list of objects');
  const resourceVersion = textAt(metadata, 'resourceVersion') ?? '';
  return { items: given, resourceVersion, continue: textAt(metadata, 'continue') };
}
