// The IAM API's roles and policies, asked by the AWS SDK for JavaScript.
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListInstanceProfilesForRoleCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { allowing, refusalOf, setUp, trustFor } from './endpoint.ts';

const read = allowing('compute:Get*');

describe('a role', () => {
  test('is made, shown, listed, changed, tagged and deleted', async () => {
    const { root, tenant } = await setUp();
    const trust = trustFor(tenant.accountId);
    const named = { RoleName: 'Web' };
    const created = await root.send(
      new CreateRoleCommand({
        ...named,
        Path: '/apps/',
        AssumeRolePolicyDocument: trust,
        Description: 'serves <web> & more',
        MaxSessionDuration: 7200,
        Tags: [{ Key: 'team', Value: 'web + co' }],
      }),
    );
    expect(created.Role).toMatchObject({
      ...named,
      Path: '/apps/',
      Arn: `arn:aws:iam::${tenant.accountId}:role/apps/Web`,
      Description: 'serves <web> & more',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'team', Value: 'web + co' }],
    });
    expect(created.Role?.RoleId).toMatch(/^AROA[A-Z2-7]{17}$/);
    expect(created.Role?.CreateDate).toBeInstanceOf(Date);
    expect(decodeURIComponent(created.Role?.AssumeRolePolicyDocument ?? '')).toBe(trust);
    expect(created.$metadata.requestId).toMatch(/^[\da-f-]{36}$/);

    const shown = await root.send(new GetRoleCommand(named));
    expect(shown.Role).toMatchObject({ ...created.Role, RoleLastUsed: {} });
    const below = await root.send(new ListRolesCommand({ PathPrefix: '/apps/' }));
    expect(below.Roles?.map(({ RoleName }) => RoleName)).toEqual(['Web']);
    expect(below.IsTruncated).toBe(false);

    await root.send(new UpdateRoleCommand({ ...named, Description: 'other', MaxSessionDuration: 3600 }));
    const described = await root.send(new UpdateRoleDescriptionCommand({ ...named, Description: 'third' }));
    expect(described.Role).toMatchObject({ Description: 'third', MaxSessionDuration: 3600 });
    const otherTrust = trustFor(tenant.accountId, 'system:serviceaccount:default:other');
    await root.send(new UpdateAssumeRolePolicyCommand({ ...named, PolicyDocument: otherTrust }));
    const changed = await root.send(new GetRoleCommand(named));
    expect(decodeURIComponent(changed.Role?.AssumeRolePolicyDocument ?? '')).toBe(otherTrust);

    await root.send(
      new TagRoleCommand({
        ...named,
        Tags: [
          { Key: 'TEAM', Value: 'x' },
          { Key: 'a', Value: '' },
        ],
      }),
    );
    await root.send(new UntagRoleCommand({ ...named, TagKeys: ['A', 'nothing'] }));
    expect((await root.send(new ListRoleTagsCommand(named))).Tags).toEqual([{ Key: 'TEAM', Value: 'x' }]);
    const profiles = await root.send(new ListInstanceProfilesForRoleCommand(named));
    expect(profiles).toMatchObject({ InstanceProfiles: [], IsTruncated: false });

    await root.send(new DeleteRoleCommand(named));
    expect(await refusalOf(root.send(new GetRoleCommand(named)))).toMatchObject({
      code: 'NoSuchEntityException',
      status: 404,
      message: expect.stringContaining('The role with name Web cannot be found.'),
    });
  });

  test('is given inline and managed policies and a boundary, and is not deleted while it has policies', async () => {
    const { root } = await setUp();
    const { Policy } = await root.send(new CreatePolicyCommand({ PolicyName: 'Read', PolicyDocument: read }));
    const PolicyArn = Policy?.Arn ?? '';
    const RoleName = 'my-app';
    await root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'one', PolicyDocument: read }));
    const inline = await root.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'one' }));
    expect(inline).toMatchObject({
      RoleName,
      PolicyName: 'one',
      PolicyDocument: encodeURIComponent(read).replaceAll('*', '%2A'),
    });
    expect((await root.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['look', 'one']);

    await root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    expect((await root.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([
      { PolicyName: 'Read', PolicyArn },
    ]);
    await root.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn }));
    expect((await root.send(new GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary).toEqual({
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: PolicyArn,
    });
    const entities = await root.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(entities).toMatchObject({
      PolicyRoles: [{ RoleName }],
      PolicyUsers: [],
      PolicyGroups: [],
      IsTruncated: false,
    });
    const counted = await root.send(new GetPolicyCommand({ PolicyArn }));
    expect(counted.Policy).toMatchObject({ AttachmentCount: 1, PermissionsBoundaryUsageCount: 1 });

    const remove = () => refusalOf(root.send(new DeleteRoleCommand({ RoleName })));
    const removePolicy = () => refusalOf(root.send(new DeletePolicyCommand({ PolicyArn })));
    expect(await remove()).toMatchObject({
      code: 'DeleteConflictException',
      message: expect.stringContaining('must detach all policies first'),
    });
    expect(await removePolicy()).toMatchObject({ code: 'DeleteConflictException', status: 409 });
    await root.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    expect(await removePolicy()).toMatchObject({ code: 'DeleteConflictException' });
    await root.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    expect((await root.send(new GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary).toBeUndefined();
    expect(await removePolicy()).toMatchObject({ code: 'taken' });
    expect(await remove()).toMatchObject({
      code: 'DeleteConflictException',
      message: expect.stringContaining('must delete policies first'),
    });
    for (const PolicyName of ['one', 'look']) await root.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    expect(await remove()).toMatchObject({ code: 'taken' });
  });
});

describe('a managed policy', () => {
  test('has versions, of which one is in force', async () => {
    const { root, tenant } = await setUp();
    const { Policy } = await root.send(
      new CreatePolicyCommand({
        PolicyName: 'Read',
        Path: '/p/',
        PolicyDocument: read,
        Description: 'reads',
        Tags: [{ Key: 'a', Value: 'b' }],
      }),
    );
    const PolicyArn = Policy?.Arn ?? '';
    expect(Policy).toMatchObject({
      PolicyName: 'Read',
      Arn: `arn:aws:iam::${tenant.accountId}:policy/p/Read`,
      DefaultVersionId: 'v1',
      AttachmentCount: 0,
      IsAttachable: true,
      Description: 'reads',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(Policy?.PolicyId).toMatch(/^ANPA[A-Z2-7]{17}$/);
    const listed = await root.send(new ListPoliciesCommand({ Scope: 'Local', PathPrefix: '/p/' }));
    expect(listed.Policies?.map(({ Arn }) => Arn)).toEqual([PolicyArn]);
    expect((await root.send(new ListPoliciesCommand({ Scope: 'AWS' }))).Policies).toEqual([]);
    expect((await root.send(new ListPoliciesCommand({ OnlyAttached: true }))).Policies).toEqual([]);

    const second = allowing('compute:List*');
    const version = (SetAsDefault: boolean) =>
      root.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: second, SetAsDefault }));
    expect((await version(true)).PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: true });
    const shown = await root.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
    expect(decodeURIComponent(shown.PolicyVersion?.Document ?? '')).toBe(second);
    for (let i = 0; i < 3; i += 1) await version(false);
    expect(await refusalOf(version(false))).toMatchObject({ code: 'LimitExceededException', status: 409 });
    const versions = await root.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(versions.Versions?.map(({ VersionId }) => VersionId)).toEqual(['v5', 'v4', 'v3', 'v2', 'v1']);
    const drop = (VersionId: string) => refusalOf(root.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })));
    expect(await drop('v2')).toMatchObject({ code: 'DeleteConflictException' });
    await root.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    expect(await drop('v2')).toMatchObject({ code: 'taken' });
    expect(await drop('v2')).toMatchObject({ code: 'NoSuchEntityException' });
    expect(await refusalOf(root.send(new DeletePolicyCommand({ PolicyArn })))).toMatchObject({
      code: 'DeleteConflictException',
      message: expect.stringContaining('more than one version'),
    });
    for (const id of ['v3', 'v4', 'v5']) expect(await drop(id)).toMatchObject({ code: 'taken' });

    await root.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'c', Value: 'd' }] }));
    await root.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ['a'] }));
    expect((await root.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual([{ Key: 'c', Value: 'd' }]);
    await root.send(new DeletePolicyCommand({ PolicyArn }));
    expect(await refusalOf(root.send(new GetPolicyCommand({ PolicyArn })))).toMatchObject({
      code: 'NoSuchEntityException',
      message: expect.stringContaining(`Policy ${PolicyArn} was not found.`),
    });
  });
});

describe('what cannot be is refused in AWS’s words:', () => {
  const RoleName = 'my-app';
  const absentArn = (accountId: string) => `arn:aws:iam::${accountId}:policy/absent`;
  const cases: Readonly<Record<string, [(it: Awaited<ReturnType<typeof setUp>>) => Promise<unknown>, string, RegExp]>> =
    {
      'a role of a name that is taken, in any case': [
        ({ root, tenant }) =>
          root.send(
            new CreateRoleCommand({ RoleName: 'MY-APP', AssumeRolePolicyDocument: trustFor(tenant.accountId) }),
          ),
        'EntityAlreadyExistsException',
        /^Role with name MY-APP already exists\./,
      ],
      'a trust policy that lets every pod in': [
        ({ root, tenant }) =>
          root.send(
            new CreateRoleCommand({
              RoleName: 'x',
              AssumeRolePolicyDocument: trustFor(tenant.accountId).replaceAll(':sub"', ':amr"'),
            }),
          ),
        'MalformedPolicyDocumentException',
        /nothing tests sub/,
      ],
      'a document that is no JSON': [
        ({ root }) => root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'x', PolicyDocument: '{' })),
        'MalformedPolicyDocumentException',
        /line 1, column 2/,
      ],
      'a boundary that is not there': [
        ({ root, tenant }) =>
          root.send(
            new CreateRoleCommand({
              RoleName: 'x',
              AssumeRolePolicyDocument: trustFor(tenant.accountId),
              PermissionsBoundary: absentArn(tenant.accountId),
            }),
          ),
        'NoSuchEntityException',
        /^Scope ARN: \S+ does not exist or is not attachable\./,
      ],
      'a policy that is not there to be attached': [
        ({ root }) =>
          root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })),
        'NoSuchEntityException',
        /^Policy arn:aws:iam::aws:policy\/ReadOnlyAccess does not exist or is not attachable\./,
      ],
      'a policy that is not attached': [
        ({ root, tenant }) =>
          root.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: absentArn(tenant.accountId) })),
        'NoSuchEntityException',
        /was not found/,
      ],
      'an inline policy that is not there': [
        ({ root }) => root.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'absent' })),
        'NoSuchEntityException',
        /^The role policy with name absent cannot be found\./,
      ],
      'what is no ARN': [
        ({ root }) => root.send(new GetPolicyCommand({ PolicyArn: 'not-an-arn-at-all-really' })),
        'ValidationError',
        /^ARN not-an-arn-at-all-really is not valid\./,
      ],
      'a name that is none, and a session too short, told at once': [
        ({ root, tenant }) =>
          root.send(
            new CreateRoleCommand({
              RoleName: 'a/b',
              AssumeRolePolicyDocument: trustFor(tenant.accountId),
              MaxSessionDuration: 5,
            }),
          ),
        'ValidationError',
        /^2 validation errors detected: Value 'a\/b' at 'roleName' .*; Value '5' at 'maxSessionDuration' .* greater than or equal to 3600/,
      ],
      'a tag twice': [
        ({ root }) =>
          root.send(
            new TagRoleCommand({
              RoleName,
              Tags: [
                { Key: 'a', Value: '1' },
                { Key: 'A', Value: '2' },
              ],
            }),
          ),
        'InvalidInputException',
        /^Duplicate tag keys found\./,
      ],
      'a tag of the system’s': [
        ({ root }) => root.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'AWS:team', Value: '1' }] })),
        'InvalidInputException',
        /^The tag key AWS:team cannot be used/,
      ],
      'more than fifty tags': [
        async ({ root }) => {
          const tags = (from: number) => Array.from({ length: 30 }, (_, i) => ({ Key: `k${from + i}`, Value: 'v' }));
          await root.send(new TagRoleCommand({ RoleName, Tags: tags(0) }));
          return root.send(new TagRoleCommand({ RoleName, Tags: tags(30) }));
        },
        'LimitExceededException',
        /^The number of tags has reached the maximum limit/,
      ],
      'more inline policies than a role has room for': [
        async ({ root }) => {
          const PolicyDocument = allowing(Array.from({ length: 400 }, (_, i) => `compute:Action${1000 + i}`));
          await root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'a', PolicyDocument }));
          return root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'b', PolicyDocument }));
        },
        'LimitExceededException',
        /^Maximum policy size of 10240 bytes exceeded for role my-app\./,
      ],
      'more than ten policies on a role': [
        async ({ root }) => {
          for (let i = 0; i <= 10; i += 1) {
            const { Policy } = await root.send(new CreatePolicyCommand({ PolicyName: `p${i}`, PolicyDocument: read }));
            await root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
          }
        },
        'LimitExceededException',
        /^Cannot exceed quota for PoliciesPerRole: 10\./,
      ],
      'a policy of a name that is taken': [
        async ({ root }) => {
          for (const PolicyName of ['x', 'X'])
            await root.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: read }));
        },
        'EntityAlreadyExistsException',
        /^A policy called X already exists\. Duplicate names are not allowed\./,
      ],
      'a policy under a path that no ARN can have': [
        ({ root }) => root.send(new CreatePolicyCommand({ PolicyName: 'x', Path: '/a*/', PolicyDocument: read })),
        'ValidationError',
        /cannot have the path/,
      ],
    };

  test.each(Object.entries(cases))('%s', async (_, [call, code, message]) => {
    expect(await refusalOf(call(await setUp()))).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
