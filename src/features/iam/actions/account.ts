// The account as a whole: every role and policy with what belongs to it.
import { Refusal } from '../../../core/refusals/index.ts';
import {
  type AccountCounts,
  fixedQuotas,
  type ManagedPolicy,
  type Quotas,
  type Role,
} from '../../../core/registry/index.ts';
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

/** What is not kept here is told as what there is none of, and room for none: tools ask for their own line of the map. */
const keptElsewhere = {
  Users: 0,
  UsersQuota: 0,
  Groups: 0,
  GroupsQuota: 0,
  GroupsPerUserQuota: 0,
  InstanceProfiles: 0,
  InstanceProfilesQuota: 0,
  ServerCertificates: 0,
  ServerCertificatesQuota: 0,
  AccessKeysPerUserQuota: 0,
  SigningCertificatesPerUserQuota: 0,
  UserPolicySizeQuota: 0,
  GroupPolicySizeQuota: 0,
  AttachedPoliciesPerUserQuota: 0,
  AttachedPoliciesPerGroupQuota: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
};

function summaryOf(counts: AccountCounts, quotas: Quotas, hasRootKeys: boolean): Readonly<Record<string, number>> {
  return {
    Roles: counts.roles,
    RolesQuota: quotas.RolesPerAccount,
    Policies: counts.policies,
    PoliciesQuota: quotas.PoliciesPerAccount,
    PolicyVersionsInUse: counts.policyVersions,
    PolicyVersionsInUseQuota: quotas.PoliciesPerAccount * fixedQuotas.versionsPerPolicy,
    VersionsPerPolicyQuota: fixedQuotas.versionsPerPolicy,
    PolicySizeQuota: fixedQuotas.managedPolicySize,
    RolePolicySizeQuota: fixedQuotas.inlinePolicySize,
    AssumeRolePolicySizeQuota: quotas.ACLSizePerRole,
    AttachedPoliciesPerRoleQuota: quotas.PoliciesPerRole,
    Providers: counts.providers,
    AccountAccessKeysPresent: Number(hasRootKeys),
    // Of the one form that session tokens have here.
    GlobalEndpointTokenVersion: 2,
    ...keptElsewhere,
  };
}

/** The map's members: AWS IAM API Reference, GetAccountSummary. */
const getSummary: Action = {
  name: 'GetAccountSummary',
  takes: { shapes: [], lists: [] },
  about: ({ records }) => ({
    resource: '*',
    proceed: async () => {
      const [counts, keys] = await Promise.all([records.counts(), records.rootKeys.list()]);
      const hasRootKeys = keys.some(({ status }) => status === 'active');
      return { result: [['SummaryMap', { figures: summaryOf(counts, records.quotas, hasRootKeys) }]] };
    },
  }),
};

export const accountActions: readonly Action[] = [getAuthorizationDetails, getSummary];
