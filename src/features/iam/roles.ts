// Roles, with the policies that say who may assume them and what they may do.
import { newRoleId } from '../../core/credentials/index.ts';
import { lintTrustPolicy, parsePolicy, refuseUnsafe } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { PermissionPolicy, Role } from '../../core/registry/index.ts';
import type { IamPorts } from './ports.ts';

export interface RoleDefinition {
  readonly accountId: string;
  readonly name: string;
  readonly path?: string;
  readonly trustPolicy: string;
  readonly permissions: readonly PermissionPolicy[];
  readonly maxSessionSeconds?: number;
}

const roleName = /^[\w+=,.@-]{1,64}$/;
const defaultMaxSessionSeconds = 3600;

/** What is wrong with the documents, judged before anything is stored. */
function documentProblem(definition: RoleDefinition): Refusal | undefined {
  const trust = parsePolicy(definition.trustPolicy, 'trust');
  if (trust instanceof Refusal) return trust;
  const unsafe = refuseUnsafe(lintTrustPolicy(trust), 'trust');
  if (unsafe) return unsafe;
  return definition.permissions
    .map(({ document }) => parsePolicy(document, 'permission'))
    .find((parsed) => parsed instanceof Refusal);
}

/** Creates a role. */
export async function createRole(ports: IamPorts, definition: RoleDefinition): Promise<Role | Refusal> {
  if (!roleName.test(definition.name)) return refuse('role-name-unfit', { name: definition.name });
  const problem = documentProblem(definition);
  if (problem) return problem;
  const role: Role = {
    id: newRoleId(ports.randomBytes),
    accountId: definition.accountId,
    name: definition.name,
    path: definition.path ?? '/',
    trustPolicy: definition.trustPolicy,
    permissions: definition.permissions,
    maxSessionSeconds: definition.maxSessionSeconds ?? defaultMaxSessionSeconds,
    createdAt: ports.now(),
  };
  return (await ports.registry.createRole(role)) ?? role;
}
