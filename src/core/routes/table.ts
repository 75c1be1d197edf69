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

/** The one name that the path does not choose: whatever the request says, it stands for the caller's own account. */
const ownAccount = 'account';

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

const parametersOf = ({ segments }: Route) => segments.flatMap((part) => ('parameter' in part ? [part.parameter] : []));

/** What is wrong with one route: it would never match, or match something else than its author meant. */
type RouteRule = (route: Route) => string | undefined;

/** Requests are compared by their decoded segments, so none of these could ever match. */
const pathIsDecoded: RouteRule = ({ path }) => {
  const sign = ['?', '#', '%'].find((candidate) => path.includes(candidate));
  return sign === undefined ? undefined : `its path has a ${sign}; write it decoded and without a query`;
};

const pathIsUnambiguous: RouteRule = ({ path }) => {
  const read = readPath(path);
  return read instanceof Refusal ? read.sentence.replace(/\.$/, '') : undefined;
};

const parametersAreWhole: RouteRule = ({ segments }) => {
  const half = segments.flatMap((part) => ('literal' in part ? [part.literal] : [])).find((text) => /[{}]/.test(text));
  return half === undefined
    ? undefined
    : `its segment ${half} is neither plain text nor one parameter such as {id}, named in letters, digits and _`;
};

const parametersAreDistinct: RouteRule = (route) => {
  const names = parametersOf(route);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  return repeated === undefined ? undefined : `its path has {${repeated}} twice`;
};

const resourceIsKnown: RouteRule = (route) => {
  const known = new Set([ownAccount, ...parametersOf(route)]);
  const names = [...route.resource.matchAll(placeholder)].map(([, name]) => name ?? '');
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) return `its resource names {${unknown}}, its path does not`;
  return /[{}]/.test(route.resource.replace(placeholder, ''))
    ? 'its resource has a brace that is no {name}'
    : undefined;
};

/** `arn`, partition, service, region and account; behind the fifth colon all is the resource's own. */
const headParts = 5;

/** Policies are matched part by part: what a path says must not reach into the parts before the resource's own. */
const resourceIsArn: RouteRule = ({ resource }) => {
  const parts = resource.split(':');
  if (parts.length <= headParts) return `its resource ${resource} has not the six parts of an ARN`;
  const head = parts.slice(0, headParts).join(':');
  const name = [...head.matchAll(placeholder)].map(([, name]) => name).find((name) => name !== ownAccount);
  return name === undefined ? undefined : `its resource has {${name}} before its own part`;
};

const routeRules: readonly RouteRule[] = [
  pathIsDecoded,
  pathIsUnambiguous,
  parametersAreWhole,
  parametersAreDistinct,
  resourceIsKnown,
  resourceIsArn,
];

function firstProblem(route: Route): string | undefined {
  for (const rule of routeRules) {
    const problem = rule(route);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Reads a route table from a parsed file. Two routes that could match the same request are an error. */
export function parseRouteTable(value: unknown): RouteTable | Refusal {
  const parsed = tableSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse('route-table-invalid', { where: issue?.path.join('.') ?? '', problem: issue?.message ?? '' });
  }
  const routes = parsed.data.routes.map((row) => ({ ...row, segments: segmentsOf(row.path) }));
  for (const route of routes) {
    const problem = firstProblem(route);
    if (problem !== undefined) return refuse('route-table-invalid', { where: route.path, problem });
  }
  const overlap = firstOverlap(routes);
  if (overlap) {
    const [a, b] = overlap;
    return refuse('route-table-overlap', { method: a.method, first: a.path, second: b.path });
  }
  return { service: parsed.data.service, routes };
}

/** The names' values where the route matches. A path that names another account than the caller's matches nothing. */
function bind(route: Route, segments: readonly string[], account: string): ReadonlyMap<string, string> | undefined {
  if (route.segments.length !== segments.length) return undefined;
  const bound = new Map([[ownAccount, account]]);
  for (const [i, expected] of route.segments.entries()) {
    const value = segments[i] ?? '';
    const fixed = 'literal' in expected ? expected.literal : bound.get(expected.parameter);
    if (fixed !== undefined && fixed !== value) return undefined;
    if ('parameter' in expected) bound.set(expected.parameter, value);
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
    const bound = route.method === wanted ? bind(route, segments, account) : undefined;
    if (bound) {
      const resource = route.resource.replace(placeholder, (_, name: string) => bound.get(name) ?? '');
      return { action: route.action, resource };
    }
  }
  return refuse('gateway-no-route', { method: request.method, path: request.path });
}
