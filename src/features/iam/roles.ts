// Roles, with the policies that say who may assume them and what they may do.
import { newRoleId, newUuid } from '../../core/credentials/index.ts';
import { homePartition, isAccountId, parseRoleArn, roleArn } from '../../core/identity/index.ts';
import { judgeWritten } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { PermissionPolicy, Role, Tag } from '../../core/registry/index.ts';
import type { AccountRegistry, NewRole } from '../../io/sql/index.ts';
import type { IamPorts } from './ports.ts';

export interface RoleDefinition {
  readonly accountId: string;
  readonly name: string;
  readonly path?: string;
  readonly trustPolicy: string;
  readonly permissions: readonly PermissionPolicy[];
  readonly maxSessionSeconds?: number;
  readonly description?: string;
  readonly tags?: readonly Tag[];
  /** A managed policy's ARN. */
  readonly permissionsBoundary?: string;
}

const roleName = /^[\w+=,.@-]{1,64}$/;
/** IAM API reference, CreateRole: MaxSessionDuration and its default; Path. */
const leastMaxSessionSeconds = 3600;
const mostMaxSessionSeconds = 43_200;
const longestPath = 512;

type WholeDefinition = RoleDefinition & Required<Pick<RoleDefinition, 'path' | 'maxSessionSeconds'>>;
type DefinitionRule = (role: WholeDefinition) => Refusal | undefined;

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
const documentsAreFit: DefinitionRule = ({ trustPolicy, permissions }) =>
  [judgeWritten(trustPolicy, 'trust'), ...permissions.map(({ document }) => judgeWritten(document, 'permission'))].find(
    (judged) => judged instanceof Refusal,
  );

const definitionRules: readonly DefinitionRule[] = [
  accountIsOne,
  nameIsFit,
  pathIsFit,
  sessionsAreFit,
  documentsAreFit,
];

const withDefaults = (definition: RoleDefinition): WholeDefinition => ({
  path: '/',
  maxSessionSeconds: leastMaxSessionSeconds,
  ...definition,
});

/** The first thing that is wrong with a role, judged before anything is stored. */
export function refuseRole(definition: RoleDefinition): Refusal | undefined {
  const whole = withDefaults(definition);
  for (const rule of definitionRules) {
    const refusal = rule(whole);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Creates a role. */
export async function createRole(
  ports: Pick<IamPorts, 'now' | 'randomBytes'> & {
    readonly registry: { account(id: string): Pick<AccountRegistry, 'roles'> };
  },
  definition: RoleDefinition,
): Promise<Role | Refusal> {
  const refusal = refuseRole(definition);
  if (refusal) return refusal;
  const whole = withDefaults(definition);
  const { accountId, name, path, trustPolicy, permissions, maxSessionSeconds } = whole;
  const { description = '', tags = [], permissionsBoundary } = whole;
  const role: NewRole = {
    id: newRoleId(ports.randomBytes),
    uuid: newUuid(ports.randomBytes),
    name,
    path,
    trustPolicy,
    maxSessionSeconds,
    description,
    tags,
    ...(permissionsBoundary !== undefined && { permissionsBoundary }),
    createdAt: ports.now(),
  };
  return ports.registry.account(accountId).roles.create(role, permissions);
}
