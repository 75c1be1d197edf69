// The issuers that accounts trust.
import type { DatabaseSync } from 'node:sqlite';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { Issuer } from '../../core/registry/index.ts';
import { integer, list, type Row, text } from './columns.ts';
import { asked, breachesReference } from './failures.ts';
import type { Registry } from './registry.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

const issuerOf = (row: Row): Issuer => ({
  id: text(row, 'id'),
  accountId: text(row, 'account_id'),
  url: text(row, 'url'),
  audiences: list(row, 'audiences', isText),
  jwks: text(row, 'jwks'),
  createdAt: integer(row, 'created_at'),
});

export function issuerRecords(database: DatabaseSync): Pick<Registry, 'putIssuer' | 'findIssuer'> {
  const put = database.prepare(`
    INSERT INTO issuers (id, account_id, url, audiences, jwks, created_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_id, url) DO UPDATE SET audiences = excluded.audiences, jwks = excluded.jwks`);
  const find = database.prepare('SELECT * FROM issuers WHERE account_id = ? AND url = ?');
  return {
    putIssuer: ({ id, accountId, url, audiences, jwks, createdAt }) =>
      asked(() => {
        try {
          put.run(id, accountId, url, JSON.stringify(audiences), jwks, createdAt);
        } catch (error) {
          if (!breachesReference(error)) throw error;
          throw new RefusedError(refuse('registry-account-unknown', { account: accountId }));
        }
      }),
    findIssuer: (accountId, url) =>
      asked(() => {
        const row = find.get(accountId, url);
        return row && issuerOf(row);
      }),
  };
}
