// Revocations: few, kept until every session that they concern has ended, and followed by every replica.
import type { Refusal } from '../../core/refusals/index.ts';
import type { RecordedRevocation, Revocation, RevocationScope } from '../../core/registry/index.ts';
import { accountRefusal, duplicate } from './accounts.ts';
import { choice, given, integer, type Row, text } from './columns.ts';
import { type ListQuery, limitOf, type Page, pageOf } from './queries.ts';
import { changed, rowOf, rowsOf, type Work, type Writing } from './work.ts';

const scopeKinds = ['session', 'role', 'service-account', 'issuer', 'account'] as const;

/** A scope in two columns: what it names, and the issuer where that narrows it. */
function columnsOf(scope: RevocationScope): readonly [target: string, issuer: string] {
  if (scope.kind === 'session') return [scope.accessKeyId, ''];
  if (scope.kind === 'role') return [scope.roleId, ''];
  if (scope.kind === 'service-account') return [scope.subject, scope.issuer ?? ''];
  return ['', scope.kind === 'issuer' ? scope.issuer : ''];
}

function scopeOf(row: Row): RevocationScope {
  const kind = choice(row, 'kind', scopeKinds);
  const target = text(row, 'target');
  const issuer = text(row, 'issuer');
  const scopes: Readonly<Record<RevocationScope['kind'], RevocationScope>> = {
    session: { kind: 'session', accessKeyId: target },
    role: { kind: 'role', roleId: target },
    'service-account': { kind: 'service-account', subject: target, ...given('issuer', issuer) },
    issuer: { kind: 'issuer', issuer },
    account: { kind: 'account' },
  };
  return scopes[kind];
}

const revocationOf = (row: Row): RecordedRevocation => ({
  id: text(row, 'id'),
  position: integer(row, 'position'),
  ...given('accountId', text(row, 'account_id')),
  scope: scopeOf(row),
  issuedBefore: integer(row, 'issued_before'),
  createdAt: integer(row, 'created_at'),
  endsAt: integer(row, 'ends_at'),
  createdBy: text(row, 'created_by'),
  reason: text(row, 'reason'),
});

export function* addRevocation(writing: Writing, revocation: Revocation): Work<RecordedRevocation | Refusal> {
  const { id, accountId = '', scope, issuedBefore, createdAt, endsAt, createdBy, reason } = revocation;
  const refusal = accountId === '' ? undefined : yield* accountRefusal(accountId);
  if (refusal?.code === 'registry-account-unknown') return refusal;
  const row = yield* rowOf(
    `INSERT INTO revocations (position, id, account_id, kind, target, issuer, issued_before, created_at, ends_at,
       created_by, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING *`,
    [
      writing.position,
      id,
      accountId,
      scope.kind,
      ...columnsOf(scope),
      issuedBefore,
      createdAt,
      endsAt,
      createdBy,
      reason,
    ],
  );
  if (!row) return duplicate('The revocation', id);
  yield* changed(writing, 'revocation', accountId, id);
  return revocationOf(row);
}

export function* findRevocation(accountId: string, id: string): Work<RecordedRevocation | undefined> {
  const row = yield* rowOf('SELECT * FROM revocations WHERE account_id = ? AND id = ?', [accountId, id]);
  return row && revocationOf(row);
}

const longestPosition = 15;

export function* listRevocations(accountId: string, query: ListQuery): Work<Page<RecordedRevocation>> {
  const { after = '' } = query;
  const from = /^\d+$/.test(after) && after.length <= longestPosition ? Number(after) : 0;
  const rows = yield* rowsOf(
    'SELECT * FROM revocations WHERE account_id = ? AND position > ? ORDER BY position LIMIT ?',
    [accountId, from, limitOf(query) + 1],
  );
  return pageOf(rows, query, { itemOf: revocationOf, positionOf: (row) => String(integer(row, 'position')) });
}

/** What came after a position; the clock is read first, so that nothing at or before the position told comes later. */
export function* revocationsSince(position: number, limit: number) {
  const clock: Row | undefined = yield* rowOf('SELECT position FROM clock');
  const now = clock ? integer(clock, 'position') : 0;
  const rows = yield* rowsOf(
    'SELECT * FROM revocations WHERE position > ? AND position <= ? ORDER BY position LIMIT ?',
    [position, now, limitOf({ limit })],
  );
  const items = rows.map(revocationOf);
  const isAll = items.length < limitOf({ limit });
  return { items, position: isAll ? now : (items.at(-1)?.position ?? now), isAll };
}
