// The canonical request of AWS Signature Version 4: the one spelling of a request that client and server both hash.
// Source: AWS IAM User Guide, "Create a signed AWS API request", step 1.
import { Refusal, refuse } from '../refusals/index.ts';
import { decodeBytes, encodeBytes } from './sigv4-encoding.ts';

/** The services whose paths are keys, encoded once and never normalized. */
const keyServices: ReadonlySet<string> = new Set(['s3']);

/** Empty and `.` segments go, `..` takes the one before it along; a last slash stays. */
function normalizePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const end = kept.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${kept.join('/')}${end}`;
}

const encodePath = (bytes: string) => bytes.split('/').map(encodeBytes).join('/');

/**
 * The path as it is signed:
 *   1. for S3 its bytes encoded once, so that every spelling of a key is the same key,
 *   2. for every other service the path as it was sent, normalized and encoded once more.
 */
function canonicalPath(path: string, service: string): string | Refusal {
  if (!keyServices.has(service)) return encodePath(normalizePath(path));
  const bytes = decodeBytes(path);
  return bytes === undefined ? refuse('signature-target-ambiguous', { what: 'a broken %-escape' }) : encodePath(bytes);
}

export interface QueryParameter {
  /** Byte strings, decoded. */
  readonly name: string;
  readonly value: string;
}

/**
 * The parameters in the order in which they came. A `+` is refused: some servers read it as a space and some as itself,
 * and a signature must not be good for both.
 */
export function readQuery(query: string): readonly QueryParameter[] | Refusal {
  if (query.includes('+')) return refuse('signature-target-ambiguous', { what: 'a + in its query' });
  const parameters: QueryParameter[] = [];
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeBytes(equals < 0 ? pair : pair.slice(0, equals));
    const value = decodeBytes(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) {
      return refuse('signature-target-ambiguous', { what: 'a broken %-escape in its query' });
    }
    parameters.push({ name, value });
  }
  return parameters;
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** Sorted by the encoded names, then by the encoded values. */
function canonicalQuery(parameters: readonly QueryParameter[]): string {
  return parameters
    .map(({ name, value }) => ({ name: encodeBytes(name), value: encodeBytes(value) }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
}

/** Values by lower-case name, in the order received. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>;

export function collectHeaders(rawHeaders: readonly string[]): HeaderValues {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    const value = rawHeaders[i + 1] ?? '';
    const values = headers.get(name);
    if (values) values.push(value);
    else headers.set(name, [value]);
  }
  return headers;
}

/** White space at both ends goes, runs of it inside become one space. */
function collapse(value: string): string {
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}

function canonicalHeaders(headers: HeaderValues, signedHeaders: readonly string[]): string {
  return signedHeaders.map((name) => `${name}:${(headers.get(name) ?? []).map(collapse).join(',')}\n`).join('');
}

export interface CanonicalParts {
  readonly method: string;
  readonly path: string;
  readonly service: string;
  /** Without the signature itself. */
  readonly parameters: readonly QueryParameter[];
  readonly headers: HeaderValues;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** The body's SHA-256 in hexadecimal, or the word that stands for it. */
  readonly payload: string;
}

/** The canonical request as a byte string: hash it as latin1. */
export function canonicalRequest(parts: CanonicalParts): string | Refusal {
  const path = canonicalPath(parts.path, parts.service);
  if (path instanceof Refusal) return path;
  return [
    parts.method,
    path,
    canonicalQuery(parts.parameters),
    canonicalHeaders(parts.headers, parts.signedHeaders),
    parts.signedHeaders.join(';'),
    parts.payload,
  ].join('\n');
}
