// Which headers go on to the upstream and come back: end-to-end ones, minus what belongs to one connection alone.
import type { HttpResponse } from '../../core/wire/index.ts';

/** RFC 9110, section 7.6.1, with the older names that software still sends. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What the forwarder states itself: whom it asks, how long the body is, and that it has it already. */
const ownToState = new Set(['host', 'content-length', 'expect']);

/** WSGI and CGI read `-` and `_` as one sign, so twins in `_` are the header itself (oauth2-proxy CVE-2025-64484). */
const fold = (name: string) => name.toLowerCase().replaceAll('_', '-');

export interface HeaderChanges {
  /** Set in place of whatever the client sent under these names. */
  readonly set: Readonly<Record<string, string>>;
  /** Whether the client's header is left out; asked with the name in lower case, also with `_` read as `-`. */
  readonly drop: (name: string) => boolean;
}

/**
 * The headers for the upstream, name, value, name, value …, in the order received. Precedence:
 * 1. what one connection alone means is dropped: hop-by-hop headers and those that `Connection` lists;
 * 2. what the forwarder states itself, and what `changes` drops or sets, is dropped in whatever spelling;
 * 3. only then is `changes.set` added, so that nothing that the client sends can take it away (Traefik CVE-2024-45410).
 */
export function headersForUpstream(rawHeaders: readonly string[], changes: HeaderChanges): string[] {
  const listed = listedByConnection(rawHeaders);
  const replaced = new Set(Object.keys(changes.set).map(fold));
  const fields: string[] = [];
  for (const [name, value] of pairs(rawHeaders)) {
    const folded = fold(name);
    const ends = hopByHop.has(folded) || ownToState.has(folded) || listed.has(folded) || replaced.has(folded);
    if (!ends && !changes.drop(name.toLowerCase()) && !changes.drop(folded)) fields.push(name, value);
  }
  for (const [name, value] of Object.entries(changes.set)) fields.push(name, value);
  return fields;
}

/**
 * The upstream's headers for the client. Content-Length stays only where it tells of a body that is not there (answers to HEAD, 304).
 */
export function headersForClient(rawHeaders: readonly string[], keepsLength: boolean): HttpResponse['headers'] {
  const listed = listedByConnection(rawHeaders);
  const fields = new Map<string, string[]>();
  for (const [name, value] of pairs(rawHeaders)) {
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || listed.has(lower) || (lower === 'content-length' && !keepsLength)) continue;
    fields.set(lower, [...(fields.get(lower) ?? []), value]);
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

function listedByConnection(rawHeaders: readonly string[]): Set<string> {
  const listed = new Set<string>();
  for (const [name, value] of pairs(rawHeaders)) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const option of value.split(',')) listed.add(fold(option.trim()));
  }
  return listed;
}

function* pairs(rawHeaders: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) yield [rawHeaders[i] ?? '', rawHeaders[i + 1] ?? ''];
}
