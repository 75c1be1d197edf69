import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { newApi } from './api.ts';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every `$ref` below a value. */
function* references(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* references(item);
  if (!isObject(value)) return;
  if (typeof value['$ref'] === 'string') yield value['$ref'];
  for (const member of Object.values(value)) yield* references(member);
}

async function documentOf(): Promise<Json> {
  const { send } = await newApi();
  const { json } = await send('GET', '/openapi.json');
  return z.record(z.string(), z.unknown()).parse(json);
}

const operations = (document: Json) =>
  Object.entries(isObject(document['paths']) ? document['paths'] : {}).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).map(([method, operation]) => ({
      path,
      method,
      operation: isObject(operation) ? operation : {},
    })),
  );

describe('the OpenAPI document', () => {
  test('is of version 3.1, names each operation once, and refers to what it has', async () => {
    const document = await documentOf();
    expect(document['openapi']).toBe('3.1.0');
    const ids = operations(document).map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining(['RegisterIssuer', 'ExchangeToken', 'CreateRole', 'Revoke', 'ListAudit']),
    );
    for (const reference of references(document)) expect(reference).toBe('#/components/schemas/Refusal');
  });

  test('has a parameter for each variable of a path', async () => {
    for (const { path, operation } of operations(await documentOf())) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = z.array(z.object({ name: z.string(), in: z.string() })).parse(operation['parameters']);
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(named);
    }
  });

  test('each operation is there, and refuses whoever does not say who they are', async () => {
    const { send } = await newApi();
    const open = new Set(['GetDiscovery', 'GetKeys', 'ExchangeToken']);
    for (const { path, method, operation } of operations(await documentOf())) {
      if (open.has(String(operation['operationId']))) continue;
      const answer = await send(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'));
      expect([path, method, answer.status]).toEqual([path, method, 401]);
    }
  });

  test('A24 a path that is not in it, or reads two ways, is not found; a method that is not taken is told so', async () => {
    const { send } = await newApi();
    for (const path of [
      '/v2',
      '/v2/roles/',
      '/v2//roles',
      '/v2/roles/a%2Fb',
      '/v2/roles/..',
      '/v2/roles/%2e%2e',
      '/v2/nothing',
    ]) {
      expect([path, (await send('GET', path)).status]).toEqual([path, 404]);
    }
    const answer = await send('PUT', '/v2/roles');
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST, GET']);
  });
});
