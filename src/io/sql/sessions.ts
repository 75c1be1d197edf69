// Sessions: written on every exchange, and so by the engines' own group commits; read here.
import type { PodClaims, SessionRecord } from '../../core/registry/index.ts';
import { choice, given, integer, isObject, isText, json, type Row, text } from './columns.ts';
import type { Page, SessionFilter } from './queries.ts';
import { findPage, type Timeline } from './timeline.ts';
import { rowOf, type Value, type Work } from './work.ts';

/** What few sessions have, or nobody filters by, stands as JSON in one column: an insert costs by the column. */
interface Details {
  readonly pod?: PodClaims;
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly parentAccessKeyId?: string;
}

const sessionKinds = ['web-identity', 'chained', 'bearer'] as const;

export const sessionColumns = [
  'access_key_id',
  'account_id',
  'kind',
  'role_id',
  'role_arn',
  'session_name',
  'issuer',
  'issuer_id',
  'subject',
  'audience',
  'details',
  'issued_at',
  'expires_at',
  'request_id',
  'source_address',
] as const;

function detailsText({ pod, sourceIdentity, tags, parentAccessKeyId }: SessionRecord): string {
  if (!pod && sourceIdentity === undefined && !tags && parentAccessKeyId === undefined) return '';
  return JSON.stringify({ pod, sourceIdentity, tags, parentAccessKeyId });
}

/** In the order of the columns. */
export const sessionValues = (session: SessionRecord): readonly Value[] => [
  session.accessKeyId,
  session.accountId,
  session.kind ?? '',
  session.roleId,
  session.roleArn,
  session.sessionName,
  session.issuer,
  session.issuerId ?? '',
  session.subject,
  session.audience,
  detailsText(session),
  session.issuedAt,
  session.expiresAt,
  session.requestId,
  session.sourceAddress,
];

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every(isText);

const isPod = (value: unknown): value is PodClaims =>
  isTexts(value) &&
  ['namespace', 'serviceAccount', 'serviceAccountUid', 'pod', 'podUid', 'node'].every((name) => isText(value[name]));

const absentOr = (value: unknown, is: (value: unknown) => boolean) => value === undefined || is(value);

const isDetails = (value: unknown): value is Details =>
  isObject(value) &&
  absentOr(value['pod'], isPod) &&
  absentOr(value['tags'], isTexts) &&
  absentOr(value['sourceIdentity'], isText) &&
  absentOr(value['parentAccessKeyId'], isText);

const sessionOf = (row: Row): SessionRecord => ({
  accessKeyId: text(row, 'access_key_id'),
  accountId: text(row, 'account_id'),
  ...(text(row, 'kind') !== '' && { kind: choice(row, 'kind', sessionKinds) }),
  roleId: text(row, 'role_id'),
  roleArn: text(row, 'role_arn'),
  sessionName: text(row, 'session_name'),
  issuer: text(row, 'issuer'),
  ...given('issuerId', text(row, 'issuer_id')),
  subject: text(row, 'subject'),
  audience: text(row, 'audience'),
  ...(text(row, 'details') !== '' && json(row, 'details', isDetails)),
  issuedAt: integer(row, 'issued_at'),
  expiresAt: integer(row, 'expires_at'),
  requestId: text(row, 'request_id'),
  sourceAddress: text(row, 'source_address'),
});

export function* findSession(accountId: string, accessKeyId: string): Work<SessionRecord | undefined> {
  const row = yield* rowOf('SELECT * FROM sessions WHERE access_key_id = ? AND account_id = ?', [
    accessKeyId,
    accountId,
  ]);
  return row && sessionOf(row);
}

const timeline: Timeline = { table: 'sessions', time: 'issued_at' };

/** @param accountId undefined for those of all accounts */
export function listSessions(accountId: string | undefined, query: SessionFilter): Work<Page<SessionRecord>> {
  const { roleId, issuer, subject, kind } = query;
  const equals = { account_id: accountId, role_id: roleId, issuer, subject, kind };
  return findPage(timeline, { query, equals, itemOf: sessionOf });
}
