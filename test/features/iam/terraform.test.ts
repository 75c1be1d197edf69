// The calls of Terraform's AWS provider for its IAM resources, in its order and with its parameters: creation, reading,
// each kind of change, deletion (hashicorp/terraform-provider-aws, internal/service/iam: role.go, policy.go,
// openid_connect_provider.go). What it compares after reading is compared here: a difference would be a plan for ever.
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListInstanceProfilesForRoleCommand,
  NoSuchEntityException,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  paginateListAttachedRolePolicies,
  paginateListPolicyVersions,
  paginateListRolePolicies,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  type Role,
  SetDefaultPolicyVersionCommand,
  TagOpenIDConnectProviderCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { allowing, setUp, trustFor } from './endpoint.ts';

/** Documents come back as Go's url.QueryUnescape reads them: a plus would be a space. */
const unescaped = (document = '') => decodeURIComponent(document.replaceAll('+', ' '));

/** GetRole, every inline policy, every attachment. */
async function readRole(client: IAMClient, RoleName: string) {
  const { Role } = await client.send(new GetRoleCommand({ RoleName }));
  const inline: Record<string, string> = {};
  for await (const page of paginateListRolePolicies({ client }, { RoleName })) {
    for (const PolicyName of page.PolicyNames ?? []) {
      const { PolicyDocument } = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      inline[PolicyName] = unescaped(PolicyDocument);
    }
  }
  const managed: (string | undefined)[] = [];
  for await (const page of paginateListAttachedRolePolicies({ client }, { RoleName })) {
    managed.push(...(page.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn));
  }
  return { ...shownOf(Role), inline, managed };
}

const shownOf = (role: Role | undefined) => ({
  assumeRolePolicy: unescaped(role?.AssumeRolePolicyDocument),
  description: role?.Description ?? '',
  maxSessionDuration: role?.MaxSessionDuration,
  path: role?.Path,
  boundary: role?.PermissionsBoundary?.PermissionsBoundaryArn,
  tags: role?.Tags ?? [],
});

async function readPolicy(client: IAMClient, PolicyArn: string) {
  const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn }));
  const version = { PolicyArn, VersionId: Policy?.DefaultVersionId };
  const { PolicyVersion } = await client.send(new GetPolicyVersionCommand(version));
  return {
    document: unescaped(PolicyVersion?.Document),
    tags: Policy?.Tags ?? [],
    description: Policy?.Description ?? '',
  };
}

async function versionsOf(client: IAMClient, PolicyArn: string) {
  const versions = [];
  for await (const page of paginateListPolicyVersions({ client }, { PolicyArn }))
    versions.push(...(page.Versions ?? []));
  return versions;
}

/** Read again after it was deleted: what makes Terraform drop it from its state. */
const isGone = (reading: Promise<unknown>) => expect(reading).rejects.toBeInstanceOf(NoSuchEntityException);

describe('Terraform', () => {
  test('keeps aws_iam_policy', async () => {
    const { root } = await setUp();
    const document = allowing('compute:Get*', '*', { Sid: 'a+b & c' });
    const created = await root.send(
      new CreatePolicyCommand({ Description: '', Path: '/', PolicyDocument: document, PolicyName: 'tf', Tags: [] }),
    );
    const PolicyArn = created.Policy?.Arn ?? '';
    expect(await readPolicy(root, PolicyArn)).toEqual({ document, tags: [], description: '' });
    for (let change = 0; change < 7; change += 1) {
      const changed = allowing(`compute:Get${change}`);
      const versions = await versionsOf(root, PolicyArn);
      if (versions.length >= 5) {
        const others = versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true);
        const time = ({ CreateDate }: { CreateDate?: Date | undefined }) => CreateDate?.getTime() ?? 0;
        const oldest = others.reduce((one, other) => (time(other) < time(one) ? other : one));
        await root.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest.VersionId }));
      }
      const { PolicyVersion } = await root.send(
        new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: changed, SetAsDefault: false }),
      );
      await root.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: PolicyVersion?.VersionId }));
      expect((await readPolicy(root, PolicyArn)).document).toBe(changed);
    }
    await root.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'env', Value: 'prod' }] }));
    expect((await readPolicy(root, PolicyArn)).tags).toEqual([{ Key: 'env', Value: 'prod' }]);
    for (const { IsDefaultVersion, VersionId } of await versionsOf(root, PolicyArn)) {
      if (IsDefaultVersion !== true) await root.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await root.send(new DeletePolicyCommand({ PolicyArn }));
    await isGone(readPolicy(root, PolicyArn));
  });

  test('keeps aws_iam_role with inline and managed policies and a boundary', async () => {
    const { root, tenant } = await setUp();
    const policies: string[] = [];
    for (const PolicyName of ['one', 'two']) {
      const made = await root.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: allowing('a:b') }));
      policies.push(made.Policy?.Arn ?? '');
    }
    const [one = '', two = ''] = policies;
    const RoleName = 'tf';
    const assumeRolePolicy = trustFor(tenant.accountId);
    await root.send(
      new CreateRoleCommand({
        AssumeRolePolicyDocument: assumeRolePolicy,
        Path: '/',
        RoleName,
        Description: 'made',
        MaxSessionDuration: 3600,
        PermissionsBoundary: one,
        Tags: [{ Key: 'env', Value: 'prod' }],
      }),
    );
    await root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'inline', PolicyDocument: allowing('c:d') }));
    await root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: one }));
    const first = {
      assumeRolePolicy,
      description: 'made',
      maxSessionDuration: 3600,
      path: '/',
      boundary: one,
      tags: [{ Key: 'env', Value: 'prod' }],
      inline: { inline: allowing('c:d') },
      managed: [one],
    };
    expect(await readRole(root, RoleName)).toEqual(first);

    const otherTrust = trustFor(tenant.accountId, 'system:serviceaccount:default:other');
    await root.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: otherTrust }));
    await root.send(new UpdateRoleDescriptionCommand({ RoleName, Description: 'changed' }));
    await root.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
    await root.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: two }));
    await root.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'inline' }));
    await root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'other', PolicyDocument: allowing('e:f') }));
    await root.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: one }));
    await root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: two }));
    await root.send(new UntagRoleCommand({ RoleName, TagKeys: ['env'] }));
    await root.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'stage', Value: 'prod' }] }));
    expect(await readRole(root, RoleName)).toEqual({
      ...first,
      assumeRolePolicy: otherTrust,
      description: 'changed',
      maxSessionDuration: 7200,
      boundary: two,
      tags: [{ Key: 'stage', Value: 'prod' }],
      inline: { other: allowing('e:f') },
      managed: [two],
    });
    await root.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    expect((await readRole(root, RoleName)).boundary).toBeUndefined();

    const profiles = await root.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
    expect(profiles.InstanceProfiles).toEqual([]);
    await root.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: two }));
    await root.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'other' }));
    await root.send(new DeleteRoleCommand({ RoleName }));
    await isGone(readRole(root, RoleName));
  });

  test('keeps aws_iam_openid_connect_provider', async () => {
    const { root } = await setUp();
    const { OpenIDConnectProviderArn } = await root.send(
      new CreateOpenIDConnectProviderCommand({
        Url: 'https://oidc.example.org/tf',
        ClientIDList: ['one', 'two'],
        ThumbprintList: [],
        Tags: [{ Key: 'env', Value: 'prod' }],
      }),
    );
    const named = { OpenIDConnectProviderArn };
    const read = async () => {
      const { Url, ClientIDList, ThumbprintList, Tags } = await root.send(new GetOpenIDConnectProviderCommand(named));
      return { Url, ClientIDList, ThumbprintList, Tags };
    };
    const first = {
      Url: 'oidc.example.org/tf',
      ClientIDList: ['one', 'two'],
      ThumbprintList: [],
      Tags: [{ Key: 'env', Value: 'prod' }],
    };
    expect(await read()).toEqual(first);
    const ThumbprintList = ['cf23df2207d99a74fbe169e3eba035e633b65d94'];
    await root.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...named, ThumbprintList }));
    await root.send(new AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'three' }));
    await root.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID: 'one' }));
    await root.send(new TagOpenIDConnectProviderCommand({ ...named, Tags: [{ Key: 'env', Value: 'test' }] }));
    expect(await read()).toEqual({
      ...first,
      ClientIDList: ['two', 'three'],
      ThumbprintList,
      Tags: [{ Key: 'env', Value: 'test' }],
    });
    await root.send(new DeleteOpenIDConnectProviderCommand(named));
    await isGone(read());
  });
});
