// The account as a whole, and what its policies would say, asked by the AWS SDK for JavaScript.
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandInput,
  ListEntitiesForPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { must } from '../platform.ts';
import { allowing, refusalOf, setUp } from './endpoint.ts';

async function furnished() {
  const it = await setUp();
  const policy = async (PolicyName: string, PolicyDocument: string) =>
    (await it.root.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))).Policy?.Arn ?? '';
  const attached = await policy('Attached', allowing('compute:Delete*'));
  const boundary = await policy('Boundary', allowing(['compute:Get*', 'compute:List*']));
  const RoleName = 'my-app';
  await it.root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: attached }));
  await it.root.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundary }));
  return { ...it, attached, boundary };
}

describe('the account’s authorization details', () => {
  test('are every role and policy with what belongs to it', async () => {
    const { root, attached, boundary, tenant } = await furnished();
    const details = await root.send(new GetAccountAuthorizationDetailsCommand({}));
    expect(details).toMatchObject({
      UserDetailList: [],
      GroupDetailList: [],
      IsTruncated: false,
      RoleDetailList: [
        {
          RoleName: 'my-app',
          Arn: tenant.roleArn,
          InstanceProfileList: [],
          RolePolicyList: [{ PolicyName: 'look', PolicyDocument: expect.stringContaining('%22Statement%22') }],
          AttachedManagedPolicies: [{ PolicyName: 'Attached', PolicyArn: attached }],
          PermissionsBoundary: { PermissionsBoundaryArn: boundary },
        },
      ],
      Policies: [
        {
          PolicyName: 'Attached',
          AttachmentCount: 1,
          PolicyVersionList: [{ VersionId: 'v1', IsDefaultVersion: true }],
        },
        { PolicyName: 'Boundary', PermissionsBoundaryUsageCount: 1 },
      ],
    });
    const only = async (Filter: GetAccountAuthorizationDetailsCommandInput['Filter']) => {
      const { RoleDetailList, Policies } = await root.send(new GetAccountAuthorizationDetailsCommand({ Filter }));
      return [RoleDetailList?.length, Policies?.length];
    };
    expect(await only(['Role'])).toEqual([1, 0]);
    expect(await only(['LocalManagedPolicy'])).toEqual([0, 2]);
    expect(await only(['User', 'Group'])).toEqual([0, 0]);
  });

  test('come in pages that hold each once, whatever their size', async () => {
    const { root, ports, tenant } = await furnished();
    const { roles } = ports.registry.account(tenant.accountId);
    for (const name of ['a', 'z']) {
      must(await roles.create({ ...tenant.role, id: `AROA${name}`, uuid: name, name }));
    }
    for (const MaxItems of [1, 2, 3, 4, 5]) {
      const names: (string | undefined)[] = [];
      let Marker: string | undefined;
      do {
        const page = await root.send(new GetAccountAuthorizationDetailsCommand({ MaxItems, Marker }));
        const roleNames = page.RoleDetailList?.map(({ RoleName }) => RoleName) ?? [];
        const policyNames = page.Policies?.map(({ PolicyName }) => PolicyName) ?? [];
        expect(roleNames.length + policyNames.length).toBeLessThanOrEqual(MaxItems);
        names.push(...roleNames, ...policyNames);
        Marker = page.Marker;
        expect(page.IsTruncated).toBe(Marker !== undefined);
      } while (Marker !== undefined);
      expect(names).toEqual(['a', 'my-app', 'z', 'Attached', 'Boundary']);
    }
  });

  test('say of a policy which roles have it, and how', async () => {
    const { root, attached, boundary } = await furnished();
    const roles = async (PolicyArn: string, PolicyUsageFilter?: 'PermissionsPolicy' | 'PermissionsBoundary') => {
      const found = await root.send(new ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter }));
      return found.PolicyRoles?.map(({ RoleName }) => RoleName);
    };
    expect(await roles(attached)).toEqual(['my-app']);
    expect(await roles(boundary)).toEqual(['my-app']);
    expect(await roles(boundary, 'PermissionsBoundary')).toEqual(['my-app']);
    expect(await roles(boundary, 'PermissionsPolicy')).toEqual([]);
    await root.send(new AttachRolePolicyCommand({ RoleName: 'my-app', PolicyArn: boundary }));
    expect(await roles(boundary)).toEqual(['my-app']);
    const users = await root.send(new ListEntitiesForPolicyCommand({ PolicyArn: boundary, EntityFilter: 'User' }));
    expect(users).toMatchObject({ PolicyRoles: [], IsTruncated: false });
  });
});

describe('a simulation', () => {
  test('of a role asks its policies and its boundary, and says which statement decided', async () => {
    const { root, tenant } = await furnished();
    const deny = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Deny", "Action": "compute:GetSecret", "Resource": "*" }
  ]
}`;
    await root.send(new PutRolePolicyCommand({ RoleName: 'my-app', PolicyName: 'no', PolicyDocument: deny }));
    const ActionNames = ['compute:GetInstance', 'compute:DeleteInstance', 'compute:GetSecret', 'dns:GetZone'];
    const asked = { PolicySourceArn: tenant.roleArn, ActionNames };
    const { EvaluationResults } = await root.send(new SimulatePrincipalPolicyCommand(asked));
    expect(EvaluationResults).toMatchObject([
      {
        EvalActionName: 'compute:GetInstance',
        EvalResourceName: '*',
        EvalDecision: 'allowed',
        MatchedStatements: [{ SourcePolicyId: 'look', SourcePolicyType: 'IAM Policy' }],
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
      },
      { EvalDecision: 'implicitDeny', PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false } },
      {
        EvalDecision: 'explicitDeny',
        MatchedStatements: [
          { SourcePolicyId: 'no', StartPosition: { Line: 4, Column: 5 }, EndPosition: { Line: 4, Column: 73 } },
        ],
      },
      { EvalDecision: 'implicitDeny', MatchedStatements: [] },
    ]);
    const added = {
      ...asked,
      PolicyInputList: [allowing('dns:*')],
      PermissionsBoundaryPolicyInputList: [allowing('*')],
    };
    const wider = await root.send(new SimulatePrincipalPolicyCommand(added));
    expect(wider.EvaluationResults?.map(({ EvalDecision }) => EvalDecision)).toEqual([
      'allowed',
      'allowed',
      'explicitDeny',
      'allowed',
    ]);
  });

  test('of policies at hand takes resources and condition keys, and names those that it lacks', async () => {
    const { root } = await setUp();
    const arn = (name: string) => `arn:podiam:compute::111122223333:instance/${name}`;
    const document = allowing('compute:Stop', arn('web-*'), {
      Condition: { StringEquals: { 'aws:PrincipalTag/team': ['web', 'all'] }, Bool: { 'aws:SecureTransport': 'true' } },
    });
    const asked = {
      PolicyInputList: [document],
      ActionNames: ['compute:Stop'],
      ResourceArns: [arn('web-1'), arn('db-1')],
    };
    const decide = async (more: object) => {
      const { EvaluationResults } = await root.send(new SimulateCustomPolicyCommand({ ...asked, ...more }));
      return EvaluationResults?.map(({ EvalDecision, MissingContextValues }) => [EvalDecision, MissingContextValues]);
    };
    const keys = ['aws:PrincipalTag/team', 'aws:SecureTransport'];
    expect(await decide({})).toEqual([
      ['implicitDeny', keys],
      ['implicitDeny', keys],
    ]);
    const ContextEntries = [
      { ContextKeyName: 'aws:principaltag/team', ContextKeyType: 'stringList', ContextKeyValues: ['web'] },
      { ContextKeyName: 'aws:SecureTransport', ContextKeyType: 'boolean', ContextKeyValues: ['true'] },
    ];
    expect(await decide({ ContextEntries })).toEqual([
      ['allowed', []],
      ['implicitDeny', []],
    ]);
    const first = await root.send(new SimulateCustomPolicyCommand({ ...asked, MaxItems: 1 }));
    expect(first).toMatchObject({ IsTruncated: true, EvaluationResults: [{ EvalResourceName: arn('web-1') }] });
    const second = await root.send(new SimulateCustomPolicyCommand({ ...asked, MaxItems: 1, Marker: first.Marker }));
    expect(second).toMatchObject({ IsTruncated: false, EvaluationResults: [{ EvalResourceName: arn('db-1') }] });
  });

  test('of what cannot be is refused', async () => {
    const { root, tenant } = await setUp();
    const ActionNames = ['compute:Stop'];
    const custom = (PolicyInputList: string[]) =>
      refusalOf(root.send(new SimulateCustomPolicyCommand({ PolicyInputList, ActionNames })));
    expect(await custom(['{'])).toMatchObject({ code: 'MalformedPolicyDocumentException' });
    const principal = (PolicySourceArn: string) =>
      refusalOf(root.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames })));
    expect(await principal(`${tenant.roleArn}-absent`)).toMatchObject({ code: 'NoSuchEntityException' });
    expect(await principal(tenant.roleArn.replace('role/', 'role/path/'))).toMatchObject({
      code: 'NoSuchEntityException',
    });
    expect(await principal('arn:aws:iam::111122223333:user/x')).toMatchObject({ code: 'ValidationError' });
  });
});
