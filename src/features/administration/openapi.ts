// The OpenAPI 3.1 document, from the very schemas that validate: what it says cannot differ from what is taken.
import { z } from 'zod';
import { isObject, type JsonObject } from '../../core/wire/index.ts';
import type { AdministrationPorts } from './ports.ts';
import type { Route } from './route.ts';

/** As JSON Schema 2020-12, which OpenAPI 3.1 has; without the member that only a whole schema document has. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

const pathParameters = (path: string) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters(query: z.ZodType): readonly JsonObject[] {
  const { properties, required } = schemaOf(query, 'output');
  if (!isObject(properties)) return [];
  const optional = schemaOf(query, 'input')['required'];
  const needed = new Set(Array.isArray(optional) ? optional : Array.isArray(required) ? [] : []);
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = isObject(schema) ? schema : {};
    return {
      name,
      in: 'query',
      required: needed.has(name),
      ...(typeof description === 'string' && { description }),
      schema: rest,
    };
  });
}

/** A body may stand whole in one member, as Vultr's clients send it. */
function requestBody({ body, envelope }: Route): JsonObject {
  const schema = schemaOf(body, 'input');
  const isNothing = isObject(schema['properties']) && Object.keys(schema['properties']).length === 0;
  if (isNothing) return {};
  const wrapped = envelope && {
    type: 'object',
    properties: { [envelope]: schema },
    required: [envelope],
    additionalProperties: false,
  };
  const taken = wrapped ? { anyOf: [schema, wrapped] } : schema;
  return { requestBody: { required: true, content: { 'application/json': { schema: taken } } } };
}

function responses({ answer }: Route): JsonObject {
  const refusal = {
    description: 'Refused.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
  };
  if (!answer) return { 204: { description: 'Done.' }, default: refusal };
  const { status = 200, description, schema } = answer;
  const content = schema && { content: { 'application/json': { schema: schemaOf(schema, 'output') } } };
  return { [status]: { description, ...content }, default: refusal };
}

function operationOf(route: Route): JsonObject {
  const { action, audience, id, path, query, summary } = route;
  const who = action === undefined ? {} : { description: `A session needs ${action}.` };
  return {
    operationId: id,
    summary,
    ...who,
    tags: [path.split('/')[2] ?? ''],
    ...(audience === 'anyone' && id !== 'ExchangeToken' && { security: [] }),
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...requestBody(route),
    responses: responses(route),
  };
}

const refusalSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'As the protocol’s clients know it.' },
    message: { type: 'string' },
    remedy: { type: 'string' },
    reason: { type: 'string', description: 'The code of docs/refusals.md.' },
    requestId: { type: 'string', description: 'Under which the platform’s log and audit record have it.' },
  },
};

export function openApiDocument(
  routes: readonly Route[],
  { provider, version }: Pick<AdministrationPorts, 'provider' | 'version'>,
): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Podiam',
      version,
      description: 'Issuers, roles, policies, sessions, revocations and the audit record of a platform.',
    },
    ...(provider.publicUrl !== '' && { servers: [{ url: provider.publicUrl }] }),
    security: [{ bearer: [] }, { signature: [] }],
    paths,
    components: {
      schemas: { Refusal: refusalSchema },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A root key as ACCESS-KEY-ID.SECRET, a session’s Bearer string, or an operator key.',
        },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'AWS Signature Version 4 for the service podiam.',
        },
      },
    },
  };
}
