// Sessions and the audit record: what is written on every exchange, and so through the commit queue.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditEvent, SessionRecord } from '../../core/registry/index.ts';
import { integer, type Row, text } from './columns.ts';
import type { CommitQueue } from './commit-queue.ts';
import { asked } from './failures.ts';
import type { ListQuery, Page, Registry } from './registry.ts';

const sessionOf = (row: Row): SessionRecord => ({
  accessKeyId: text(row, 'access_key_id'),
  accountId: text(row, 'account_id'),
  roleId: text(row, 'role_id'),
  roleArn: text(row, 'role_arn'),
  sessionName: text(row, 'session_name'),
  issuer: text(row, 'issuer'),
  subject: text(row, 'subject'),
  audience: text(row, 'audience'),
  issuedAt: integer(row, 'issued_at'),
  expiresAt: integer(row, 'expires_at'),
  requestId: text(row, 'request_id'),
  sourceAddress: text(row, 'source_address'),
});

const eventOf = (row: Row): AuditEvent => ({
  at: integer(row, 'at'),
  requestId: text(row, 'request_id'),
  accountId: text(row, 'account_id'),
  action: text(row, 'action'),
  resource: text(row, 'resource'),
  principal: text(row, 'principal'),
  outcome: text(row, 'outcome') === 'allowed' ? 'allowed' : 'refused',
  code: text(row, 'code'),
  reason: text(row, 'reason'),
  sourceAddress: text(row, 'source_address'),
});

type SessionRecords = Pick<Registry, 'issueSession' | 'appendAudit' | 'findSession' | 'listSessions' | 'listAudit'>;

export function sessionRecords(database: DatabaseSync, queue: CommitQueue): SessionRecords {
  const insertSession = database.prepare(`
    INSERT INTO sessions (access_key_id, account_id, role_id, role_arn, session_name, issuer, subject, audience,
      issued_at, expires_at, request_id, source_address)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const insertEvent = database.prepare(`
    INSERT INTO audit (at, request_id, account_id, action, resource, principal, outcome, code, reason, source_address)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const find = database.prepare('SELECT * FROM sessions WHERE account_id = ? AND access_key_id = ?');
  const writeEvent = (e: AuditEvent) =>
    insertEvent.run(
      e.at,
      e.requestId,
      e.accountId,
      e.action,
      e.resource,
      e.principal,
      e.outcome,
      e.code,
      e.reason,
      e.sourceAddress,
    );
  const writeSession = (s: SessionRecord) =>
    insertSession.run(
      s.accessKeyId,
      s.accountId,
      s.roleId,
      s.roleArn,
      s.sessionName,
      s.issuer,
      s.subject,
      s.audience,
      s.issuedAt,
      s.expiresAt,
      s.requestId,
      s.sourceAddress,
    );
  return {
    issueSession: (session, event) =>
      queue.add(() => {
        writeSession(session);
        writeEvent(event);
      }),
    appendAudit: (event) => queue.add(() => writeEvent(event)),
    findSession: (accountId, accessKeyId) =>
      asked(() => {
        const row = find.get(accountId, accessKeyId);
        return row && sessionOf(row);
      }),
    listSessions: lister(database, 'sessions', sessionOf),
    listAudit: lister(database, 'audit', eventOf),
  };
}

const mostPerPage = 1000;

function lister<Item>(
  database: DatabaseSync,
  table: 'sessions' | 'audit',
  itemOf: (row: Row) => Item,
): (query: ListQuery) => Promise<Page<Item>> {
  const pages = (bound: string, order: string) => ({
    ofAll: database.prepare(`SELECT * FROM ${table} WHERE seq ${bound} ? ORDER BY seq ${order} LIMIT ?`),
    ofAccount: database.prepare(
      `SELECT * FROM ${table} WHERE account_id = ? AND seq ${bound} ? ORDER BY seq ${order} LIMIT ?`,
    ),
  });
  const forward = { ...pages('>', 'ASC'), start: 0 };
  const backward = { ...pages('<', 'DESC'), start: Number.MAX_SAFE_INTEGER };
  const select = (
    { accountId, after, newestFirst = false }: ListQuery,
    count: number,
  ): ReturnType<StatementSync['all']> => {
    const { ofAll, ofAccount, start } = newestFirst ? backward : forward;
    return accountId === undefined ? ofAll.all(after ?? start, count) : ofAccount.all(accountId, after ?? start, count);
  };
  return (query) =>
    asked(() => {
      const limit = Math.max(1, Math.min(Math.trunc(query.limit), mostPerPage));
      // One more than asked tells whether there is a next page.
      const rows = select(query, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const next = rows.length > limit && last !== undefined ? integer(last, 'seq') : undefined;
      return { items: page.map(itemOf), next };
    });
}
