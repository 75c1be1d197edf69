// The account as a whole: every role and policy with what belongs to it.
import { Refusal } from '../../../core/refusals/index.ts';
import type { ManagedPolicy, Role } from '../../../core/registry/index.ts';
import {
  attachedFields,
  boundaryField,
  type Content,
  type Field,
  inlineFields,
  lastUsedField,
  listedPolicyFields,
  listedRoleFields,
  listOf,
  pageShapes,
  tagsField,
  textList,
  versionFields,
} from '../../../core/wire/index.ts';
import type { ListQuery, Page } from '../../../io/sql/index.ts';
import type { Action, Call } from '../call.ts';
import { pageInTurn } from '../paging.ts';

const filters = textList('Filter', 5, {
  choices: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'],
});

/** A policy has five documents, a role as much in inline policies: a page of a hundred would be tens of megabytes. */
const mostDetails = 20;

/** A role's or a policy's details. */
interface Detail {
  readonly kind: 'role' | 'policy';
  readonly fields: readonly Field[];
}

async function roleDetail({ records }: Call, role: Role): Promise<Detail> {
  const { inline = [], attached = [] } = (await records.roles.access(role.name)) ?? {};
  const named = attached.map(({ name: arn }) => ({ arn, name: arn.slice(arn.lastIndexOf('/') + 1) }));
  const shown = new Set(['Description', 'MaxSessionDuration']);
  return {
    kind: 'role',
    fields: [
      ...listedRoleFields(role).filter(([name]) => !shown.has(name)),
      ['InstanceProfileList', { members: [] }],
      ['RolePolicyList', listOf(inline, inlineFields)],
      ['AttachedManagedPolicies', listOf(named, attachedFields)],
      boundaryField(role),
      tagsField(role.tags),
      lastUsedField(role),
    ],
  };
}

async function policyDetail({ records }: Call, policy: ManagedPolicy): Promise<Detail> {
  const versions = await records.policies.listVersions(policy.name);
  // Deleted since it was listed.
  const kept = versions instanceof Refusal ? [] : versions;
  const description: Field = ['Description', policy.description === '' ? undefined : policy.description];
  const fields = [
    ...listedPolicyFields(policy),
    description,
    ['PolicyVersionList', listOf(kept, versionFields)] as const,
  ];
  return { kind: 'policy', fields };
}

function listsOf(call: Call, wanted: readonly string[]): readonly ((query: ListQuery) => Promise<Page<Detail>>)[] {
  const { records } = call;
  const isWanted = (kind: string) => wanted.length === 0 || wanted.includes(kind);
  const roles = async (query: ListQuery) => {
    const { items, next } = await records.roles.list(query);
    return { items: await Promise.all(items.map((role) => roleDetail(call, role))), next };
  };
  const policies = async (query: ListQuery) => {
    const { items, next } = await records.policies.list(query);
    return { items: await Promise.all(items.map((policy) => policyDetail(call, policy))), next };
  };
  return [...(isWanted('Role') ? [roles] : []), ...(isWanted('LocalManagedPolicy') ? [policies] : [])];
}

const getAuthorizationDetails: Action = {
  name: 'GetAccountAuthorizationDetails',
  takes: { shapes: pageShapes, lists: [filters] },
  about: (call) => ({
    resource: '*',
    proceed: async () => {
      const { query } = call.paging;
      const limit = Math.min(query.limit, mostDetails);
      const page = await pageInTurn(listsOf(call, call.args.texts('Filter')), { ...query, limit });
      if (page instanceof Refusal) return page;
      const details = (kind: Detail['kind']): Content =>
        listOf(
          page.items.filter((detail) => detail.kind === kind),
          ({ fields }) => fields,
        );
      return {
        result: [
          ['UserDetailList', { members: [] }],
          ['GroupDetailList', { members: [] }],
          ['RoleDetailList', details('role')],
          ['Policies', details('policy')],
          ...call.paging.fields(page.next),
        ],
      };
    },
  }),
};

export const accountActions: readonly Action[] = [getAuthorizationDetails];
