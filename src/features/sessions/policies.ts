// What a session may do, gathered: its role's policies as they are now, and those that it was narrowed to.
import { type GatheredPolicies, readSessionPolicies } from '../../core/authorization/index.ts';
import type { SessionFacts } from '../../core/credentials/index.ts';
import { parsePolicyArn } from '../../core/identity/index.ts';
import { policyCache, type SessionPolicies } from '../../core/policy/index.ts';
import type { ManagedPolicy, PolicyVersion, RoleAccess } from '../../core/registry/index.ts';

/** Documents that are kept compiled, by content. */
const cachedDocuments = 10_000;

export interface SessionRegistry {
  account(accountId: string): {
    readonly roles: { accessById(roleId: string): Promise<RoleAccess | undefined> };
    readonly policies: {
      find(name: string): Promise<ManagedPolicy | undefined>;
      findVersion(name: string, number: number): Promise<PolicyVersion | undefined>;
    };
  };
}

/** The policies that limit the session; undefined where its role is gone. Rejects where the registry does. */
export type FindPolicies = (session: SessionFacts) => Promise<SessionPolicies | undefined>;

type Managed = GatheredPolicies['managed'][number];

async function findManaged(registry: SessionRegistry, accountId: string, arn: string): Promise<Managed> {
  const { policies } = registry.account(accountId);
  const named = parsePolicyArn(arn);
  const policy = named?.account === accountId ? await policies.find(named.name) : undefined;
  if (policy === undefined || policy.path !== named?.path) return 'missing';
  const version = await policies.findVersion(policy.name, policy.defaultVersion);
  return version === undefined ? 'missing' : { name: arn, document: version.document };
}

export function createFindPolicies(registry: SessionRegistry): FindPolicies {
  const read = policyCache(cachedDocuments);
  return async ({ accountId, roleId, sessionPolicy, sessionPolicyArns = [] }) => {
    const [access, managed] = await Promise.all([
      registry.account(accountId).roles.accessById(roleId),
      Promise.all(sessionPolicyArns.map((arn) => findManaged(registry, accountId, arn))),
    ]);
    return readSessionPolicies({ access, sessionPolicy, managed }, read);
  };
}
