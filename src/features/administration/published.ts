// The documents of the platform's own issuer: one URL for all of its clusters, and the keys of all of them, so that others
// can verify their tokens, too (OpenID Connect Discovery 1.0).
import { causeOf, Refusal } from '../../core/refusals/index.ts';
import type { Issuer } from '../../core/registry/index.ts';
import { discoveryDocument, type KeySet, type PublicJwk, publicJwk } from '../../core/tokens/index.ts';
import { type HttpResponse, jsonResponse } from '../../core/wire/index.ts';
import type { ListQuery, Page } from '../../io/sql/index.ts';

export interface PublishedPorts {
  readonly registry: {
    readonly accounts: { list(query: ListQuery): Promise<Page<{ readonly id: string; readonly closedAt?: number }>> };
    account(id: string): { readonly issuers: { withUrl(url: string): Promise<readonly Issuer[]> } };
  };
  readonly keysOf: (issuer: Issuer) => Promise<KeySet | Refusal>;
  readonly issuer: string;
  readonly publicUrl: string;
  readonly now: () => number;
  readonly log: (level: 'warn', message: string, facts: Readonly<Record<string, unknown>>) => void;
}

export interface PublishedDocuments {
  readonly discovery: () => Promise<HttpResponse>;
  readonly jwks: () => Promise<HttpResponse>;
}

/** A rotation is seen within this time, here and by who keeps the documents. */
const keptMs = 300_000;
const mostKeys = 1000;
const headers = { 'cache-control': 'public, max-age=300' };

async function* accountIds({ registry }: PublishedPorts): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const page = await registry.accounts.list({ limit: 1000, ...(after !== undefined && { after }) });
    for (const { id, closedAt } of page.items) if (closedAt === undefined) yield id;
    after = page.next;
  } while (after !== undefined);
}

/** Each key once; two clusters that claim one id have the first of them published. */
async function gather(ports: PublishedPorts): Promise<readonly PublicJwk[]> {
  const found = new Map<string, PublicJwk>();
  for await (const accountId of accountIds(ports)) {
    const issuers = await ports.registry.account(accountId).issuers.withUrl(ports.issuer);
    for (const issuer of issuers.filter(({ kind }) => kind === 'vke')) {
      const keys = await ports.keysOf(issuer);
      if (keys instanceof Refusal) {
        ports.log('warn', 'a cluster’s keys are not published', { issuer: issuer.id, reason: keys.explain() });
        continue;
      }
      for (const { keyId = '', key, algorithms } of keys.keys) {
        const [algorithm] = algorithms;
        if (keyId !== '' && !found.has(keyId) && algorithm && found.size < mostKeys)
          found.set(keyId, publicJwk(key, keyId, algorithm.name));
      }
    }
  }
  return [...found.values()];
}

export function createPublishedDocuments(ports: PublishedPorts): PublishedDocuments {
  let kept: readonly PublicJwk[] = [];
  let gatheredAt = -Infinity;
  let underway: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    try {
      kept = await gather(ports);
      gatheredAt = ports.now();
    } catch (error) {
      // What was published before is no less true.
      ports.log('warn', 'the keys of the clusters cannot be gathered', { error: causeOf(error) });
      if (gatheredAt === -Infinity) throw error;
    }
  }

  async function keys(): Promise<readonly PublicJwk[]> {
    if (ports.now() - gatheredAt >= keptMs) await (underway ??= refresh().finally(() => (underway = undefined)));
    return kept;
  }

  return {
    discovery: async () => {
      const document = discoveryDocument({
        issuer: ports.issuer,
        jwksUri: `${ports.publicUrl}/v2/oidc/jwks`,
        keys: await keys(),
      });
      return jsonResponse(200, document, headers);
    },
    jwks: async () =>
      jsonResponse(200, { keys: await keys() }, { 'content-type': 'application/jwk-set+json', ...headers }),
  };
}
