// What the API answers with: each record in its JSON form, and the schema that says so in the OpenAPI document.
import { z } from 'zod';
import { policyArn, roleArn } from '../../core/identity/index.ts';
import type {
  Account,
  AuditEvent,
  Issuer,
  ManagedPolicy,
  PolicyVersion,
  RecordedRevocation,
  Role,
  RoleAccess,
  RootKey,
  SealingKey,
  SessionRecord,
} from '../../core/registry/index.ts';

const time = z.iso.datetime();
const isoTime = (ms: number) => new Date(ms).toISOString();

/** A document as JSON, so that nobody has to read JSON inside JSON; as its text where it is none any more. */
function documentOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const tag = z.object({ key: z.string(), value: z.string() });

export const issuerAnswer = z.object({
  id: z.string(),
  account_id: z.string(),
  source: z.enum(['vke', 'external', 'oidc']),
  source_id: z.string(),
  uri: z.string(),
  audiences: z.array(z.string()),
  keys: z.array(z.unknown()).describe('Those that were given; empty where they are fetched.'),
  jwks_uri: z.string(),
  cluster_name: z.string(),
  tags: z.array(tag),
  created_at: time,
  updated_at: time,
  revision: z.int(),
});

function keysOf(jwks: string): readonly unknown[] {
  const set = jwks === '' ? {} : documentOf(jwks);
  return typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys) ? set.keys : [];
}

export const issuerJson = (issuer: Issuer): z.input<typeof issuerAnswer> => ({
  id: issuer.id,
  account_id: issuer.accountId,
  source: issuer.kind,
  source_id: issuer.sourceId,
  uri: issuer.url,
  audiences: [...issuer.audiences],
  keys: [...keysOf(issuer.jwks)],
  jwks_uri: issuer.settings.jwksUrl ?? '',
  cluster_name: issuer.settings.clusterName ?? '',
  tags: [...issuer.tags],
  created_at: isoTime(issuer.createdAt),
  updated_at: isoTime(issuer.updatedAt),
  revision: issuer.revision,
});

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

export const sessionAnswer = z.object({
  id: z.string().describe('The access key id.'),
  account_id: z.string(),
  kind: z.enum(['web-identity', 'chained', 'bearer']),
  role_id: z.string(),
  role_arn: z.string(),
  session_name: z.string(),
  issuer: z.string(),
  subject: z.string(),
  audience: z.string(),
  pod: z
    .object({
      namespace: z.string(),
      service_account: z.string(),
      pod: z.string(),
      pod_uid: z.string(),
      node: z.string(),
    })
    .nullable(),
  source_identity: z.string(),
  parent_id: z.string(),
  issued_at: time,
  expires_at: time,
  request_id: z.string(),
  source_address: z.string(),
});

export const sessionJson = (session: SessionRecord): z.input<typeof sessionAnswer> => ({
  id: session.accessKeyId,
  account_id: session.accountId,
  kind: session.kind ?? 'web-identity',
  role_id: session.roleId,
  role_arn: session.roleArn,
  session_name: session.sessionName,
  issuer: session.issuer,
  subject: session.subject,
  audience: session.audience,
  pod: session.pod
    ? {
        namespace: session.pod.namespace,
        service_account: session.pod.serviceAccount,
        pod: session.pod.pod,
        pod_uid: session.pod.podUid,
        node: session.pod.node,
      }
    : null,
  source_identity: session.sourceIdentity ?? '',
  parent_id: session.parentAccessKeyId ?? '',
  issued_at: isoTime(session.issuedAt),
  expires_at: isoTime(session.expiresAt),
  request_id: session.requestId,
  source_address: session.sourceAddress,
});

export const revocationAnswer = z.object({
  id: z.string(),
  account_id: z.string().describe('Empty where it is of every account.'),
  scope: z.record(z.string(), z.string()),
  issued_before: time,
  created_at: time,
  ends_at: time,
  created_by: z.string(),
  reason: z.string(),
});

const scopeJson = ({ scope, accountId }: RecordedRevocation): Record<string, string> => {
  if (scope.kind === 'session') return { kind: scope.kind, session_id: scope.accessKeyId };
  if (scope.kind === 'role') return { kind: scope.kind, role_id: scope.roleId };
  if (scope.kind === 'issuer') return { kind: 'cluster', issuer: scope.issuer };
  if (scope.kind === 'account') return { kind: accountId === undefined ? 'everything' : 'account' };
  return { kind: scope.kind, subject: scope.subject, ...(scope.issuer !== undefined && { issuer: scope.issuer }) };
};

export const revocationJson = (revocation: RecordedRevocation): z.input<typeof revocationAnswer> => ({
  id: revocation.id,
  account_id: revocation.accountId ?? '',
  scope: scopeJson(revocation),
  issued_before: isoTime(revocation.issuedBefore),
  created_at: isoTime(revocation.createdAt),
  ends_at: isoTime(revocation.endsAt),
  created_by: revocation.createdBy,
  reason: revocation.reason,
});

export const auditAnswer = z.object({
  at: time,
  request_id: z.string(),
  account_id: z.string(),
  action: z.string(),
  resource: z.string(),
  principal: z.string(),
  role: z.string(),
  pod: z.string(),
  session_id: z.string(),
  outcome: z.enum(['allowed', 'refused']),
  code: z.string(),
  reason: z.string(),
  source_address: z.string(),
});

/** One line of the audit record, as the API and every sink have it. */
export const auditJson = (event: AuditEvent): z.input<typeof auditAnswer> => ({
  at: isoTime(event.at),
  request_id: event.requestId,
  account_id: event.accountId,
  action: event.action,
  resource: event.resource,
  principal: event.principal,
  role: event.role ?? '',
  pod: event.pod ?? '',
  session_id: event.accessKeyId ?? '',
  outcome: event.outcome,
  code: event.code,
  reason: event.reason,
  source_address: event.sourceAddress,
});

export const accountAnswer = z.object({
  id: z.string(),
  name: z.string(),
  created_at: time,
  closed_at: time.nullable(),
});

export const accountJson = (account: Account): z.input<typeof accountAnswer> => ({
  id: account.id,
  name: account.name,
  created_at: isoTime(account.createdAt),
  closed_at: account.closedAt === undefined ? null : isoTime(account.closedAt),
});

export const rootKeyAnswer = z.object({
  access_key_id: z.string(),
  status: z.enum(['active', 'inactive']),
  created_at: time,
});

export const rootKeyJson = (key: RootKey): z.input<typeof rootKeyAnswer> => ({
  access_key_id: key.accessKeyId,
  status: key.status,
  created_at: isoTime(key.createdAt),
});

export const newKeyAnswer = z.object({
  access_key_id: z.string(),
  secret_access_key: z.string().describe('Told this once.'),
  bearer: z.string().describe('Both, as Authorization: Bearer takes them.'),
});

export const sealingKeyAnswer = z.object({
  id: z.string(),
  state: z.enum(['prepared', 'active', 'retiring']),
  created_at: time,
  changed_at: time,
});

export const sealingKeyJson = (key: SealingKey): z.input<typeof sealingKeyAnswer> => ({
  id: key.id,
  state: key.state,
  created_at: isoTime(key.createdAt),
  changed_at: isoTime(key.changedAt),
});

/** RFC 6749, section 5.1, and what the session is. */
export const tokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  expires_at: time,
  session_id: z.string(),
  role_arn: z.string(),
});

/** A list under its plural, and where its next page begins: empty on the last one. */
export const listAnswer = (plural: string, item: z.ZodType) =>
  z.object({ [plural]: z.array(item), meta: z.object({ links: z.object({ next: z.string() }) }) });

/** One record under its name. */
export const oneAnswer = (name: string, item: z.ZodType) => z.object({ [name]: item });
