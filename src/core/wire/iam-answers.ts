// What the IAM's answers tell of what is on record (AWS IAM API Reference, "Data types").
import { homePartition, oidcProviderArn, policyArn, roleArn } from '../identity/index.ts';
import type {
  AttachedPolicy,
  Issuer,
  ManagedPolicy,
  PermissionPolicy,
  PolicyVersion,
  Role,
  Tag,
} from '../registry/index.ts';
import type { Content, Field } from './answers.ts';

/** RFC 3986: every octet that is not unreserved; documents and what is around them cannot be mixed up. */
function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export const roleArnOf = ({ accountId: account, path, name }: Pick<Role, 'accountId' | 'path' | 'name'>) =>
  roleArn({ partition: homePartition, account, path, name });

export const policyArnOf = ({ accountId, path, name }: Pick<ManagedPolicy, 'accountId' | 'path' | 'name'>) =>
  policyArn(accountId, path, name);

export const providerArnOf = ({ accountId, url }: Pick<Issuer, 'accountId' | 'url'>) =>
  oidcProviderArn(accountId, url, homePartition);

export const listOf = <Item>(items: readonly Item[], contentOf: (item: Item) => Content): Content => ({
  members: items.map(contentOf),
});

const given = (text: string) => (text === '' ? undefined : text);

export const tagFields = ({ key, value }: Tag): readonly Field[] => [
  ['Key', key],
  ['Value', value],
];

export const tagsField = (tags: readonly Tag[]): Field => [
  'Tags',
  tags.length === 0 ? undefined : listOf(tags, tagFields),
];

/** A role as lists of roles show it. */
export function listedRoleFields(role: Role): readonly Field[] {
  return [
    ['Path', role.path],
    ['RoleName', role.name],
    ['RoleId', role.id],
    ['Arn', roleArnOf(role)],
    ['CreateDate', { time: role.createdAt }],
    ['AssumeRolePolicyDocument', encodeDocument(role.trustPolicy)],
    ['Description', given(role.description)],
    ['MaxSessionDuration', role.maxSessionSeconds],
  ];
}

export function boundaryField({ permissionsBoundary }: Pick<Role, 'permissionsBoundary'>): Field {
  const fields: readonly Field[] = [
    ['PermissionsBoundaryType', 'PermissionsBoundaryPolicy'],
    ['PermissionsBoundaryArn', permissionsBoundary],
  ];
  return ['PermissionsBoundary', permissionsBoundary === undefined ? undefined : fields];
}

export const lastUsedField = ({ lastUsedAt }: Pick<Role, 'lastUsedAt'>): Field => [
  'RoleLastUsed',
  [['LastUsedDate', lastUsedAt === undefined ? undefined : { time: lastUsedAt }]],
];

/** A role as it is shown by itself. */
export const roleFields = (role: Role): readonly Field[] => [
  ...listedRoleFields(role),
  boundaryField(role),
  tagsField(role.tags),
  lastUsedField(role),
];

export const attachedFields = ({ name, arn }: AttachedPolicy): readonly Field[] => [
  ['PolicyName', name],
  ['PolicyArn', arn],
];

export const inlineFields = ({ name, document }: PermissionPolicy): readonly Field[] => [
  ['PolicyName', name],
  ['PolicyDocument', encodeDocument(document)],
];

/** A managed policy as lists of policies show it. */
export function listedPolicyFields(policy: ManagedPolicy): readonly Field[] {
  return [
    ['PolicyName', policy.name],
    ['PolicyId', policy.id],
    ['Arn', policyArnOf(policy)],
    ['Path', policy.path],
    ['DefaultVersionId', `v${policy.defaultVersion}`],
    ['AttachmentCount', policy.attachmentCount],
    ['PermissionsBoundaryUsageCount', policy.boundaryCount],
    ['IsAttachable', true],
    ['CreateDate', { time: policy.createdAt }],
    ['UpdateDate', { time: policy.updatedAt }],
  ];
}

/** A managed policy as it is shown by itself. */
export const policyFields = (policy: ManagedPolicy): readonly Field[] => [
  ...listedPolicyFields(policy),
  ['Description', given(policy.description)],
  tagsField(policy.tags),
];

/** A version without its document, as lists show it. */
export const listedVersionFields = ({ number, isDefault, createdAt }: PolicyVersion): readonly Field[] => [
  ['VersionId', `v${number}`],
  ['IsDefaultVersion', isDefault],
  ['CreateDate', { time: createdAt }],
];

export const versionFields = (version: PolicyVersion): readonly Field[] => [
  ['Document', encodeDocument(version.document)],
  ...listedVersionFields(version),
];
