// One life of an account, call by call as boto3 makes them: everything that both sides have, and what both refuse.

/** The operation as boto3 names it, and its parameters; `{account}` stands for the account's digits. */
export type MotoCall = readonly [operation: string, parameters: Readonly<Record<string, unknown>>];

const provider = 'oidc.example.com/clusters/1';
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::{account}:oidc-provider/${provider}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${provider}:sub`]: 'system:serviceaccount:default:my-app' } },
    },
  ],
});
const reading = (action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });

const RoleName = 'app';
const role = { RoleName };
const PolicyArn = 'arn:aws:iam::{account}:policy/apps/read';
const policy = { PolicyArn };
const absentArn = 'arn:aws:iam::{account}:policy/absent';
const OpenIDConnectProviderArn = `arn:aws:iam::{account}:oidc-provider/${provider}`;
const oidc = { OpenIDConnectProviderArn };
const ThumbprintList = ['cf23df2207d99a74fbe169e3eba035e633b65d94'];

export const sequence: readonly MotoCall[] = [
  ['list_roles', {}],
  ['list_policies', { Scope: 'Local' }],
  ['list_open_id_connect_providers', {}],
  [
    'create_open_id_connect_provider',
    { Url: `https://${provider}`, ClientIDList: ['one'], ThumbprintList, Tags: [{ Key: 'env', Value: 'prod' }] },
  ],
  ['create_open_id_connect_provider', { Url: `https://${provider}`, ThumbprintList }],
  ['get_open_id_connect_provider', oidc],
  ['list_open_id_connect_providers', {}],
  ['update_open_id_connect_provider_thumbprint', { ...oidc, ThumbprintList }],
  ['tag_open_id_connect_provider', { ...oidc, Tags: [{ Key: 'team', Value: 'web' }] }],
  ['untag_open_id_connect_provider', { ...oidc, TagKeys: ['env'] }],
  ['list_open_id_connect_provider_tags', oidc],
  ['get_open_id_connect_provider', oidc],
  ['get_open_id_connect_provider', { OpenIDConnectProviderArn: `${OpenIDConnectProviderArn}/absent` }],

  [
    'create_policy',
    {
      PolicyName: 'read',
      Path: '/apps/',
      PolicyDocument: reading('compute:Get*'),
      Description: 'reads',
      Tags: [{ Key: 'env', Value: 'prod' }],
    },
  ],
  ['create_policy', { PolicyName: 'read', Path: '/apps/', PolicyDocument: reading('compute:Get*') }],
  ['create_policy', { PolicyName: 'broken', PolicyDocument: '{' }],
  ['get_policy', policy],
  ['get_policy', { PolicyArn: absentArn }],
  ['list_policies', { Scope: 'Local' }],
  ['list_policies', { Scope: 'Local', PathPrefix: '/apps/' }],
  ['create_policy_version', { ...policy, PolicyDocument: reading('compute:List*'), SetAsDefault: true }],
  ['create_policy_version', { ...policy, PolicyDocument: reading('compute:*'), SetAsDefault: false }],
  ['get_policy_version', { ...policy, VersionId: 'v2' }],
  ['get_policy_version', { ...policy, VersionId: 'v9' }],
  ['list_policy_versions', policy],
  ['set_default_policy_version', { ...policy, VersionId: 'v1' }],
  ['delete_policy_version', { ...policy, VersionId: 'v1' }],
  ['delete_policy_version', { ...policy, VersionId: 'v3' }],
  ['tag_policy', { ...policy, Tags: [{ Key: 'team', Value: 'web' }] }],
  ['untag_policy', { ...policy, TagKeys: ['env'] }],
  ['list_policy_tags', policy],

  [
    'create_role',
    {
      ...role,
      Path: '/apps/',
      AssumeRolePolicyDocument: trust,
      Description: 'serves',
      MaxSessionDuration: 7200,
      PermissionsBoundary: PolicyArn,
      Tags: [{ Key: 'env', Value: 'prod' }],
    },
  ],
  ['create_role', { ...role, AssumeRolePolicyDocument: trust }],
  ['get_role', role],
  ['get_role', { RoleName: 'absent' }],
  ['list_roles', {}],
  ['list_roles', { PathPrefix: '/apps/' }],
  ['update_role', { ...role, Description: 'other', MaxSessionDuration: 3600 }],
  ['update_role_description', { ...role, Description: 'third' }],
  ['update_assume_role_policy', { ...role, PolicyDocument: trust }],
  ['update_assume_role_policy', { ...role, PolicyDocument: '{' }],
  ['tag_role', { ...role, Tags: [{ Key: 'team', Value: 'web' }] }],
  ['untag_role', { ...role, TagKeys: ['env'] }],
  ['list_role_tags', role],
  ['put_role_policy', { ...role, PolicyName: 'one', PolicyDocument: reading('dns:Get*') }],
  ['put_role_policy', { RoleName: 'absent', PolicyName: 'one', PolicyDocument: reading('dns:Get*') }],
  ['get_role_policy', { ...role, PolicyName: 'one' }],
  ['get_role_policy', { ...role, PolicyName: 'absent' }],
  ['list_role_policies', role],
  ['attach_role_policy', { ...role, PolicyArn }],
  ['attach_role_policy', { ...role, PolicyArn: absentArn }],
  ['list_attached_role_policies', role],
  ['list_entities_for_policy', { ...policy, PolicyUsageFilter: 'PermissionsPolicy' }],
  ['get_policy', policy],
  ['list_instance_profiles_for_role', role],
  ['get_role', role],
  ['get_account_authorization_details', { Filter: ['Role', 'LocalManagedPolicy'] }],
  // Only now a second role: moto lists them by their ids, which chance orders, AWS and we by name.
  ['create_role', { RoleName: 'plain', AssumeRolePolicyDocument: trust }],
  ['get_role', { RoleName: 'plain' }],
  ['delete_role_permissions_boundary', role],
  ['put_role_permissions_boundary', { ...role, PermissionsBoundary: PolicyArn }],
  ['delete_role_permissions_boundary', role],

  ['delete_role', role],
  ['get_account_summary', {}],
  ['detach_role_policy', { ...role, PolicyArn }],
  ['detach_role_policy', { ...role, PolicyArn }],
  ['delete_role', role],
  ['delete_role_policy', { ...role, PolicyName: 'one' }],
  ['delete_role_policy', { ...role, PolicyName: 'one' }],
  ['delete_role', role],
  ['delete_role', role],
  ['delete_role', { RoleName: 'plain' }],
  ['delete_policy_version', { ...policy, VersionId: 'v2' }],
  ['delete_policy', policy],
  ['delete_policy', policy],
  ['delete_open_id_connect_provider', oidc],
  ['delete_open_id_connect_provider', oidc],
  ['list_roles', {}],
];
