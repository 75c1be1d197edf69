// The audit record: appended to by the engines' group commits, read here, never changed.
import type { AuditEvent } from '../../core/registry/index.ts';
import { choice, given, integer, type Row, text } from './columns.ts';
import type { AuditFilter, Page } from './queries.ts';
import { findPage, type Timeline } from './timeline.ts';
import type { Value, Work } from './work.ts';

export const auditColumns = [
  'at',
  'request_id',
  'account_id',
  'action',
  'resource',
  'principal',
  'role',
  'pod',
  'access_key_id',
  'outcome',
  'code',
  'reason',
  'source_address',
] as const;

/** In the order of the columns. */
export const auditValues = (event: AuditEvent): readonly Value[] => [
  event.at,
  event.requestId,
  event.accountId,
  event.action,
  event.resource,
  event.principal,
  event.role ?? '',
  event.pod ?? '',
  event.accessKeyId ?? '',
  event.outcome,
  event.code,
  event.reason,
  event.sourceAddress,
];

const outcomes = ['allowed', 'refused'] as const;

const eventOf = (row: Row): AuditEvent => ({
  at: integer(row, 'at'),
  requestId: text(row, 'request_id'),
  accountId: text(row, 'account_id'),
  action: text(row, 'action'),
  resource: text(row, 'resource'),
  principal: text(row, 'principal'),
  ...given('role', text(row, 'role')),
  ...given('pod', text(row, 'pod')),
  ...given('accessKeyId', text(row, 'access_key_id')),
  outcome: choice(row, 'outcome', outcomes),
  code: text(row, 'code'),
  reason: text(row, 'reason'),
  sourceAddress: text(row, 'source_address'),
});

const timeline: Timeline = { table: 'audit', time: 'at' };

/** @param accountId undefined for those of all accounts */
export function listAudit(accountId: string | undefined, query: AuditFilter): Work<Page<AuditEvent>> {
  const { role, outcome, action, requestId, accessKeyId } = query;
  const equals = { account_id: accountId, role, outcome, action, request_id: requestId, access_key_id: accessKeyId };
  return findPage(timeline, { query, equals, itemOf: eventOf });
}
