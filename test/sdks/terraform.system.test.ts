// OpenTofu with Terraform's AWS provider keeps an account of a running platform: what it plans after it has applied is
// nothing, what it changes is changed in place, what was changed beside it is seen, and what it destroys is gone.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../cli/podiam.ts';
import { trustFor } from '../features/iam/endpoint.ts';
import { clusterToken, newClusterKey } from '../features/platform.ts';
import { type Account, newAccount } from './terraform/account.ts';
import { serveIssuer } from './terraform/issuer.ts';
import { type Called, record } from './terraform/recorder.ts';
import { kindsOf, parseRecordings, type RecordingName, recordingFile, recordingOf } from './terraform/recording.ts';
import { newWorkspace, type Ran, type Workspace } from './terraform/workspace.ts';
import { provide } from './toolchain.ts';

const source = (name: string) => readFileSync(join(import.meta.dirname, 'terraform', name), 'utf8');

/** The blocks of the page, as they stand there but for the platform's address. */
function pageBlocks(api: string): readonly string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/terraform.md'), 'utf8');
  return Array.from(page.matchAll(/```hcl\n(.*?)```/gs), ([, block = '']) =>
    block.replaceAll('https://platform.example.com', api),
  );
}

/** With it the calls are written down that the hermetic test plays again: one after the other, then. */
const isRecording = process.env['PODIAM_RECORD'] !== undefined;
const inOrder = isRecording ? ['-parallelism=1'] : [];

const apply = (workspace: Workspace) => workspace.tofu('apply', '-auto-approve', ...inOrder);
const plan = (workspace: Workspace) => workspace.tofu('plan', '-detailed-exitcode', ...inOrder);
const destroy = (workspace: Workspace) => workspace.tofu('destroy', '-auto-approve', ...inOrder);

/** Of a plan that is asked for its code. */
const [nothingToDo, somethingToDo] = [0, 2];

const expectCode = ({ code, told }: Ran, expected: number) => expect(code, told).toBe(expected);

async function expectApplied(workspace: Workspace, summary: string) {
  const applied = await apply(workspace);
  expectCode(applied, 0);
  expect(applied.told).toContain(summary);
  expectCode(await plan(workspace), nothingToDo);
}

function clientOf({ api, credentials }: Account) {
  const client = new IAMClient({ region: 'us-east-1', endpoint: api, credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

/** The names of all that an account has. */
async function kept(account: Account): Promise<readonly (string | undefined)[]> {
  const client = clientOf(account);
  const details = await client.send(new GetAccountAuthorizationDetailsCommand());
  const providers = await client.send(new ListOpenIDConnectProvidersCommand());
  return [
    ...(details.RoleDetailList ?? []).map(({ RoleName }) => RoleName),
    ...(details.Policies ?? []).map(({ PolicyName }) => PolicyName),
    ...(providers.OpenIDConnectProviderList ?? []).map(({ Arn }) => Arn),
  ];
}

/** The recording has every kind of call that was made, and no other; or is written anew. */
function compareRecording(name: RecordingName, calls: readonly Called[], { id }: Account) {
  const recording = recordingOf(calls, id);
  const known = existsSync(recordingFile) ? parseRecordings(readFileSync(recordingFile, 'utf8')) : {};
  if (isRecording) writeFileSync(recordingFile, `${JSON.stringify({ ...known, [name]: recording }, undefined, 2)}\n`);
  else expect(kindsOf(recording)).toEqual(kindsOf(known[name] ?? []));
}

const before = {
  clients: ['podiam'],
  thumbprints: ['cf23df2207d99a74fbe169e3eba035e633b65d94'],
  subject: 'system:serviceaccount:default:my-app',
  actions: ['compute:GetInstance', 'compute:ListInstances'],
  description: 'Made by the team: + & <é>',
  seconds: 7200,
  boundary: 'narrow',
  inline: 'look',
  tags: { stage: 'test', team: 'a+b c' },
};
const after = {
  clients: ['sts.example.com'],
  thumbprints: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
  subject: 'system:serviceaccount:default:other',
  actions: ['compute:GetInstance'],
  description: 'changed',
  seconds: 3600,
  boundary: 'wide',
  inline: 'read',
  tags: { stage: 'production' },
};
const variables = (now: typeof before | typeof after) => ({ 'now.auto.tfvars.json': JSON.stringify({ now }) });

/** What the outputs say of the account after the first time. */
const toldOf = (accountId: string) => ({
  account: accountId,
  caller: `arn:aws:iam::${accountId}:root`,
  role: `arn:aws:iam::${accountId}:role/team/apps/my-app`,
  roles: ['my-app'],
  policy: `arn:aws:iam::${accountId}:policy/look`,
  provider: ['podiam'],
  inline: ['look'],
  attached: ['look'],
  simulation: { 'compute:GetInstance': 'allowed', 'compute:DeleteInstance': 'implicitDeny' },
});

const outputShape = z.object({ told: z.object({ value: z.unknown() }) });

/** As somebody does who knows nothing of the configuration. */
async function meddle(account: Account) {
  const client = clientOf(account);
  const RoleName = 'my-app';
  const { Role } = await client.send(new GetRoleCommand({ RoleName }));
  const PolicyArn = Role?.PermissionsBoundary?.PermissionsBoundaryArn;
  await client.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'stage', Value: 'by hand' }] }));
  await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'look' }));
}

describe('OpenTofu with Terraform’s AWS provider', () => {
  beforeAll(() => provide('terraform'), 1_500_000);

  test('keeps an account: applies, changes, sees what was changed beside it, imports and destroys', {
    timeout: 400_000,
  }, async () => {
    const account = await newAccount();
    const recorder = await record(account.api);
    const environment = account.environment(recorder.url);
    const files = { 'main.tf': source('account.tf'), 'shared.tf': source('shared.tf') };
    const workspace = await newWorkspace({ ...files, ...variables(before) }, environment);
    await expectApplied(workspace, 'Resources: 13 added, 0 changed, 0 destroyed.');
    const output = outputShape.parse(JSON.parse((await workspace.tofu('output', '-json')).told));
    expect(output.told.value).toEqual(toldOf(account.id));

    await workspace.write(variables(after));
    await expectApplied(workspace, 'Resources: 0 added, 7 changed, 0 destroyed.');

    // Recorded, too: what comes after it depends on it.
    await meddle({ ...account, api: recorder.url });
    expectCode(await plan(workspace), somethingToDo);
    await expectApplied(workspace, 'Resources: 1 added, 3 changed, 0 destroyed.');

    const again = { 'main.tf': source('account.tf'), 'imports.tf': source('imports.tf'), ...variables(after) };
    const other = await newWorkspace(again, environment);
    expect((await plan(other)).told).toContain('Plan: 10 to import, 0 to add, 0 to change, 0 to destroy.');
    await expectApplied(other, 'Resources: 10 imported, 0 added, 0 changed, 0 destroyed.');

    expectCode(await destroy(workspace), 0);
    expect(await kept(account)).toEqual([]);
    compareRecording('account', recorder.calls, account);
  });

  test('changes a policy more often than there may be versions of it', async () => {
    const account = await newAccount();
    const recorder = await record(account.api);
    const workspace = await newWorkspace({ 'main.tf': source('versions.tf') }, account.environment(recorder.url));
    for (let turn = 0; turn < 7; turn += 1) {
      expectCode(await workspace.tofu('apply', '-auto-approve', `-var=turn=${turn}`), 0);
    }
    expectCode(await workspace.tofu('plan', '-detailed-exitcode', '-var=turn=6'), nothingToDo);
    expectCode(await workspace.tofu('destroy', '-auto-approve', '-var=turn=6'), 0);
    expect(await kept(account)).toEqual([]);
    compareRecording('versions', recorder.calls, account);
  });

  test('keeps more roles than a page has', async () => {
    const account = await newAccount();
    const environment = { ...account.environment(), TF_VAR_account: account.id };
    const workspace = await newWorkspace({ 'main.tf': source('many.tf') }, environment);
    await expectApplied(workspace, 'Resources: 113 added, 0 changed, 0 destroyed.');
    expect((await workspace.tofu('output', 'count')).told).toBe('110\n');
    expectCode(await destroy(workspace), 0);
    expect(await kept(account)).toEqual([]);
  });

  test('takes the configuration of docs/terraform.md as it stands', { timeout: 400_000 }, async () => {
    const account = await newAccount();
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = account.environment();
    const blocks = pageBlocks(account.api);
    expect(blocks).toHaveLength(2);
    const workspace = await newWorkspace(
      { 'main.tf': blocks.join('\n') },
      { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
    );
    await expectApplied(workspace, 'Resources: 3 added, 0 changed, 0 destroyed.');
    expectCode(await destroy(workspace), 0);
    expect(await kept(account)).toEqual([]);
  });

  test('makes a provider without thumbprints where its issuer answers, and tells why where it does not', async () => {
    const issuer = await serveIssuer();
    const account = await newAccount(['--allow-private-issuers', '--issuer-ca', issuer.authorityFile]);
    const providerOf = (url: string) => `
      provider "aws" { region = "us-east-1" }
      resource "aws_iam_openid_connect_provider" "cluster" {
        url            = "${url}"
        client_id_list = ["podiam"]
      }`;
    const recorder = await record(account.api);
    const workspace = await newWorkspace({ 'main.tf': providerOf(issuer.url) }, account.environment(recorder.url));
    await expectApplied(workspace, 'Resources: 1 added, 0 changed, 0 destroyed.');
    await workspace.write({ 'main.tf': providerOf('https://localhost:1/cluster') });
    const refused = await apply(workspace);
    expectCode(refused, 1);
    expect(refused.told).toMatch(/OpenIdIdpCommunicationError: .*localhost:1\b/);
    const made = recorder.calls.filter(({ action }) => action === 'CreateOpenIDConnectProvider');
    expect(made.map(({ status }) => status)).toEqual([200, 400]);
  });

  test('runs in a pod that has a role, and does what that may', async () => {
    const account = await newAccount();
    const key = newClusterKey();
    const issuer = 'https://oidc.example.com/clusters/1';
    const keys: unknown = JSON.parse(key.jwks);
    await account.call('POST', '/v2/oidc/issuer', {
      source: 'external',
      uri: issuer,
      ...z.object({ keys: z.unknown() }).parse(keys),
    });
    const may = {
      Effect: 'Allow',
      Action: 'iam:*Policy*',
      Resource: '*',
    };
    await account.call('POST', '/v2/roles', {
      name: 'keeper',
      trust_policy: JSON.parse(trustFor(account.id)),
      policies: [{ name: 'keep', document: { Version: '2012-10-17', Statement: [may] } }],
    });
    const roleArn = `arn:aws:iam::${account.id}:role/keeper`;
    const tokenFile = join(await temporaryFolder(), 'token');
    writeFileSync(tokenFile, await clusterToken({ key, issuer, issuedAt: Date.now() - 1000 }));
    const workspace = await newWorkspace(
      { 'main.tf': source('versions.tf') },
      {
        AWS_ROLE_ARN: roleArn,
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
        AWS_ENDPOINT_URL_STS: `${account.api}/sts`,
        AWS_ENDPOINT_URL_IAM: account.api,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    );
    expectCode(await workspace.tofu('apply', '-auto-approve', '-var=turn=1'), 0);
    const trust = JSON.stringify(trustFor(account.id));
    const other = `resource "aws_iam_role" "other" {\n  name = "other"\n  assume_role_policy = ${trust}\n}\n`;
    await workspace.write({ 'other.tf': `${source('whoami.tf')}${other}` });
    const refused = await workspace.tofu('apply', '-auto-approve', '-var=turn=2');
    expectCode(refused, 1);
    expect(refused.told).toMatch(/AccessDenied: .* is not authorized to perform: iam:CreateRole on resource: /);
    expect((await workspace.tofu('output', 'role')).told).toBe(`"${roleArn}"\n`);
    expect(await kept(account)).toContain('changing');
  });
});
