// The verbs on one object, of the tests' API server.

import jsonPatch from 'fast-json-patch';
import { type SeenRequest, statusObject } from './api-messages.ts';
import { type ApiStorage, mergePatch, type Place, type StoredObject } from './api-storage.ts';
import { represented } from './api-watch.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function isStored(value: unknown): value is StoredObject {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false;
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const failure = (code: number, reason: string): Answer => ({ status: code, body: statusObject(code, reason) });

export function answerVerb(seen: SeenRequest, place: Place, storage: ApiStorage): Answer {
  const { resource, namespace, name } = place;
  if (seen.method === 'POST') return create(seen, place, storage);
  const before = name === undefined ? undefined : storage.get(resource, namespace, name);
  if (seen.method === 'PATCH') return patch(seen, place, storage);
  if (before === undefined || name === undefined) return failure(404, 'NotFound');
  if (seen.method === 'GET') return { status: 200, body: represented(seen, before) };
  if (seen.method === 'DELETE') {
    storage.remove(resource, namespace, name);
    return { status: 200, body: { kind: 'Status', apiVersion: 'v1', status: 'Success' } };
  }
  if (seen.method !== 'PUT') return failure(405, 'MethodNotAllowed');
  const object = parsed(seen.body);
  if (!isStored(object)) return failure(400, 'BadRequest');
  const version = object.metadata['resourceVersion'];
  if (version !== undefined && version !== before.metadata['resourceVersion']) return failure(409, 'Conflict');
  return { status: 200, body: storage.put(resource, object) };
}

function create(seen: SeenRequest, { resource, namespace, name }: Place, storage: ApiStorage): Answer {
  const object = parsed(seen.body);
  // A subresource such as a TokenRequest is echoed.
  if (name !== undefined) return { status: 201, body: object };
  if (!isStored(object)) return failure(400, 'BadRequest');
  if (storage.get(resource, namespace, object.metadata.name)) return failure(409, 'AlreadyExists');
  const metadata = { ...object.metadata, ...(namespace !== undefined && { namespace }) };
  return { status: 201, body: storage.put(resource, { ...object, metadata }) };
}

function patch(seen: SeenRequest, { resource, namespace, name = '' }: Place, storage: ApiStorage): Answer {
  const type = seen.headers['content-type'] ?? '';
  const before = storage.get(resource, namespace, name);
  const isApply = type === 'application/apply-patch+yaml';
  if (isApply && !seen.query.has('fieldManager')) return failure(422, 'Invalid');
  if (before === undefined && !isApply) return failure(404, 'NotFound');
  const given = parsed(seen.body);
  const isOperations = type === 'application/json-patch+json';
  if (!isApply && !isOperations && type !== 'application/merge-patch+json') return failure(415, 'UnsupportedMediaType');
  const named = { metadata: { name, namespace } };
  const after = isOperations ? patched(before, given) : mergePatch(before ?? named, given);
  return isStored(after) ? { status: 200, body: storage.put(resource, after) } : failure(422, 'Invalid');
}

function patched(before: StoredObject | undefined, operations: unknown): unknown {
  return Array.isArray(operations) ? jsonPatch.applyPatch(structuredClone(before), operations).newDocument : undefined;
}
