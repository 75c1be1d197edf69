// The issuers that accounts trust.
import { z } from 'zod';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import {
  type Issuer,
  type IssuerSettings,
  type Quotas,
  refuseCount,
  reviewerTokenName,
  type SealedSecret,
  type Tag,
} from '../../core/registry/index.ts';
import type { Edit, IssuerChange, IssuerRecords, NewIssuer } from './account-registry.ts';
import { absent, accountRefusal, duplicate } from './accounts.ts';
import type { RecordCache } from './cache.ts';
import { choice, integer, isObject, isText, json, listOf, type Row, text } from './columns.ts';
import { countOf } from './counts.ts';
import { limitOf, pageOf } from './queries.ts';
import { findSecret, putSecret, removeSecret } from './secrets.ts';
import { changed, type Engine, rowOf, rowsOf, type Value, type Work, type Writing } from './work.ts';

const issuerKinds = ['vke', 'external', 'oidc'] as const;

const settingsShape: z.ZodType<IssuerSettings> = z.looseObject({
  isCluster: z.boolean().exactOptional(),
  clusterName: z.string().exactOptional(),
  clusterArn: z.string().exactOptional(),
  jwksUrl: z.string().exactOptional(),
  certificateAuthority: z.string().exactOptional(),
  tokenReview: z
    .object({
      url: z.string(),
      certificateAuthority: z.string().exactOptional(),
      tokenExpiresAt: z.number().exactOptional(),
    })
    .exactOptional(),
});

const isSettings = (value: unknown): value is IssuerSettings => settingsShape.safeParse(value).success;

const isTag = (value: unknown): value is Tag => isObject(value) && isText(value['key']) && isText(value['value']);

export const tagsOf = (row: Row): readonly Tag[] => json(row, 'tags', listOf(isTag));

const issuerOf = (row: Row): Issuer => ({
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  kind: choice(row, 'kind', issuerKinds),
  url: text(row, 'url'),
  sourceId: text(row, 'source_id'),
  audiences: json(row, 'audiences', listOf(isText)),
  thumbprints: json(row, 'thumbprints', listOf(isText)),
  tags: tagsOf(row),
  jwks: text(row, 'jwks'),
  settings: json(row, 'settings', isSettings),
  createdAt: integer(row, 'created_at'),
  updatedAt: integer(row, 'updated_at'),
  revision: integer(row, 'revision'),
});

function* find(accountId: string, id: string): Work<Issuer | undefined> {
  const row = yield* rowOf('SELECT * FROM issuers WHERE account_id = ? AND id = ?', [accountId, id]);
  return row && issuerOf(row);
}

/** In the transaction of the issuer's own change: a token that outlived what it was given for would be nobody's. */
function* keepReviewerToken(
  writing: Writing,
  { accountId, id }: { readonly accountId: string; readonly id: string },
  token: SealedSecret | null | undefined,
): Work<void> {
  const name = reviewerTokenName(accountId, id);
  if (token === null) yield* removeSecret(writing, name);
  else if (token !== undefined) yield* putSecret(writing, name, token);
}

interface Creation {
  readonly writing: Writing;
  readonly accountId: string;
  readonly issuer: NewIssuer;
  readonly reviewerToken: SealedSecret | undefined;
  readonly quotas: Quotas;
}

/** One more cluster behind a URL that is there already is no other provider. */
function* refuseProvider({ accountId, issuer, quotas }: Creation): Work<Refusal | undefined> {
  const sql = 'SELECT id FROM issuers WHERE account_id = ? AND url = ? LIMIT 2';
  const ofUrl = yield* rowsOf(sql, [accountId, issuer.url]);
  if (ofUrl.length > 1) return undefined;
  return refuseCount('OpenIDConnectProvidersPerAccount', yield* countOf('providers', accountId), quotas);
}

function* create(creation: Creation): Work<Issuer | Refusal> {
  const { writing, accountId, issuer, reviewerToken } = creation;
  const refusal = yield* accountRefusal(accountId);
  if (refusal) return refusal;
  const { id, kind, url, sourceId, audiences, thumbprints, tags, jwks, settings, createdAt } = issuer;
  const inserted = yield* rowOf(
    `INSERT INTO issuers (id, account_id, kind, url, source_id, audiences, thumbprints, tags, jwks, settings, created_at,
       updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING RETURNING *`,
    [
      id,
      accountId,
      kind,
      url,
      sourceId,
      JSON.stringify(audiences),
      JSON.stringify(thumbprints),
      JSON.stringify(tags),
      jwks,
      JSON.stringify(settings),
      createdAt,
      createdAt,
    ],
  );
  if (!inserted) return duplicate('The issuer', url);
  const full = yield* refuseProvider(creation);
  if (full) return full;
  yield* keepReviewerToken(writing, { accountId, id }, reviewerToken);
  yield* changed(writing, 'issuer', accountId, id);
  return issuerOf(inserted);
}

/** What an edit was drawn from must be what stands there now. */
export function revisionRefusal(
  kind: string,
  name: string,
  { kept, edit }: { readonly kept: { readonly revision: number }; readonly edit: Edit },
): Refusal | undefined {
  const isStale = edit.revision !== undefined && edit.revision !== kept.revision;
  return isStale ? refuse('registry-changed', { kind, name }) : undefined;
}

function* update(
  accountId: string,
  id: string,
  { change, edit, writing }: { change: IssuerChange; edit: Edit; writing: Writing },
): Work<Issuer | Refusal> {
  const kept = yield* find(accountId, id);
  if (!kept) return absent('The issuer', id);
  const stale = revisionRefusal('The issuer', kept.url, { kept, edit });
  if (stale) return stale;
  const { reviewerToken, ...members } = change;
  const { audiences, thumbprints, tags, jwks, settings } = { ...kept, ...members };
  const row = yield* rowOf(
    `UPDATE issuers SET audiences = ?, thumbprints = ?, tags = ?, jwks = ?, settings = ?, updated_at = ?,
       revision = revision + 1 WHERE account_id = ? AND id = ? RETURNING *`,
    [
      JSON.stringify(audiences),
      JSON.stringify(thumbprints),
      JSON.stringify(tags),
      jwks,
      JSON.stringify(settings),
      edit.at,
      accountId,
      id,
    ],
  );
  yield* keepReviewerToken(writing, { accountId, id }, reviewerToken);
  yield* changed(writing, 'issuer', accountId, id);
  return row ? issuerOf(row) : absent('The issuer', id);
}

interface Parts {
  readonly engine: Engine;
  readonly accountId: string;
  readonly cache: RecordCache;
  readonly quotas: Quotas;
}

export function issuerRecords({ engine, accountId, cache, quotas }: Parts): IssuerRecords {
  const all = (sql: string, ...values: readonly Value[]) =>
    engine.read(function* () {
      const rows = yield* rowsOf(sql, values);
      return rows.map(issuerOf);
    });
  return {
    create: (issuer, reviewerToken) =>
      engine.write((writing) => create({ writing, accountId, issuer, reviewerToken, quotas })),
    find: (id) => engine.read(() => find(accountId, id)),
    withUrl: async (url) => {
      const sql = 'SELECT * FROM issuers WHERE account_id = ? AND url = ? ORDER BY created_at, id';
      const found = await cache.issuers(accountId, url, async () => {
        const issuers = await all(sql, accountId, url);
        return issuers.length > 0 ? issuers : undefined;
      });
      return found ?? [];
    },
    list: (query) =>
      engine.read(function* () {
        const sql = 'SELECT * FROM issuers WHERE account_id = ? AND id > ? ORDER BY id LIMIT ?';
        const rows = yield* rowsOf(sql, [accountId, query.after ?? '', limitOf(query) + 1]);
        return pageOf(rows, query, { itemOf: issuerOf, positionOf: (row) => text(row, 'id') });
      }),
    update: (id, change, edit) => engine.write((writing) => update(accountId, id, { change, edit, writing })),
    reviewerToken: (id) => engine.read(() => findSecret(reviewerTokenName(accountId, id))),
    remove: (id) =>
      engine.write(function* (writing) {
        const row = yield* rowOf('DELETE FROM issuers WHERE account_id = ? AND id = ? RETURNING id', [accountId, id]);
        if (!row) return absent('The issuer', id);
        yield* keepReviewerToken(writing, { accountId, id }, null);
        yield* changed(writing, 'issuer', accountId, id);
        return undefined;
      }),
  };
}
