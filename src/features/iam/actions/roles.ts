// Roles: made, shown, listed, changed, deleted, tagged.
import { judgeWritten } from '../../../core/policy/index.ts';
import { Refusal, refuse } from '../../../core/refusals/index.ts';
import { type Role, refuseTrustSize } from '../../../core/registry/index.ts';
import {
  iamForms,
  listedRoleFields,
  listOf,
  neededList,
  optional,
  pageShapes,
  required,
  roleArnOf,
  roleFields,
  tagFields,
  tagKeyList,
  tagList,
} from '../../../core/wire/index.ts';
import type { RoleChange } from '../../../io/sql/index.ts';
import type { Action, Call, Change, Outcome } from '../call.ts';

import { pageOfAll } from '../paging.ts';
import { createRole, type RoleDefinition, refuseRole } from '../roles.ts';
import { findPolicy, roleAction } from './subjects.ts';
import { readTags, requestTagKeys, withoutTags, withTags } from './tags.ts';

function readDefinition({ args, accountId }: Call): RoleDefinition | Refusal {
  const tags = readTags(args);
  if (tags instanceof Refusal) return tags;
  const boundary = args.given('PermissionsBoundary');
  const maxSessionSeconds = args.number('MaxSessionDuration');
  return {
    accountId,
    name: args.text('RoleName'),
    path: args.given('Path') ?? '/',
    trustPolicy: args.text('AssumeRolePolicyDocument'),
    permissions: [],
    description: args.text('Description'),
    tags,
    ...(maxSessionSeconds !== undefined && { maxSessionSeconds }),
    ...(boundary !== undefined && { permissionsBoundary: boundary }),
  };
}

async function planCreation(call: Call): Promise<Outcome> {
  const definition = readDefinition(call);
  if (definition instanceof Refusal) return definition;
  const warnings = judgeWritten(definition.trustPolicy, 'trust');
  if (warnings instanceof Refusal) return warnings;
  const unfit = refuseRole(definition) ?? refuseTrustSize(definition.trustPolicy, call.records.quotas);
  if (unfit !== undefined) return unfit;
  const { name, permissionsBoundary: arn } = definition;
  if (await call.records.roles.find(name)) return refuse('iam-role-exists', { name });
  if (arn !== undefined && !(await findPolicy(call, arn))) return refuse('iam-boundary-absent', { arn });
  return {
    warnings,
    carryOut: async () => {
      const ports = { ...call.ports, registry: { account: () => call.records } };
      const role = await createRole(ports, definition);
      return role instanceof Refusal ? role : [['Role', roleFields(role)]];
    },
  };
}

const createRoleAction: Action = {
  name: 'CreateRole',
  takes: {
    shapes: [
      required('RoleName', iamForms.roleName),
      optional('Path', iamForms.path),
      required('AssumeRolePolicyDocument', iamForms.document),
      optional('Description', iamForms.roleDescription),
      optional('MaxSessionDuration', iamForms.sessionSeconds),
      optional('PermissionsBoundary', iamForms.arn),
    ],
    lists: [tagList],
  },
  about: (call) => {
    const { args, accountId } = call;
    const boundary = args.given('PermissionsBoundary');
    const boundaryKey = boundary === undefined ? [] : [['iam:PermissionsBoundary', [boundary]] as const];
    return {
      resource: roleArnOf({ accountId, path: args.given('Path') ?? '/', name: args.text('RoleName') }),
      context: new Map([...requestTagKeys(args), ...boundaryKey]),
      alsoTakes: args.items('Tags').length > 0 ? ['iam:TagRole'] : [],
      proceed: () => planCreation(call),
    };
  },
};

/** Changes the role as it was read: another change in between refuses this one. */
function updating({ records, at }: Call, role: Role, change: RoleChange): Pick<Change, 'carryOut'> {
  return {
    carryOut: async () => {
      const updated = await records.roles.update(role.name, change, { at, revision: role.revision });
      return updated instanceof Refusal ? updated : undefined;
    },
  };
}

const getRole = roleAction({
  name: 'GetRole',
  isOwn: ({ caller }, { id }) => caller.kind === 'session' && caller.facts.roleId === id,
  proceed: (_, role) => ({ result: [['Role', roleFields(role)]] }),
});

const listRoles: Action = {
  name: 'ListRoles',
  takes: { shapes: [optional('PathPrefix', iamForms.pathPrefix), ...pageShapes], lists: [] },
  about: ({ accountId, args, records, paging }) => {
    const pathPrefix = args.given('PathPrefix') ?? '/';
    return {
      resource: `arn:aws:iam::${accountId}:role${pathPrefix}`,
      proceed: async () => {
        const { items, next } = await records.roles.list({ ...paging.query, pathPrefix });
        return { result: [['Roles', listOf(items, listedRoleFields)], ...paging.fields(next)] };
      },
    };
  },
};

const updateRole = roleAction({
  name: 'UpdateRole',
  shapes: [optional('Description', iamForms.roleDescription), optional('MaxSessionDuration', iamForms.sessionSeconds)],
  proceed: (call, role) => {
    const description = call.args.given('Description');
    // AWS IAM API Reference: without a value, "the default value of one hour is applied".
    const maxSessionSeconds = call.args.number('MaxSessionDuration') ?? 3600;
    const described = description === undefined ? {} : { description };
    const { carryOut } = updating(call, role, { ...described, maxSessionSeconds });
    return { carryOut: async () => (await carryOut()) ?? [] };
  },
});

const updateDescription = roleAction({
  name: 'UpdateRoleDescription',
  shapes: [required('Description', iamForms.roleDescription)],
  proceed: ({ args, records, at }, { name, revision }) => ({
    carryOut: async () => {
      const updated = await records.roles.update(name, { description: args.text('Description') }, { at, revision });
      return updated instanceof Refusal ? updated : [['Role', roleFields(updated)]];
    },
  }),
});

const updateTrustPolicy = roleAction({
  name: 'UpdateAssumeRolePolicy',
  shapes: [required('PolicyDocument', iamForms.document)],
  proceed: (call, role) => {
    const trustPolicy = call.args.text('PolicyDocument');
    const warnings = judgeWritten(trustPolicy, 'trust');
    if (warnings instanceof Refusal) return warnings;
    const tooLarge = refuseTrustSize(trustPolicy, call.records.quotas);
    return tooLarge ?? { ...updating(call, role, { trustPolicy }), warnings };
  },
});

const deleteRole = roleAction({
  name: 'DeleteRole',
  proceed: async ({ records }, { name }) => {
    const access = await records.roles.access(name);
    if (access !== undefined && access.attached.length > 0) return refuse('iam-role-has-attached', {});
    if (access !== undefined && access.inline.length > 0) return refuse('iam-role-has-inline', {});
    return { carryOut: () => records.roles.remove(name) };
  },
});

const tagRole = roleAction({
  name: 'TagRole',
  lists: [neededList(tagList)],
  proceed: (call, role) => {
    const added = readTags(call.args);
    const tags = added instanceof Refusal ? added : withTags(role.tags, added);
    return tags instanceof Refusal ? tags : updating(call, role, { tags });
  },
});

const untagRole = roleAction({
  name: 'UntagRole',
  lists: [tagKeyList],
  proceed: (call, role) => updating(call, role, { tags: withoutTags(role.tags, call.args.texts('TagKeys')) }),
});

const listRoleTags = roleAction({
  name: 'ListRoleTags',
  shapes: pageShapes,
  proceed: ({ paging }, { tags }) => {
    const { items, next } = pageOfAll(tags, paging.query);
    return { result: [['Tags', listOf(items, tagFields)], ...paging.fields(next)] };
  },
});

/** There are no instances that roles could be handed to: tools ask before they delete a role. */
const listInstanceProfiles = roleAction({
  name: 'ListInstanceProfilesForRole',
  shapes: pageShapes,
  proceed: ({ paging }) => ({ result: [['InstanceProfiles', { members: [] }], ...paging.fields(undefined)] }),
});

export const roleActions: readonly Action[] = [
  createRoleAction,
  getRole,
  listRoles,
  updateRole,
  updateDescription,
  updateTrustPolicy,
  deleteRole,
  tagRole,
  untagRole,
  listRoleTags,
  listInstanceProfiles,
];
