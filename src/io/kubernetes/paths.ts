// Paths of the Kubernetes API (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris), whose names
// may come from strangers: one that would lead elsewhere is refused before anything is sent.
import { RefusedError, refuse } from '../../core/refusals/index.ts';

export interface Resource {
  /** Absent for the core group. */
  readonly group?: string;
  readonly version: string;
  /** Plural and in lower case, such as `serviceaccounts`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Such as `token`, `status`. */
  readonly subresource?: string;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** @throws RefusedError `kubernetes-call-malformed` where a name cannot be a path segment */
export function resourcePath(resource: Resource): string {
  const { group, version, namespace, name, subresource } = resource;
  const segments = group === undefined ? ['api', version] : ['apis', group, version];
  if (namespace !== undefined) segments.push('namespaces', namespace);
  segments.push(resource.resource);
  if (name !== undefined) segments.push(name);
  if (subresource !== undefined) segments.push(subresource);
  return segments.map((segment) => `/${encodedSegment(segment)}`).join('');
}

function encodedSegment(segment: string): string {
  const isName = segment !== '' && segment !== '.' && segment !== '..' && !/[/%\p{Cc}]/u.test(segment);
  if (!isName || !segment.isWellFormed()) throw malformedCall(segment, 'a segment of its path is no name');
  return encodeURIComponent(segment);
}

const pathShape = /^\/[A-Za-z0-9\-._~:@!$&'()*+,;=%/]*$/;

/** The request target: base path, path and query. @throws RefusedError `kubernetes-call-malformed` */
export function targetOf(basePath: string, path: string, query: Query): string {
  const leadsAway = path.split('/').some((segment) => segment === '..' || segment === '.');
  if (!pathShape.test(path) || path.startsWith('//') || leadsAway) throw malformedCall(path, 'it is no absolute path');
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? `${basePath}${path}` : `${basePath}${path}?${text}`;
}

function malformedCall(path: string, problem: string): RefusedError {
  return new RefusedError(refuse('kubernetes-call-malformed', { path, problem }));
}
