// Which sessions open nothing any more, although their seal is good and their time has not come: a few times per account,
// small enough to be held by every verifier.
import type { Revocation } from '../registry/index.ts';

/** What a revocation may go by. Times are milliseconds since the epoch. */
export interface RevocableSession {
  readonly accountId: string;
  readonly accessKeyId: string;
  /** The sessions that it was chained from, by access key id. */
  readonly ancestors: readonly string[];
  readonly roleId: string;
  /** The `iss` and `sub` of the token that it, or the first of its ancestors, was given for. */
  readonly issuer: string;
  readonly subject: string;
  readonly issuedAt: number;
}

/** Times before which sessions are revoked, by what they go by. */
type Times = Map<string, number>;

interface OfAccount {
  whole: number;
  readonly sessions: Times;
  readonly roles: Times;
  readonly issuers: Times;
  /** By subject: of every issuer, and by issuer. */
  readonly subjects: Map<string, { ofAll: number; readonly byIssuer: Times }>;
}

const newOfAccount = (): OfAccount => ({
  whole: 0,
  sessions: new Map(),
  roles: new Map(),
  issuers: new Map(),
  subjects: new Map(),
});

/** A later revocation never takes an earlier one back. */
function raise(times: Times, key: string, time: number): void {
  times.set(key, Math.max(times.get(key) ?? 0, time));
}

export class Revocations {
  #everything = 0;
  readonly #accounts = new Map<string, OfAccount>();

  add({ accountId, scope, issuedBefore }: Pick<Revocation, 'accountId' | 'scope' | 'issuedBefore'>): void {
    if (accountId === undefined) {
      this.#everything = Math.max(this.#everything, issuedBefore);
      return;
    }
    const account = this.#accounts.get(accountId) ?? newOfAccount();
    this.#accounts.set(accountId, account);
    if (scope.kind === 'account') account.whole = Math.max(account.whole, issuedBefore);
    else if (scope.kind === 'session') raise(account.sessions, scope.accessKeyId, issuedBefore);
    else if (scope.kind === 'role') raise(account.roles, scope.roleId, issuedBefore);
    else if (scope.kind === 'issuer') raise(account.issuers, scope.issuer, issuedBefore);
    else addSubject(account, scope, issuedBefore);
  }

  /** What the session is revoked by, for the log: `the account`, `its role` …; undefined for one that lives. */
  find(session: RevocableSession): string | undefined {
    const { accountId, issuedAt } = session;
    if (issuedAt < this.#everything) return 'everything issued before a time';
    const account = this.#accounts.get(accountId);
    return account && reasonOf(account, session);
  }
}

function addSubject(
  account: OfAccount,
  { subject, issuer }: { readonly subject: string; readonly issuer?: string },
  issuedBefore: number,
): void {
  const times = account.subjects.get(subject) ?? { ofAll: 0, byIssuer: new Map<string, number>() };
  account.subjects.set(subject, times);
  if (issuer === undefined) times.ofAll = Math.max(times.ofAll, issuedBefore);
  else raise(times.byIssuer, issuer, issuedBefore);
}

function reasonOf(account: OfAccount, session: RevocableSession): string | undefined {
  const { issuedAt, accessKeyId, ancestors, roleId, issuer, subject } = session;
  const isBefore = (time: number | undefined) => time !== undefined && issuedAt < time;
  if (isBefore(account.whole)) return 'its account';
  if (isBefore(account.sessions.get(accessKeyId))) return 'itself';
  // Whatever was made from a session that is revoked came from hands that should not have had it, whenever it was made.
  if (ancestors.some((ancestor) => account.sessions.has(ancestor))) return 'a session that it was chained from';
  if (isBefore(account.roles.get(roleId))) return 'its role';
  if (isBefore(account.issuers.get(issuer))) return 'its cluster';
  const times = account.subjects.get(subject);
  if (isBefore(times?.ofAll) || isBefore(times?.byIssuer.get(issuer))) return 'its service account';
  return undefined;
}
