// Managed policies: documents with a name that several roles share.
import { newPolicyId } from '../../core/credentials/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { fixedQuotas, type ManagedPolicy } from '../../core/registry/index.ts';
import { listAnswer, oneAnswer } from './answers.ts';
import { judgeDocument } from './documents.ts';
import { accountQuery, inlinePolicy, newPolicy, pageQuery } from './forms.ts';
import { given, listed } from './lists.ts';
import { arnOfPolicy, policyAnswer, policyJson } from './role-answers.ts';
import { type BoundCall, nothing, type ResourceOf, type Route, route } from './route.ts';

const nameOf = ({ names }: BoundCall) => names['policy'] ?? '';
const absent = (name: string) => refuse('registry-absent', { kind: 'The policy', name });

const resource: ResourceOf = async (call) => {
  const name = nameOf(call);
  const policy = await call.account.policies.find(name);
  return arnOfPolicy(policy ?? { accountId: call.accountId ?? '', path: '/', name });
};
const anyPolicy: ResourceOf = ({ accountId = '' }) => `arn:aws:iam::${accountId}:policy/*`;

async function whole({ account }: BoundCall, policy: ManagedPolicy, warnings?: readonly string[]) {
  const version = await account.policies.findVersion(policy.name, policy.defaultVersion);
  return { policy: policyJson(policy, { version, ...given({ warnings }) }) };
}

/** Room for one more version: the oldest that is not in force makes it. */
async function makeRoom({ account, at }: BoundCall, name: string): Promise<Refusal | undefined> {
  const versions = await account.policies.listVersions(name);
  if (versions instanceof Refusal) return versions;
  const oldest = versions.findLast(({ isDefault }) => !isDefault);
  if (versions.length < fixedQuotas.versionsPerPolicy || !oldest) return undefined;
  return account.policies.removeVersion(name, oldest.number, { at });
}

async function replaceDocument(call: BoundCall, document: unknown) {
  const { account, at } = call;
  const name = nameOf(call);
  const judged = judgeDocument(document, 'permission');
  if (judged instanceof Refusal) return judged;
  const full = await makeRoom(call, name);
  if (full) return full;
  const added = await account.policies.addVersion(name, { document: judged.text, asDefault: true }, { at });
  if (added instanceof Refusal) return added;
  const policy = await account.policies.find(name);
  return policy ? { body: await whole(call, policy, judged.warnings) } : absent(name);
}

/** With its versions: what is deleted here was made here as one thing. */
async function removeWhole({ account, at, names: { policy: name = '' } }: BoundCall) {
  const versions = await account.policies.listVersions(name);
  if (versions instanceof Refusal) return versions;
  const found = await account.policies.find(name);
  if (found && found.attachmentCount + found.boundaryCount === 0) {
    for (const { number, isDefault } of versions) {
      const refusal = isDefault ? undefined : await account.policies.removeVersion(name, number, { at });
      if (refusal) return refusal;
    }
  }
  return (await account.policies.remove(name)) ?? { status: 204 };
}

const answer = { description: 'The policy with its document.', schema: oneAnswer('policy', policyAnswer) };

export const policyRoutes: readonly Route[] = [
  route({
    id: 'CreatePolicy',
    method: 'POST',
    path: '/v2/policies',
    summary: 'Makes a policy that roles can be given.',
    audience: 'account',
    action: 'iam:CreatePolicy',
    resource: anyPolicy,
    query: accountQuery,
    body: newPolicy,
    envelope: 'policy',
    answer: { ...answer, status: 201 },
    run: async (call, _, { document, ...form }) => {
      const judged = judgeDocument(document, 'permission');
      if (judged instanceof Refusal) return judged;
      const draft = { ...form, id: newPolicyId(call.ports.randomBytes), createdAt: call.at };
      const created = await call.account.policies.create(draft, judged.text);
      return created instanceof Refusal ? created : { status: 201, body: await whole(call, created, judged.warnings) };
    },
  }),
  route({
    id: 'ListPolicies',
    method: 'GET',
    path: '/v2/policies',
    summary: 'The account’s policies.',
    audience: 'account',
    action: 'iam:ListPolicies',
    resource: anyPolicy,
    query: pageQuery,
    body: nothing,
    answer: { description: 'A page of policies.', schema: listAnswer('policies', policyAnswer) },
    run: (call, query) =>
      listed(call, {
        plural: 'policies',
        query,
        find: (asked) => call.account.policies.list(asked),
        json: (policy) => policyJson(policy),
      }),
  }),
  route({
    id: 'GetPolicy',
    method: 'GET',
    path: '/v2/policies/{policy}',
    summary: 'One policy by its name, with the document in force.',
    audience: 'account',
    action: 'iam:GetPolicy',
    resource,
    query: accountQuery,
    body: nothing,
    answer,
    run: async (call) => {
      const policy = await call.account.policies.find(nameOf(call));
      return policy ? { body: await whole(call, policy) } : absent(nameOf(call));
    },
  }),
  route({
    id: 'ReplacePolicy',
    method: 'PUT',
    path: '/v2/policies/{policy}',
    summary: 'Gives the policy another document; the one before stays as a version.',
    audience: 'account',
    action: 'iam:CreatePolicyVersion',
    resource,
    query: accountQuery,
    body: inlinePolicy,
    envelope: 'policy',
    answer,
    run: (call, _, form) => replaceDocument(call, form.document),
  }),
  route({
    id: 'DeletePolicy',
    method: 'DELETE',
    path: '/v2/policies/{policy}',
    summary: 'Deletes a policy that no role has any more.',
    audience: 'account',
    action: 'iam:DeletePolicy',
    resource,
    query: accountQuery,
    body: nothing,
    run: removeWhole,
  }),
];
