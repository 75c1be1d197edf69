// What roles are given: inline policies, managed policies attached, and the boundary beyond which nothing of it counts.
import { type Context, judgeWritten } from '../../../core/policy/index.ts';
import { Refusal, refuse } from '../../../core/refusals/index.ts';
import { type Role, refuseCount, refuseInlineSize } from '../../../core/registry/index.ts';
import {
  attachedFields,
  iamForms,
  inlineFields,
  listOf,
  optional,
  pageShapes,
  policyArnOf,
  required,
} from '../../../core/wire/index.ts';
import type { Action, Call } from '../call.ts';

import { findPolicy, refusePolicyArn, roleAction } from './subjects.ts';

const policyName = required('PolicyName', iamForms.policyName);
const policyArn = required('PolicyArn', iamForms.arn);

/** What keeps whoever administers bounded roles from unbounding them. */
const boundaryKey = (_: Call, { permissionsBoundary }: Role): Context =>
  new Map(permissionsBoundary === undefined ? [] : [['iam:PermissionsBoundary', [permissionsBoundary]]]);

const policyKeys = (call: Call, role: Role): Context =>
  new Map([...boundaryKey(call, role), ['iam:PolicyARN', [call.args.text('PolicyArn')]]]);

const putRolePolicy = roleAction({
  name: 'PutRolePolicy',
  shapes: [policyName, required('PolicyDocument', iamForms.document)],
  keys: boundaryKey,
  proceed: async ({ args, records, at }, role) => {
    const policy = { name: args.text('PolicyName'), document: args.text('PolicyDocument') };
    const warnings = judgeWritten(policy.document, 'permission');
    if (warnings instanceof Refusal) return warnings;
    const access = await records.roles.access(role.name);
    const others = (access?.inline ?? []).filter(({ name }) => name.toLowerCase() !== policy.name.toLowerCase());
    const tooLarge = refuseInlineSize(
      role.name,
      [...others, policy].map(({ document }) => document),
    );
    if (tooLarge !== undefined) return tooLarge;
    return { warnings, carryOut: () => records.rolePolicies.putInline(role.name, policy, at) };
  },
});

const getRolePolicy = roleAction({
  name: 'GetRolePolicy',
  shapes: [policyName],
  proceed: async ({ args, records }, role) => {
    const name = args.text('PolicyName');
    const policy = await records.rolePolicies.findInline(role.name, name);
    if (policy === undefined) return refuse('iam-inline-absent', { name });
    return { result: [['RoleName', role.name], ...inlineFields(policy)] };
  },
});

const listRolePolicies = roleAction({
  name: 'ListRolePolicies',
  shapes: pageShapes,
  proceed: async ({ records, paging }, role) => {
    const page = await records.rolePolicies.listInline(role.name, paging.query);
    if (page instanceof Refusal) return page;
    return { result: [['PolicyNames', listOf(page.items, ({ name }) => name)], ...paging.fields(page.next)] };
  },
});

const deleteRolePolicy = roleAction({
  name: 'DeleteRolePolicy',
  shapes: [policyName],
  keys: boundaryKey,
  proceed: async ({ args, records, at }, role) => {
    const name = args.text('PolicyName');
    if (!(await records.rolePolicies.findInline(role.name, name))) return refuse('iam-inline-absent', { name });
    return { carryOut: () => records.rolePolicies.removeInline(role.name, name, at) };
  },
});

const attachRolePolicy = roleAction({
  name: 'AttachRolePolicy',
  shapes: [policyArn],
  keys: policyKeys,
  proceed: async (call, role) => {
    const arn = call.args.text('PolicyArn');
    const malformed = refusePolicyArn(arn);
    if (malformed !== undefined) return malformed;
    const policy = await findPolicy(call, arn);
    if (policy === undefined) return refuse('iam-policy-not-attachable', { arn });
    const { attached = [] } = (await call.records.roles.access(role.name)) ?? {};
    const isThere = attached.some(({ name }) => name === arn);
    const { quotas } = call.records;
    const full = isThere ? undefined : refuseCount('PoliciesPerRole', attached.length + 1, quotas);
    if (full !== undefined) return full;
    return { carryOut: () => call.records.rolePolicies.attach(role.name, policy.name, call.at) };
  },
});

const detachRolePolicy = roleAction({
  name: 'DetachRolePolicy',
  shapes: [policyArn],
  keys: policyKeys,
  proceed: async (call, role) => {
    const arn = call.args.text('PolicyArn');
    const malformed = refusePolicyArn(arn);
    if (malformed !== undefined) return malformed;
    const policy = await findPolicy(call, arn);
    const access = await call.records.roles.access(role.name);
    const isThere = access?.attached.some(({ name }) => name === arn) === true;
    if (policy === undefined || !isThere) return refuse('iam-policy-not-attached', { arn, name: role.name });
    return { carryOut: () => call.records.rolePolicies.detach(role.name, policy.name, call.at) };
  },
});

const listAttached = roleAction({
  name: 'ListAttachedRolePolicies',
  shapes: [optional('PathPrefix', iamForms.pathPrefix), ...pageShapes],
  proceed: async ({ args, records, paging }, role) => {
    const pathPrefix = args.given('PathPrefix') ?? '/';
    const page = await records.rolePolicies.listAttached(role.name, { ...paging.query, pathPrefix });
    if (page instanceof Refusal) return page;
    return { result: [['AttachedPolicies', listOf(page.items, attachedFields)], ...paging.fields(page.next)] };
  },
});

const putBoundary = roleAction({
  name: 'PutRolePermissionsBoundary',
  shapes: [required('PermissionsBoundary', iamForms.arn)],
  keys: ({ args }) => new Map([['iam:PermissionsBoundary', [args.text('PermissionsBoundary')]]]),
  proceed: async (call, role) => {
    const arn = call.args.text('PermissionsBoundary');
    const policy = await findPolicy(call, arn);
    if (policy === undefined) return refuse('iam-boundary-absent', { arn });
    const change = { permissionsBoundary: policyArnOf(policy) };
    return {
      carryOut: async () => {
        const updated = await call.records.roles.update(role.name, change, { at: call.at, revision: role.revision });
        return updated instanceof Refusal ? updated : undefined;
      },
    };
  },
});

const deleteBoundary = roleAction({
  name: 'DeleteRolePermissionsBoundary',
  keys: boundaryKey,
  proceed: ({ records, at }, { name, revision }) => ({
    carryOut: async () => {
      const updated = await records.roles.update(name, { permissionsBoundary: null }, { at, revision });
      return updated instanceof Refusal ? updated : undefined;
    },
  }),
});

export const rolePolicyActions: readonly Action[] = [
  putRolePolicy,
  getRolePolicy,
  listRolePolicies,
  deleteRolePolicy,
  attachRolePolicy,
  detachRolePolicy,
  listAttached,
  putBoundary,
  deleteBoundary,
];
