// The route table: which action on which resource a request to the protected API is. No route, no access.
import { z } from 'zod';
import { Refusal, refuse } from '../refusals/index.ts';
import { readPath } from './path.ts';

const method = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const rowSchema = z.strictObject({
  method,
  path: z.string().startsWith('/'),
  action: z.string().regex(/^[a-z0-9-]+:[A-Za-z]+$/, 'an action is written service:Verb'),
  resource: z.string().startsWith('arn:'),
});
const tableSchema = z.strictObject({ service: z.string().regex(/^[a-z0-9-]+$/), routes: z.array(rowSchema).min(1) });

type Segment = { readonly literal: string } | { readonly parameter: string };

interface Route {
  readonly method: z.infer<typeof method>;
  readonly path: string;
  readonly segments: readonly Segment[];
  readonly action: string;
  readonly resource: string;
}

export interface RouteTable {
  /** The service name that callers sign for. */
  readonly service: string;
  readonly routes: readonly Route[];
}

/** What a request asks for. */
export interface Operation {
  readonly action: string;
  /** The resource's ARN, in the caller's account. */
  readonly resource: string;
}

const placeholder = /\{(\w+)\}/g;

function segmentsOf(path: string): Segment[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (/^\{\w+\}$/.test(part) ? { parameter: part.slice(1, -1) } : { literal: part }));
}

function couldBothMatch(a: Route, b: Route): boolean {
  if (a.method !== b.method || a.segments.length !== b.segments.length) return false;
  return a.segments.every((segment, i) => {
    const other = b.segments[i];
    return other === undefined || 'parameter' in segment || 'parameter' in other || segment.literal === other.literal;
  });
}

function firstOverlap(routes: readonly Route[]): readonly [Route, Route] | undefined {
  for (const [i, route] of routes.entries()) {
    const other = routes.slice(i + 1).find((later) => couldBothMatch(route, later));
    if (other) return [route, other];
  }
  return undefined;
}

function unknownPlaceholder(route: Route): string | undefined {
  const known = new Set([
    'account',
    ...route.segments.flatMap((part) => ('parameter' in part ? [part.parameter] : [])),
  ]);
  return [...route.resource.matchAll(placeholder)].map(([, name]) => name ?? '').find((name) => !known.has(name));
}

/** Reads a route table from a parsed file. Two routes that could match the same request are an error. */
export function parseRouteTable(value: unknown): RouteTable | Refusal {
  const parsed = tableSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse('route-table-invalid', { where: issue?.path.join('.') ?? '', problem: issue?.message ?? '' });
  }
  const routes = parsed.data.routes.map((row) => ({ ...row, segments: segmentsOf(row.path) }));
  const overlap = firstOverlap(routes);
  if (overlap) {
    const [a, b] = overlap;
    return refuse('route-table-overlap', { method: a.method, first: a.path, second: b.path });
  }
  for (const route of routes) {
    const name = unknownPlaceholder(route);
    if (name !== undefined) {
      return refuse('route-table-invalid', {
        where: route.path,
        problem: `its resource names {${name}}, its path does not`,
      });
    }
  }
  return { service: parsed.data.service, routes };
}

function bind(route: Route, segments: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (route.segments.length !== segments.length) return undefined;
  const bound = new Map<string, string>();
  for (const [i, expected] of route.segments.entries()) {
    const value = segments[i] ?? '';
    if ('parameter' in expected) bound.set(expected.parameter, value);
    else if (expected.literal !== value) return undefined;
  }
  return bound;
}

/**
 * The operation that a request asks for. HEAD is judged as GET.
 * @param path raw, as it will be forwarded
 * @param account the caller's: from its proven session, never from the request
 */
export function matchRoute(
  table: RouteTable,
  request: { readonly method: string; readonly path: string },
  account: string,
): Operation | Refusal {
  const segments = readPath(request.path);
  if (segments instanceof Refusal) return segments;
  const wanted = request.method === 'HEAD' ? 'GET' : request.method;
  for (const route of table.routes) {
    const bound = route.method === wanted ? bind(route, segments) : undefined;
    if (bound) {
      const value = (name: string) => (name === 'account' ? account : (bound.get(name) ?? ''));
      return { action: route.action, resource: route.resource.replace(placeholder, (_, name: string) => value(name)) };
    }
  }
  return refuse('gateway-no-route', { method: request.method, path: request.path });
}
