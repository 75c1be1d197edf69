// Managed policies: made, shown, listed, deleted, tagged; and which roles have to do with one.
import { newPolicyId } from '../../../core/credentials/index.ts';
import { parsePolicyArn } from '../../../core/identity/index.ts';
import { judgeWritten } from '../../../core/policy/index.ts';
import { Refusal, refuse } from '../../../core/refusals/index.ts';
import { type ManagedPolicy, type Role, refuseManagedSize } from '../../../core/registry/index.ts';
import {
  type Field,
  iamForms,
  listedPolicyFields,
  listOf,
  neededList,
  optional,
  pageShapes,
  policyArnOf,
  policyFields,
  required,
  tagFields,
  tagKeyList,
  tagList,
} from '../../../core/wire/index.ts';
import type { ListQuery, Page } from '../../../io/sql/index.ts';
import type { Action, Call, Change, Outcome } from '../call.ts';

import { pageInTurn, pageOfAll } from '../paging.ts';
import { policyAction } from './subjects.ts';
import { readTags, requestTagKeys, withoutTags, withTags } from './tags.ts';

async function planCreation(call: Call, arn: string): Promise<Outcome> {
  const { args, records, at, ports } = call;
  const tags = readTags(args);
  if (tags instanceof Refusal) return tags;
  const document = args.text('PolicyDocument');
  const warnings = judgeWritten(document, 'permission');
  if (warnings instanceof Refusal) return warnings;
  const tooLarge = refuseManagedSize(document);
  if (tooLarge !== undefined) return tooLarge;
  const [name, path] = [args.text('PolicyName'), args.given('Path') ?? '/'];
  // What is no part of an ARN that is read again would make a policy that nothing can name.
  if (parsePolicyArn(arn)?.path !== path) return refuse('iam-policy-path-unfit', { path });
  if (await records.policies.find(name)) return refuse('iam-policy-exists', { name });
  return {
    warnings,
    carryOut: async () => {
      const id = newPolicyId(ports.randomBytes);
      const given = { id, name, path, description: args.text('Description'), tags, createdAt: at };
      const policy = await records.policies.create(given, document);
      return policy instanceof Refusal ? policy : [['Policy', policyFields(policy)]];
    },
  };
}

const createPolicy: Action = {
  name: 'CreatePolicy',
  takes: {
    shapes: [
      required('PolicyName', iamForms.policyName),
      optional('Path', iamForms.path),
      required('PolicyDocument', iamForms.document),
      optional('Description', iamForms.policyDescription),
    ],
    lists: [tagList],
  },
  about: (call) => {
    const { args, accountId } = call;
    const arn = policyArnOf({ accountId, path: args.given('Path') ?? '/', name: args.text('PolicyName') });
    return {
      resource: arn,
      context: requestTagKeys(args),
      alsoTakes: args.items('Tags').length > 0 ? ['iam:TagPolicy'] : [],
      proceed: () => planCreation(call, arn),
    };
  },
};

const getPolicy = policyAction({
  name: 'GetPolicy',
  proceed: (_, policy) => ({ result: [['Policy', policyFields(policy)]] }),
});

const usages = { choices: ['PermissionsPolicy', 'PermissionsBoundary'] };

const listPolicies: Action = {
  name: 'ListPolicies',
  takes: {
    shapes: [
      optional('Scope', { choices: ['All', 'AWS', 'Local'] }),
      optional('OnlyAttached', iamForms.boolean),
      optional('PathPrefix', iamForms.pathPrefix),
      optional('PolicyUsageFilter', usages),
      ...pageShapes,
    ],
    lists: [],
  },
  about: ({ accountId, args, records, paging }) => {
    const pathPrefix = args.given('PathPrefix') ?? '/';
    const usage = args.given('PolicyUsageFilter');
    const isUsed = ({ boundaryCount }: ManagedPolicy) => usage !== 'PermissionsBoundary' || boundaryCount > 0;
    const onlyAttached = args.isTrue('OnlyAttached');
    const list = (): Promise<Page<ManagedPolicy>> =>
      args.text('Scope') === 'AWS'
        ? Promise.resolve({ items: [], next: undefined })
        : records.policies.list({ ...paging.query, pathPrefix, onlyAttached });
    return {
      resource: `arn:aws:iam::${accountId}:policy${pathPrefix}`,
      proceed: async () => {
        const { items, next } = await list();
        return {
          result: [['Policies', listOf(items.filter(isUsed), listedPolicyFields)], ...paging.fields(next)],
        };
      },
    };
  },
};

const deletePolicy = policyAction({
  name: 'DeletePolicy',
  proceed: async ({ records }, { name, attachmentCount, boundaryCount }) => {
    if (attachmentCount + boundaryCount > 0) return refuse('iam-policy-attached', {});
    const versions = await records.policies.listVersions(name);
    if (versions instanceof Refusal) return versions;
    if (versions.length > 1) return refuse('iam-policy-has-versions', {});
    return { carryOut: () => records.policies.remove(name) };
  },
});

function tagging({ records, at }: Call, policy: ManagedPolicy, tags: ManagedPolicy['tags']): Change {
  return {
    carryOut: async () => {
      const updated = await records.policies.update(policy.name, { tags }, { at, revision: policy.revision });
      return updated instanceof Refusal ? updated : undefined;
    },
  };
}

const tagPolicy = policyAction({
  name: 'TagPolicy',
  lists: [neededList(tagList)],
  proceed: (call, policy) => {
    const added = readTags(call.args);
    const tags = added instanceof Refusal ? added : withTags(policy.tags, added);
    return tags instanceof Refusal ? tags : tagging(call, policy, tags);
  },
});

const untagPolicy = policyAction({
  name: 'UntagPolicy',
  lists: [tagKeyList],
  proceed: (call, policy) => tagging(call, policy, withoutTags(policy.tags, call.args.texts('TagKeys'))),
});

const listPolicyTags = policyAction({
  name: 'ListPolicyTags',
  shapes: pageShapes,
  proceed: ({ paging }, { tags }) => {
    const { items, next } = pageOfAll(tags, paging.query);
    return { result: [['Tags', listOf(items, tagFields)], ...paging.fields(next)] };
  },
});

/** A page of the roles that a policy is attached to, and, unless only those are asked for, of the others that it bounds. */
function listEntities({ args, records, paging }: Call, policy: ManagedPolicy): Promise<Page<Role> | Refusal> {
  const usage = args.given('PolicyUsageFilter');
  const pathPrefix = args.given('PathPrefix') ?? '/';
  const attached = (query: ListQuery) =>
    records.rolePolicies.listEntities(policy.name, { ...query, pathPrefix, usage: 'attached' });
  const bounded = (query: ListQuery) =>
    records.rolePolicies.listEntities(policy.name, { ...query, pathPrefix, usage: 'boundary' });
  /** A role that has the policy both ways is told once. */
  const boundedAlone = async (query: ListQuery) => {
    const page = await bounded(query);
    if (page instanceof Refusal) return page;
    const accesses = await Promise.all(page.items.map(({ name }) => records.roles.access(name)));
    const arn = policyArnOf(policy);
    const isAttached = accesses.map((access) => access?.attached.some(({ name }) => name === arn) === true);
    return { ...page, items: page.items.filter((_, index) => isAttached[index] !== true) };
  };
  const lists = { PermissionsPolicy: [attached], PermissionsBoundary: [bounded] };
  if (usage === 'PermissionsPolicy' || usage === 'PermissionsBoundary') return pageInTurn(lists[usage], paging.query);
  return pageInTurn([attached, boundedAlone], paging.query);
}

const roleEntityFields = ({ name, id }: Role): readonly Field[] => [
  ['RoleName', name],
  ['RoleId', id],
];

const listEntitiesForPolicy = policyAction({
  name: 'ListEntitiesForPolicy',
  shapes: [
    optional('EntityFilter', { choices: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] }),
    optional('PathPrefix', iamForms.pathPrefix),
    optional('PolicyUsageFilter', usages),
    ...pageShapes,
  ],
  proceed: async (call, policy) => {
    const wantsRoles = (call.args.given('EntityFilter') ?? 'Role') === 'Role';
    const page = wantsRoles ? await listEntities(call, policy) : { items: [], next: undefined };
    if (page instanceof Refusal) return page;
    return {
      result: [
        ['PolicyGroups', { members: [] }],
        ['PolicyUsers', { members: [] }],
        ['PolicyRoles', listOf(page.items, roleEntityFields)],
        ...call.paging.fields(page.next),
      ],
    };
  },
});

export const policyActions: readonly Action[] = [
  createPolicy,
  getPolicy,
  listPolicies,
  deletePolicy,
  tagPolicy,
  untagPolicy,
  listPolicyTags,
  listEntitiesForPolicy,
];
