// Roles: whom they trust, and what they may do. The actions are those of the IAM API, so that one policy rules both.
import { newRoleId, newUuid } from '../../core/credentials/index.ts';
import { parsePolicyArn, parseRoleArn } from '../../core/identity/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { Role } from '../../core/registry/index.ts';
import type { AccountRegistry } from '../../io/sql/index.ts';
import { listAnswer, oneAnswer } from './answers.ts';
import { judgeDocument } from './documents.ts';
import { accountQuery, inlinePolicy, newRole, pageQuery, roleChange } from './forms.ts';
import { given, listed } from './lists.ts';
import { arnOfRole, roleAnswer, roleJson } from './role-answers.ts';
import { type BoundCall, nothing, type ResourceOf, type Route, route } from './route.ts';

const uuidShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A role of the account by its name, UUID, unique id or ARN. */
export async function findRole(
  call: Pick<BoundCall, 'ports' | 'account' | 'accountId'>,
  named: string,
): Promise<Role | undefined> {
  const { ports, account, accountId } = call;
  if (uuidShape.test(named)) {
    const role = await ports.registry.findRoleByUuid(named.toLowerCase());
    return role?.accountId === accountId ? role : undefined;
  }
  const arn = parseRoleArn(named);
  if (arn) {
    const role = arn.account === accountId ? await account.roles.find(arn.name) : undefined;
    return role && arnOfRole(role) === named ? role : undefined;
  }
  return (await account.roles.find(named)) ?? (await account.roles.findById(named));
}

const absent = (name: string) => refuse('registry-absent', { kind: 'The role', name });
const nameOf = ({ names }: BoundCall) => names['role'] ?? '';

const resource: ResourceOf = async (call) => {
  const role = await findRole(call, nameOf(call));
  return role ? arnOfRole(role) : `arn:aws:iam::${call.accountId ?? ''}:role/${nameOf(call)}`;
};
const anyRole: ResourceOf = ({ accountId = '' }) => `arn:aws:iam::${accountId}:role/*`;

/** Runs with the role that the path names. */
function withRole<Result>(run: (role: Role, call: BoundCall) => Promise<Result>) {
  return async (call: BoundCall): Promise<Result | Refusal> => {
    const role = await findRole(call, nameOf(call));
    return role ? run(role, call) : absent(nameOf(call));
  };
}

async function whole(account: AccountRegistry, role: Role, warnings?: readonly string[]) {
  const access = await account.roles.accessById(role.id);
  return { role: roleJson(access?.role ?? role, { access, ...given({ warnings }) }) };
}

interface NewDocuments {
  readonly trust_policy: unknown;
  readonly policies: readonly { readonly name: string; readonly document: unknown }[];
}

function judgeAll({ trust_policy, policies }: NewDocuments) {
  const trust = judgeDocument(trust_policy, 'trust');
  if (trust instanceof Refusal) return trust;
  const inline: { name: string; document: string }[] = [];
  const warnings = [...trust.warnings];
  for (const { name, document } of policies) {
    const judged = judgeDocument(document, 'permission');
    if (judged instanceof Refusal) return judged;
    inline.push({ name, document: judged.text });
    warnings.push(...judged.warnings);
  }
  return { trust: trust.text, inline, warnings };
}

/** The policy that a member names must be the account's own. */
function refuseBoundary(arn: string | null | undefined, accountId: string | undefined): Refusal | undefined {
  if (arn === undefined || arn === null || parsePolicyArn(arn)?.account === accountId) return undefined;
  return refuse('request-fields-invalid', {
    fields: 'permissions_boundary: must be the ARN of a policy of the account',
  });
}

const answer = { description: 'The role with its policies.', schema: oneAnswer('role', roleAnswer) };

const createRole = route({
  id: 'CreateRole',
  method: 'POST',
  path: '/v2/roles',
  summary: 'Makes a role, with those who may assume it and what it may do.',
  audience: 'account',
  action: 'iam:CreateRole',
  resource: anyRole,
  query: accountQuery,
  body: newRole,
  envelope: 'role',
  answer: { ...answer, status: 201 },
  run: async ({ account, accountId, at, ports }, _, form) => {
    const judged = judgeAll(form);
    if (judged instanceof Refusal) return judged;
    const unfit = refuseBoundary(form.permissions_boundary, accountId);
    if (unfit) return unfit;
    const role = await account.roles.create(
      {
        id: newRoleId(ports.randomBytes),
        uuid: newUuid(ports.randomBytes),
        name: form.name,
        path: form.path,
        trustPolicy: judged.trust,
        maxSessionSeconds: form.max_session_seconds,
        description: form.description,
        tags: form.tags,
        ...given({ permissionsBoundary: form.permissions_boundary }),
        createdAt: at,
      },
      judged.inline,
    );
    return role instanceof Refusal ? role : { status: 201, body: await whole(account, role, judged.warnings) };
  },
});

const updateRole = route({
  id: 'UpdateRole',
  method: 'PATCH',
  path: '/v2/roles/{role}',
  summary: 'Changes whom a role trusts, or what is said of it.',
  audience: 'account',
  action: 'iam:UpdateRole',
  resource,
  query: accountQuery,
  body: roleChange,
  envelope: 'role',
  answer,
  run: async (call, _, form) => {
    const { account, accountId, at } = call;
    const role = await findRole(call, nameOf(call));
    if (!role) return absent(nameOf(call));
    const trust = form.trust_policy === undefined ? undefined : judgeDocument(form.trust_policy, 'trust');
    if (trust instanceof Refusal) return trust;
    const unfit = refuseBoundary(form.permissions_boundary, accountId);
    if (unfit) return unfit;
    const change = given({
      description: form.description,
      trustPolicy: trust?.text,
      maxSessionSeconds: form.max_session_seconds,
      tags: form.tags,
      permissionsBoundary: form.permissions_boundary,
    });
    const changed = await account.roles.update(role.name, change, { at, ...given({ revision: form.revision }) });
    return changed instanceof Refusal ? changed : { body: await whole(account, changed, trust?.warnings) };
  },
});

const readRoutes: readonly Route[] = [
  route({
    id: 'ListRoles',
    method: 'GET',
    path: '/v2/roles',
    summary: 'The account’s roles.',
    audience: 'account',
    action: 'iam:ListRoles',
    resource: anyRole,
    query: pageQuery,
    body: nothing,
    answer: { description: 'A page of roles.', schema: listAnswer('roles', roleAnswer) },
    run: (call, query) =>
      listed(call, {
        plural: 'roles',
        query,
        find: (asked) => call.account.roles.list(asked),
        json: (role) => roleJson(role),
      }),
  }),
  route({
    id: 'GetRole',
    method: 'GET',
    path: '/v2/roles/{role}',
    summary: 'One role, by name, UUID or id, with its policies.',
    audience: 'account',
    action: 'iam:GetRole',
    resource,
    query: accountQuery,
    body: nothing,
    answer,
    run: withRole(async (role, { account }) => ({ body: await whole(account, role) })),
  }),
];

const deleteRole = route({
  id: 'DeleteRole',
  method: 'DELETE',
  path: '/v2/roles/{role}',
  summary: 'Deletes a role that has no policies any more. Its sessions open nothing from then on.',
  audience: 'account',
  action: 'iam:DeleteRole',
  resource,
  query: accountQuery,
  body: nothing,
  run: withRole(async (role, { account }) => (await account.roles.remove(role.name)) ?? { status: 204 }),
});

const inlineRoutes: readonly Route[] = [
  route({
    id: 'PutRolePolicy',
    method: 'PUT',
    path: '/v2/roles/{role}/policies/{policy}',
    summary: 'Puts a policy into a role, in place of one of that name.',
    audience: 'account',
    action: 'iam:PutRolePolicy',
    resource,
    query: accountQuery,
    body: inlinePolicy,
    envelope: 'policy',
    answer,
    run: async (call, _, form) => {
      const { account, at, names } = call;
      const role = await findRole(call, nameOf(call));
      if (!role) return absent(nameOf(call));
      const judged = judgeDocument(form.document, 'permission');
      if (judged instanceof Refusal) return judged;
      const policy = { name: names['policy'] ?? '', document: judged.text };
      const unfit = await account.rolePolicies.putInline(role.name, policy, at);
      return unfit ?? { body: await whole(account, role, judged.warnings) };
    },
  }),
  route({
    id: 'DeleteRolePolicy',
    method: 'DELETE',
    path: '/v2/roles/{role}/policies/{policy}',
    summary: 'Takes a policy out of a role.',
    audience: 'account',
    action: 'iam:DeleteRolePolicy',
    resource,
    query: accountQuery,
    body: nothing,
    run: withRole(
      async (role, { account, at, names }) =>
        (await account.rolePolicies.removeInline(role.name, names['policy'] ?? '', at)) ?? { status: 204 },
    ),
  }),
  route({
    id: 'AttachRolePolicy',
    method: 'PUT',
    path: '/v2/roles/{role}/attached-policies/{policy}',
    summary: 'Attaches a managed policy of the account to a role, by its name.',
    audience: 'account',
    action: 'iam:AttachRolePolicy',
    resource,
    query: accountQuery,
    body: nothing,
    answer,
    run: withRole(
      async (role, { account, at, names }) =>
        (await account.rolePolicies.attach(role.name, names['policy'] ?? '', at)) ?? {
          body: await whole(account, role),
        },
    ),
  }),
  route({
    id: 'DetachRolePolicy',
    method: 'DELETE',
    path: '/v2/roles/{role}/attached-policies/{policy}',
    summary: 'Detaches it.',
    audience: 'account',
    action: 'iam:DetachRolePolicy',
    resource,
    query: accountQuery,
    body: nothing,
    run: withRole(
      async (role, { account, at, names }) =>
        (await account.rolePolicies.detach(role.name, names['policy'] ?? '', at)) ?? { status: 204 },
    ),
  }),
];

export const roleRoutes: readonly Route[] = [createRole, ...readRoutes, updateRole, deleteRole, ...inlineRoutes];
