// How much of everything an account has.
import type { AccountCounts } from '../../core/registry/index.ts';
import { integer } from './columns.ts';
import { rowOf, type Work } from './work.ts';

/** Each statement has one `?`, the account's id, and is answered from an index alone. */
const statements: Readonly<Record<keyof AccountCounts, string>> = {
  roles: 'SELECT count(*) AS kept FROM roles WHERE account_id = ?',
  policies: 'SELECT count(*) AS kept FROM policies WHERE account_id = ?',
  policyVersions:
    'SELECT count(*) AS kept FROM policy_versions v JOIN policies p ON p.id = v.policy_id WHERE p.account_id = ?',
  providers: 'SELECT count(DISTINCT url) AS kept FROM issuers WHERE account_id = ?',
};

/** Within a transaction that changes something, nobody else changes it between counting and the end. */
export function* countOf(kind: keyof AccountCounts, accountId: string): Work<number> {
  const row = yield* rowOf(statements[kind], [accountId]);
  return row ? integer(row, 'kept') : 0;
}

export function* countAll(accountId: string): Work<AccountCounts> {
  return {
    roles: yield* countOf('roles', accountId),
    policies: yield* countOf('policies', accountId),
    policyVersions: yield* countOf('policyVersions', accountId),
    providers: yield* countOf('providers', accountId),
  };
}
