// Roles and managed policies as the API answers with them.
import { z } from 'zod';
import { policyArn, roleArn } from '../../core/identity/index.ts';
import type { ManagedPolicy, PolicyVersion, Role, RoleAccess } from '../../core/registry/index.ts';
import { documentOf, isoTime, tag, time } from './answers.ts';

const named = z.object({ name: z.string(), document: z.unknown() });

export const roleAnswer = z.object({
  id: z.string().describe('A UUID.'),
  role_id: z.string().describe('AROA and 17 characters, as the IAM API has it.'),
  account_id: z.string(),
  arn: z.string(),
  name: z.string(),
  path: z.string(),
  description: z.string(),
  trust_policy: z.unknown(),
  max_session_seconds: z.int(),
  tags: z.array(tag),
  permissions_boundary: z.string(),
  policies: z.array(named).exactOptional().describe('Inline; where one role was asked for.'),
  attached_policies: z.array(z.string()).exactOptional().describe('ARNs; where one role was asked for.'),
  warnings: z.array(z.string()).exactOptional().describe('What its policies would better not say.'),
  created_at: time,
  updated_at: time,
  last_used_at: time.nullable(),
  revision: z.int(),
});

export const arnOfRole = ({ accountId: account, path, name }: Role) =>
  roleArn({ partition: 'aws', account, path, name });

export function roleJson(
  role: Role,
  more: { readonly access?: RoleAccess | undefined; readonly warnings?: readonly string[] } = {},
): z.input<typeof roleAnswer> {
  const { access, warnings } = more;
  return {
    id: role.uuid,
    role_id: role.id,
    account_id: role.accountId,
    arn: arnOfRole(role),
    name: role.name,
    path: role.path,
    description: role.description,
    trust_policy: documentOf(role.trustPolicy),
    max_session_seconds: role.maxSessionSeconds,
    tags: [...role.tags],
    permissions_boundary: role.permissionsBoundary ?? '',
    ...(access && {
      policies: access.inline.map(({ name, document }) => ({ name, document: documentOf(document) })),
      attached_policies: access.attached.map(({ name }) => name),
    }),
    ...(warnings && { warnings: [...warnings] }),
    created_at: isoTime(role.createdAt),
    updated_at: isoTime(role.updatedAt),
    last_used_at: role.lastUsedAt === undefined ? null : isoTime(role.lastUsedAt),
    revision: role.revision,
  };
}

export const policyAnswer = z.object({
  id: z.string(),
  account_id: z.string(),
  arn: z.string(),
  name: z.string(),
  path: z.string(),
  description: z.string(),
  default_version: z.string(),
  attachment_count: z.int(),
  document: z.unknown().exactOptional().describe('Of the default version; where one policy was asked for.'),
  warnings: z.array(z.string()).exactOptional(),
  created_at: time,
  updated_at: time,
  revision: z.int(),
});

export const arnOfPolicy = ({ accountId, path, name }: Pick<ManagedPolicy, 'accountId' | 'path' | 'name'>) =>
  policyArn(accountId, path, name);

export function policyJson(
  policy: ManagedPolicy,
  more: { readonly version?: PolicyVersion | undefined; readonly warnings?: readonly string[] } = {},
): z.input<typeof policyAnswer> {
  const { version, warnings } = more;
  return {
    id: policy.id,
    account_id: policy.accountId,
    arn: arnOfPolicy(policy),
    name: policy.name,
    path: policy.path,
    description: policy.description,
    default_version: `v${policy.defaultVersion}`,
    attachment_count: policy.attachmentCount,
    ...(version && { document: documentOf(version.document) }),
    ...(warnings && { warnings: [...warnings] }),
    created_at: isoTime(policy.createdAt),
    updated_at: isoTime(policy.updatedAt),
    revision: policy.revision,
  };
}
