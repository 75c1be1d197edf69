// The keys of issuers: those that were uploaded as they are, the others fetched where the issuer publishes them, kept, and
// fetched again ahead of time (core/tokens decides when).
import { keepLast, ownText } from '../../core/memory/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { Issuer } from '../../core/registry/index.ts';
import {
  discoveryUrl,
  type KeySet,
  type KeyTimes,
  keySetCache,
  parseJwks,
  planKeyUse,
  readDiscovery,
} from '../../core/tokens/index.ts';

export type FetchIssuerDocument = (
  url: string,
  options: { readonly certificateAuthority?: string | undefined },
) => Promise<string | Refusal>;

export interface KeySourcePorts {
  readonly fetchDocument: FetchIssuerDocument;
  readonly times: KeyTimes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** What an exchange needs to know of an issuer. */
export type KeysIssuer = Pick<Issuer, 'id' | 'url' | 'jwks' | 'revision' | 'settings'>;

export interface KeySource {
  /**
   * The issuer's keys; `issuer-keys-unavailable` where they cannot be had for now, with the reason as its cause.
   * @param keyId the key that the token names: one that is not known may have been published since
   */
  readonly keysOf: (issuer: KeysIssuer, keyId: string | undefined) => Promise<KeySet | Refusal>;
}

interface Kept {
  keys: KeySet | undefined;
  fetchedAt: number | undefined;
  askedAt: number | undefined;
  /** Why there are none newer. */
  problem: string | undefined;
  /** The fetch under way, which all who need it wait for. */
  underway: Promise<void> | undefined;
}

const keptIssuers = 10_000;

const unavailable = ({ url }: KeysIssuer, cause: string) => refuse('issuer-keys-unavailable', { issuer: url }, cause);

function holds({ keys }: Kept, keyId: string | undefined): boolean {
  return keys !== undefined && (keyId === undefined || keys.byId.has(keyId));
}

/** The keys alone, and nothing of the document, which is a megabyte if its publisher likes. */
function withoutDocument({ keys }: KeySet): KeySet {
  const own = keys.map(({ keyId, ...key }) => ({ ...key, keyId: keyId === undefined ? undefined : ownText(keyId) }));
  const byId = new Map(own.flatMap((key) => (key.keyId === undefined ? [] : [[key.keyId, key] as const])));
  return { keys: own, byId, leftOut: [] };
}

/** The key set as the issuer publishes it now, or why not. */
export async function fetchKeys(
  { url, settings }: Pick<Issuer, 'url' | 'settings'>,
  fetchDocument: FetchIssuerDocument,
): Promise<KeySet | Refusal> {
  const options = { certificateAuthority: settings.certificateAuthority };
  const jwksUrl = settings.jwksUrl ?? (await discover(url, fetchDocument, options));
  if (jwksUrl instanceof Refusal) return jwksUrl;
  const text = await fetchDocument(jwksUrl, options);
  return text instanceof Refusal ? text : parseJwks(text);
}

async function discover(
  url: string,
  fetchDocument: FetchIssuerDocument,
  options: Parameters<FetchIssuerDocument>[1],
): Promise<string | Refusal> {
  const text = await fetchDocument(discoveryUrl(url), options);
  return text instanceof Refusal ? text : readDiscovery(text, url);
}

export function createKeySource({ fetchDocument, times, now, log }: KeySourcePorts): KeySource {
  const uploaded = keySetCache(keptIssuers);
  const kept = keepLast<Kept>(keptIssuers);

  /** What an issuer published under an earlier registration is nothing to a later one. */
  const keptFor = ({ id, revision }: KeysIssuer) =>
    kept(JSON.stringify([id, revision]), () => ({
      keys: undefined,
      fetchedAt: undefined,
      askedAt: undefined,
      problem: undefined,
      underway: undefined,
    }));

  async function refresh(entry: Kept, issuer: KeysIssuer): Promise<void> {
    entry.askedAt = now();
    const outcome = await fetchKeys(issuer, fetchDocument);
    if (outcome instanceof Refusal) {
      entry.problem = outcome.explain();
      log('warn', 'the keys of an issuer cannot be had', { issuer: issuer.url, reason: entry.problem });
      return;
    }
    entry.keys = withoutDocument(outcome);
    entry.fetchedAt = now();
    entry.problem = undefined;
  }

  function fetchOnce(entry: Kept, issuer: KeysIssuer): Promise<void> {
    entry.underway ??= refresh(entry, issuer).finally(() => (entry.underway = undefined));
    return entry.underway;
  }

  async function keysOf(issuer: KeysIssuer, keyId: string | undefined): Promise<KeySet | Refusal> {
    if (issuer.jwks !== '') return uploaded(issuer.jwks);
    const entry = keptFor(issuer);
    const decide = () => planKeyUse({ ...entry, hasKey: holds(entry, keyId) }, times, now());
    let use = decide();
    if (entry.underway !== undefined && use !== 'use-and-fetch' && !holds(entry, keyId)) {
      await entry.underway;
      use = decide();
    }
    if (use === 'fetch') {
      await fetchOnce(entry, issuer);
      use = decide();
    }
    if (use === 'use-and-fetch') void fetchOnce(entry, issuer);
    if (use === 'use' || use === 'use-and-fetch') return entry.keys ?? unavailable(issuer, 'they were never fetched');
    return unavailable(issuer, entry.problem ?? 'they are too old to be used');
  }

  return { keysOf };
}
