// Roles, with the policies that say who may assume them and what they may do.
import { newRoleId, newUuid } from '../../core/credentials/index.ts';
import { homePartition, isAccountId, parseRoleArn, roleArn } from '../../core/identity/index.ts';
import { lintTrustPolicy, parsePolicy, refuseUnsafe } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { PermissionPolicy, Role } from '../../core/registry/index.ts';
import type { NewRole } from '../../io/sql/index.ts';
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
/** IAM API reference, CreateRole: MaxSessionDuration and its default; Path. */
const leastMaxSessionSeconds = 3600;
const mostMaxSessionSeconds = 43_200;
const longestPath = 512;

type DefinitionRule = (role: Required<RoleDefinition>) => Refusal | undefined;

const accountIsOne: DefinitionRule = ({ accountId }) =>
  isAccountId(accountId) ? undefined : refuse('account-id-unfit', { account: accountId });

const nameIsFit: DefinitionRule = ({ name }) => (roleName.test(name) ? undefined : refuse('role-name-unfit', { name }));

/** What is no part of an ARN that is read again would make a role that nobody can assume. */
const pathIsFit: DefinitionRule = ({ accountId, path, name }) => {
  const read = parseRoleArn(roleArn({ partition: homePartition, account: accountId, path, name }));
  return path.length <= longestPath && read?.path === path && read.name === name
    ? undefined
    : refuse('role-path-unfit', { path, most: longestPath });
};

const sessionsAreFit: DefinitionRule = ({ maxSessionSeconds: seconds }) =>
  Number.isInteger(seconds) && seconds >= leastMaxSessionSeconds && seconds <= mostMaxSessionSeconds
    ? undefined
    : refuse('role-session-unfit', { seconds, least: leastMaxSessionSeconds, most: mostMaxSessionSeconds });

/** What is wrong with the documents, judged before anything is stored. */
const documentsAreFit: DefinitionRule = (definition) => {
  const trust = parsePolicy(definition.trustPolicy, 'trust');
  if (trust instanceof Refusal) return trust;
  const unsafe = refuseUnsafe(lintTrustPolicy(trust), 'trust');
  if (unsafe) return unsafe;
  return definition.permissions
    .map(({ document }) => parsePolicy(document, 'permission'))
    .find((parsed) => parsed instanceof Refusal);
};

const definitionRules: readonly DefinitionRule[] = [
  accountIsOne,
  nameIsFit,
  pathIsFit,
  sessionsAreFit,
  documentsAreFit,
];

function firstRefusal(definition: Required<RoleDefinition>): Refusal | undefined {
  for (const rule of definitionRules) {
    const refusal = rule(definition);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Creates a role. */
export async function createRole(ports: IamPorts, definition: RoleDefinition): Promise<Role | Refusal> {
  const whole = { path: '/', maxSessionSeconds: leastMaxSessionSeconds, ...definition };
  const refusal = firstRefusal(whole);
  if (refusal) return refusal;
  const { accountId, name, path, trustPolicy, permissions, maxSessionSeconds } = whole;
  const role: NewRole = {
    id: newRoleId(ports.randomBytes),
    uuid: newUuid(ports.randomBytes),
    name,
    path,
    trustPolicy,
    maxSessionSeconds,
    description: '',
    tags: [],
    createdAt: ports.now(),
  };
  return ports.registry.account(accountId).roles.create(role, permissions);
}
