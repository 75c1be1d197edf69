// What happened: sessions that were given, and the audit record.
import { refuse } from '../../core/refusals/index.ts';
import { listAnswer, oneAnswer } from './answers.ts';
import { accountQuery, auditQuery, sessionQuery } from './forms.ts';
import { given, listed, timesOf } from './lists.ts';
import { revokeSession } from './revocations.ts';
import { nothing, type ResourceOf, type Route, route } from './route.ts';
import { auditAnswer, auditJson, sessionAnswer, sessionJson } from './session-answers.ts';

const session: ResourceOf = ({ accountId = '', names }) =>
  `arn:aws:podiam::${accountId}:session/${names['session'] ?? '*'}`;
const auditRecord: ResourceOf = ({ accountId = '' }) => `arn:aws:podiam::${accountId}:audit`;

export const recordRoutes: readonly Route[] = [
  route({
    id: 'ListSessions',
    method: 'GET',
    path: '/v2/sessions',
    summary: 'Sessions that were given, by time.',
    audience: 'accounts',
    action: 'podiam:ListSessions',
    resource: session,
    query: sessionQuery,
    body: nothing,
    answer: { description: 'A page of sessions.', schema: listAnswer('sessions', sessionAnswer) },
    run: (call, query) => {
      const filter = given({ roleId: query.role_id, issuer: query.issuer, subject: query.subject, kind: query.kind });
      const records = call.accountId === undefined ? call.ports.registry.sessions : call.account.sessions;
      return listed(call, {
        plural: 'sessions',
        query,
        find: (asked) => records.list({ ...asked, ...timesOf(query), ...filter }),
        json: sessionJson,
      });
    },
  }),
  route({
    id: 'GetSession',
    method: 'GET',
    path: '/v2/sessions/{session}',
    summary: 'One session by its access key id.',
    audience: 'account',
    action: 'podiam:GetSession',
    resource: session,
    query: accountQuery,
    body: nothing,
    answer: { description: 'The session.', schema: oneAnswer('session', sessionAnswer) },
    run: async ({ account, names: { session: id = '' } }) => {
      const found = await account.sessions.find(id);
      return found
        ? { body: { session: sessionJson(found) } }
        : refuse('registry-absent', { kind: 'The session', name: id });
    },
  }),
  route({
    id: 'DeleteSession',
    method: 'DELETE',
    path: '/v2/sessions/{session}',
    summary: 'Revokes a session, and all that were chained from it.',
    audience: 'account',
    action: 'podiam:Revoke',
    resource: session,
    query: accountQuery,
    body: nothing,
    run: (call) => revokeSession(call, call.names['session'] ?? ''),
  }),
  route({
    id: 'ListAudit',
    method: 'GET',
    path: '/v2/audit',
    summary: 'The audit record: who asked for what, and what became of it.',
    audience: 'accounts',
    action: 'podiam:ListAudit',
    resource: auditRecord,
    query: auditQuery,
    body: nothing,
    answer: { description: 'A page of events.', schema: listAnswer('events', auditAnswer) },
    run: (call, query) => {
      const { role, outcome, action, request_id: requestId, session_id: accessKeyId } = query;
      const filter = given({ role, outcome, action, requestId, accessKeyId });
      const records = call.accountId === undefined ? call.ports.registry.audit : call.account.audit;
      return listed(call, {
        plural: 'events',
        query,
        find: (asked) => records.list({ ...asked, ...timesOf(query), ...filter }),
        json: auditJson,
      });
    },
  }),
];
