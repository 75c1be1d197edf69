import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadInCluster, resourcePath, StatusError } from '../../../src/io/kubernetes/index.ts';
import type { Fault } from './api-server.ts';
import {
  apiServer,
  certificates,
  clientOf,
  closeAll,
  folder,
  later,
  plainConnection,
  refusalOf,
  tlsFiles,
  until,
} from './surroundings.ts';

afterEach(closeAll);

const accounts = 'v1/serviceaccounts';
const web = resourcePath({ version: 'v1', resource: 'serviceaccounts', namespace: 'shop', name: 'web' });
const all = resourcePath({ version: 'v1', resource: 'serviceaccounts' });
const accountOf = (name: string, annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace: 'shop', name, annotations },
});

async function plainPair(options = {}) {
  const api = await apiServer();
  return { api, client: clientOf(plainConnection(api), options) };
}

describe('the verbs', () => {
  test('create, get, update, patch in three ways, delete', async () => {
    const { api, client } = await plainPair();
    const collection = resourcePath({ version: 'v1', resource: 'serviceaccounts', namespace: 'shop' });
    const created = await client.create(collection, accountOf('web'));
    expect(created['metadata']).toMatchObject({ name: 'web', resourceVersion: '1001' });
    expect(await client.get(web)).toEqual(created);
    const updated = await client.update(web, accountOf('web', { a: '1' }));
    expect(updated['metadata']).toMatchObject({ annotations: { a: '1' } });
    await client.patch(web, 'merge', { metadata: { annotations: { b: '2' } } });
    await client.patch(web, 'json', [{ op: 'add', path: '/metadata/annotations/c', value: '3' }]);
    const apply = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { annotations: { d: '4' } } };
    await client.patch(web, 'apply', apply, { query: { fieldManager: 'podiam', force: true } });
    expect(api.storage.get(accounts, 'shop', 'web')?.metadata['annotations']).toEqual({
      a: '1',
      b: '2',
      c: '3',
      d: '4',
    });
    await client.delete(web, { body: { preconditions: { uid: 'x' } } });
    expect(api.storage.get(accounts, 'shop', 'web')).toBeUndefined();
    expect(api.requests.map(({ method, headers }) => `${method} ${headers['content-type'] ?? ''}`.trim())).toEqual([
      'POST application/json',
      'GET',
      'PUT application/json',
      'PATCH application/merge-patch+json',
      'PATCH application/json-patch+json',
      'PATCH application/apply-patch+yaml',
      'DELETE application/json',
    ]);
  });

  test('metadata alone is asked for by the Accept header, and lists come in pages', async () => {
    const { api, client } = await plainPair();
    for (const name of ['a', 'b', 'c']) api.put(accounts, { ...accountOf(name), secrets: ['large'] });
    const first = await client.list(all, { limit: 2, metadataOnly: true });
    expect(first.items.map(({ kind, secrets }) => [kind, secrets])).toEqual(
      Array.from({ length: 2 }, () => ['PartialObjectMetadata', undefined]),
    );
    const second = await client.list(all, { limit: 2, continue: first.continue, metadataOnly: true });
    expect([second.items.length, second.continue, second.resourceVersion]).toEqual([
      1,
      undefined,
      first.resourceVersion,
    ]);
    expect(api.requests[0]?.headers.accept).toContain(
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    );
    await client.get(resourcePath({ version: 'v1', resource: 'serviceaccounts', namespace: 'shop', name: 'a' }), {
      metadataOnly: true,
    });
    expect(api.requests.at(-1)?.headers.accept).toContain(
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    );
  });

  test('one connection carries one request after the other', async () => {
    const { api, client } = await plainPair();
    api.putServiceAccount('shop', 'web');
    for (let i = 0; i < 20; i++) await client.get(web);
    expect(api.sockets.size).toBe(1);
  });

  test.each([10, 1000, 60_000])('an answer of some %d bytes that is too large is refused as such', async (length) => {
    const api = await apiServer();
    api.putServiceAccount('shop', 'web', { note: 'x'.repeat(length) });
    const client = clientOf(plainConnection(api), { maxResponseBytes: length });
    const path = resourcePath({ version: 'v1', resource: 'serviceaccounts' });
    expect(await refusalOf(client.list(path))).toBe('kubernetes-answer-too-large');
    expect(await refusalOf(client.list(path, { maxResponseBytes: 5 }))).toBe('kubernetes-answer-too-large');
  });

  test('F1 a connection that nobody uses is not kept for long, and one that carries a watch is', async () => {
    const api = await apiServer();
    const client = clientOf(plainConnection(api), { idleMs: 50 });
    const path = resourcePath({ version: 'v1', resource: 'serviceaccounts' });
    const { message } = await client.watch(path, { resourceVersion: undefined, timeoutSeconds: 60 });
    for (let i = 0; i < 3; i++) {
      await client.list(path);
      expect(api.sockets.size).toBe(2);
      await until(() => api.sockets.size === 1, 'the end of the unused connection');
    }
    expect(message.destroyed).toBe(false);
  });

  test('a kept connection that the server closed meanwhile costs a read nothing', async () => {
    const { api, client } = await plainPair();
    api.putServiceAccount('shop', 'web');
    await client.get(web);
    await api.stop();
    await api.start();
    expect(await client.get(web)).toMatchObject({ metadata: { name: 'web' } });
  });
});

describe('what the API server refuses', () => {
  test('is a StatusError with code, reason, message', async () => {
    const { client } = await plainPair();
    const error: unknown = await client.get(web).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ code: 404, reason: 'NotFound', message: 'NotFound by the test’s API server' });
    expect(error).toMatchObject({ refusal: { code: 'kubernetes-refused' }, isExpired: false });
  });

  test.each<[string, Fault, object]>([
    [
      '429 with Retry-After',
      { status: 429, reason: 'TooManyRequests', retryAfter: 7 },
      { code: 429, retryAfterSeconds: 7 },
    ],
    ['500', { status: 500 }, { code: 500, reason: 'InternalError', retryAfterSeconds: undefined }],
    ['410', { status: 410, reason: 'Expired' }, { code: 410, isExpired: true }],
    ['409', { status: 409, reason: 'Conflict' }, { code: 409, reason: 'Conflict' }],
  ])('%s', async (_, fault, expected) => {
    const { api, client } = await plainPair();
    api.fail(fault);
    expect(await client.get(web).catch((error: unknown) => error)).toMatchObject(expected);
  });

  test('an error without a Status has the HTTP status', async () => {
    const { client } = await plainPair();
    expect(await client.get('/nowhere').catch((error: unknown) => error)).toMatchObject({
      code: 404,
      reason: 'Unknown',
      message: 'HTTP status 404',
    });
  });
});

describe('what keeps an answer from coming', () => {
  test.each<[string, Fault, string]>([
    ['silence', 'hang', 'kubernetes-too-slow'],
    ['a reset', 'reset', 'kubernetes-unreachable'],
    ['half an answer', 'half', 'kubernetes-unreachable'],
    ['A21 an answer without end', 'flood', 'kubernetes-answer-too-large'],
    ['no JSON', { body: '<html>' }, 'kubernetes-answer-malformed'],
    ['JSON that is no object', { body: '[]' }, 'kubernetes-answer-malformed'],
  ])('%s', async (_, fault, code) => {
    const { api, client } = await plainPair({ timeoutMs: 2000, maxResponseBytes: 100_000 });
    api.fail(fault);
    expect(await refusalOf(client.get(web))).toBe(code);
  });

  test('nobody at the port, and a caller who gives up', async () => {
    const api = await apiServer();
    const client = clientOf(plainConnection(api));
    api.fail('hang');
    const controller = new AbortController();
    const asked = client.get(web, { signal: controller.signal });
    const reason = new Error('given up');
    controller.abort(reason);
    expect(await refusalOf(asked)).toBe(reason);
    expect(await refusalOf(client.get(web, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    await api.stop();
    expect(await refusalOf(client.get(web))).toBe('kubernetes-unreachable');
  });

  test('waiting for a connection counts: a request behind one that hangs ends at its own time', async () => {
    const { api, client } = await plainPair({ connections: 1 });
    api.fail('hang', { times: 1 });
    api.putServiceAccount('shop', 'web');
    const controller = new AbortController();
    const first = refusalOf(client.get(web, { signal: controller.signal }));
    expect(await refusalOf(client.get(web, { timeoutMs: 50 }))).toBe('kubernetes-too-slow');
    controller.abort(new Error('given up'));
    expect(await first).toBeInstanceOf(Error);
    expect(await client.get(web)).toMatchObject({ metadata: { name: 'web' } });
    expect(api.requests).toHaveLength(2);
  });

  test.each(['http://evil/', '//evil', '/api/../../x', '/a?b', '/a b', '/a\r\nHost: evil', 'api'])(
    'A18 the path %j is never asked for',
    async (path) => {
      const { api, client } = await plainPair();
      expect(await refusalOf(client.get(path))).toBe('kubernetes-call-malformed');
      expect(api.requests).toHaveLength(0);
    },
  );

  test.each(['..', '.', '', 'a/b', 'a%2fb', 'a\nb', '\uD800'])('A18 the name %j makes no path', (name) => {
    expect(() => resourcePath({ version: 'v1', resource: 'pods', namespace: 'default', name })).toThrow('no name');
  });
});

describe('credentials', () => {
  async function inCluster(rereadMs: number) {
    const first = await certificates();
    const api = await apiServer({ tls: tlsFiles(first), tokens: ['token-1'] });
    const mounted = await folder({ token: 'token-1\n', 'ca.crt': first.caCertificate, namespace: 'podiam-system' });
    const connection = await loadInCluster({ host: '127.0.0.1', port: String(api.port), folder: mounted, rereadMs });
    const client = clientOf(connection);
    api.putServiceAccount('shop', 'web');
    return { api, client, mounted, connection };
  }

  test('in a cluster come from the mounted files', async () => {
    const { api, client, connection } = await inCluster(60_000);
    await client.get(web);
    expect(api.requests[0]?.authorization).toBe('Bearer token-1');
    expect(connection.namespace).toBe('podiam-system');
  });

  test('a rotated token is seen when its file is due, before anything fails', async () => {
    const { api, client, mounted } = await inCluster(0);
    await client.get(web);
    await writeFile(join(mounted, 'token'), 'token-2');
    api.tokens = new Set(['token-2']);
    await client.get(web);
    expect(api.requests.map(({ authorization }) => authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test('a 401 has the token read anew, once', async () => {
    const { api, client, mounted } = await inCluster(60_000);
    await client.get(web);
    await writeFile(join(mounted, 'token'), 'token-2');
    api.tokens = new Set(['token-2']);
    await client.get(web);
    const sent = () => api.requests.map(({ authorization }) => authorization?.slice(-1)).join('');
    expect(sent()).toBe('112');
    api.tokens = new Set();
    expect(await client.get(web).catch((error: unknown) => error)).toMatchObject({ code: 401, reason: 'Unauthorized' });
    expect(sent()).toBe('1122');
  });

  test('a token file that is empty or gone for a moment leaves the last token in use', async () => {
    const { client, mounted } = await inCluster(0);
    await writeFile(join(mounted, 'token'), '');
    await writeFile(join(mounted, 'ca.crt'), 'half a certif');
    expect(await client.get(web)).toMatchObject({ metadata: { name: 'web' } });
  });

  test('a rotated CA is seen at the first failed handshake, and connections in use go on', async () => {
    const { api, client, mounted } = await inCluster(60_000);
    const watch = await client.watch(all, { resourceVersion: '0', timeoutSeconds: 600 });
    const second = await certificates();
    api.setTls(tlsFiles(second));
    await writeFile(join(mounted, 'ca.crt'), second.caCertificate);
    expect(await client.get(web)).toMatchObject({ metadata: { name: 'web' } });
    expect(watch.message.destroyed).toBe(false);
    watch.message.destroy();
  });

  test('A18 a server that the CA does not vouch for is sent nothing', async () => {
    const { api, client } = await inCluster(60_000);
    api.setTls(tlsFiles(await certificates()));
    api.dropConnections();
    expect(await refusalOf(client.get(web))).toBe('kubernetes-unreachable');
    expect(api.requests).toHaveLength(0);
  });

  test('A18 a redirect is not followed, and nobody else sees the token', async () => {
    const { api, client } = await inCluster(60_000);
    const seen: unknown[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    later(() => other.close());
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    api.fail({ location: `http://127.0.0.1:${port}/api` });
    expect(await refusalOf(client.get(web))).toBe('kubernetes-redirected');
    expect(seen).toHaveLength(0);
  });

  test.each([
    [{ host: undefined, port: '443' }, 'kubernetes-not-in-cluster'],
    [{ host: '10.0.0.1', port: undefined }, 'kubernetes-not-in-cluster'],
    [{ host: '10.0.0.1', port: '443' }, 'file-unreadable'],
  ])('outside of a cluster %j are refused: %s', async (given, code) => {
    expect(await refusalOf(loadInCluster({ ...given, folder: '/nowhere' }))).toBe(code);
  });

  test('a mounted token that is none is refused without being quoted', async () => {
    const mounted = await folder({ token: 'secret part\nsecond line', 'ca.crt': 'x' });
    const error: unknown = await loadInCluster({ host: 'h', port: '1', folder: mounted }).catch((e: unknown) => e);
    expect(String(error)).toContain('has characters that no token has');
    expect(String(error)).not.toContain('secret');
  });
});
