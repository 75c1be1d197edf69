// Revocations: sessions that open nothing any more, from now on and on every replica.
import { newUuid } from '../../core/credentials/index.ts';
import { serviceAccountSubject } from '../../core/identity/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { RevocationScope } from '../../core/registry/index.ts';
import type { NewRevocation } from '../../io/sql/index.ts';
import { listAnswer, oneAnswer } from './answers.ts';
import { accountQuery, newRevocation, pageQuery, type RevocationForm } from './forms.ts';
import { given, listed } from './lists.ts';
import { findRole } from './roles.ts';
import { type BoundCall, nothing, type ResourceOf, type Route, route } from './route.ts';
import { revocationAnswer, revocationJson } from './session-answers.ts';

const resource: ResourceOf = ({ accountId = '' }) => `arn:aws:podiam::${accountId}:revocation/*`;

/** The longest life of a session with all that is chained from it, and an hour for clocks that differ. */
const longestLifeMs = 13 * 3_600_000;

type Scope = RevocationForm['scope'];
type AccountScope = Exclude<Scope, { kind: 'everything' }>;

/** What is revoked, and the earliest time up to which that means anything. */
interface Drawn {
  readonly scope: RevocationScope;
  readonly notBefore: number;
}

const absent = (kind: string, name: string) => refuse('registry-absent', { kind, name });

async function drawSession({ account, at }: BoundCall, id: string): Promise<Drawn | Refusal> {
  const session = await account.sessions.find(id);
  if (!session) return absent('The session', id);
  if (session.expiresAt <= at) return refuse('session-ended', { session: id });
  // One that a faster clock issued is revoked all the same.
  return { scope: { kind: 'session', accessKeyId: session.accessKeyId }, notBefore: session.issuedAt + 1 };
}

async function draw(call: BoundCall, form: AccountScope): Promise<Drawn | Refusal> {
  if (form.kind === 'session') return drawSession(call, form.session_id);
  if (form.kind === 'role') {
    const role = await findRole(call, form.role);
    return role ? { scope: { kind: 'role', roleId: role.id }, notBefore: 0 } : absent('The role', form.role);
  }
  if (form.kind === 'service-account') {
    const { namespace, service_account: name, issuer } = form;
    const subject = serviceAccountSubject({ namespace, name });
    return { scope: { kind: 'service-account', subject, ...given({ issuer }) }, notBefore: 0 };
  }
  if (form.kind === 'cluster') return { scope: { kind: 'issuer', issuer: form.issuer }, notBefore: 0 };
  return { scope: { kind: 'account' }, notBefore: 0 };
}

function recordOf(
  { at, ports, principal }: BoundCall,
  { scope, notBefore }: Drawn,
  form: Omit<RevocationForm, 'scope'>,
): NewRevocation {
  const asked = form.issued_before === undefined ? at : Date.parse(form.issued_before);
  const issuedBefore = Math.max(asked, notBefore);
  return {
    id: newUuid(ports.randomBytes),
    scope,
    issuedBefore,
    createdAt: at,
    endsAt: Math.max(at, issuedBefore) + longestLifeMs,
    createdBy: principal,
    reason: form.reason,
  };
}

/** Of the account that is bound, or, with `everything`, of all. */
async function revoke(call: BoundCall, { scope, ...form }: RevocationForm) {
  const { account, accountId, caller, ports } = call;
  if (scope.kind === 'everything') {
    if (caller?.kind !== 'operator') return refuse('operator-only', { operation: 'Revoking everything' });
    return ports.registry.revocations.add(recordOf(call, { scope: { kind: 'account' }, notBefore: 0 }, form));
  }
  if (accountId === undefined) return refuse('account-not-named', {});
  const drawn = await draw(call, scope);
  return drawn instanceof Refusal ? drawn : account.revocations.add(recordOf(call, drawn, form));
}

/** Revokes one session, without a word about why. */
export async function revokeSession(call: BoundCall, id: string) {
  const revoked = await revoke(call, { scope: { kind: 'session', session_id: id }, reason: '' });
  return revoked instanceof Refusal ? revoked : { status: 204 };
}

export const revocationRoutes: readonly Route[] = [
  route({
    id: 'Revoke',
    method: 'POST',
    path: '/v2/revocations',
    summary: 'Revokes sessions: one, or those of a role, a service account, a cluster, an account, or everything.',
    audience: 'accounts',
    action: 'podiam:Revoke',
    resource,
    query: accountQuery,
    body: newRevocation,
    envelope: 'revocation',
    answer: { status: 201, description: 'The revocation.', schema: oneAnswer('revocation', revocationAnswer) },
    run: async (call, _, form) => {
      const revocation = await revoke(call, form);
      return revocation instanceof Refusal
        ? revocation
        : { status: 201, body: { revocation: revocationJson(revocation) } };
    },
  }),
  route({
    id: 'ListRevocations',
    method: 'GET',
    path: '/v2/revocations',
    summary: 'The account’s revocations that still concern a session.',
    audience: 'account',
    action: 'podiam:ListRevocations',
    resource,
    query: pageQuery,
    body: nothing,
    answer: { description: 'A page of revocations.', schema: listAnswer('revocations', revocationAnswer) },
    run: (call, query) =>
      listed(call, {
        plural: 'revocations',
        query,
        find: (asked) => call.account.revocations.list(asked),
        json: revocationJson,
      }),
  }),
  route({
    id: 'GetRevocation',
    method: 'GET',
    path: '/v2/revocations/{revocation}',
    summary: 'One of them.',
    audience: 'account',
    action: 'podiam:ListRevocations',
    resource,
    query: accountQuery,
    body: nothing,
    answer: { description: 'The revocation.', schema: oneAnswer('revocation', revocationAnswer) },
    run: async ({ account, names: { revocation: id = '' } }) => {
      const found = await account.revocations.find(id);
      return found ? { body: { revocation: revocationJson(found) } } : absent('The revocation', id);
    },
  }),
];
