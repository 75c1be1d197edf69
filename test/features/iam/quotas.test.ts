// How much an account may keep and how often it may call, as the AWS SDK for JavaScript is told of it.
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  GetAccountSummaryCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import type { Refusal } from '../../../src/core/refusals/index.ts';
import { defaultQuotas, type Quotas } from '../../../src/core/registry/index.ts';
import { httpRequest } from '../platform.ts';
import { allowing, refusalOf, setUp, trustFor } from './endpoint.ts';

const quotas: Quotas = {
  RolesPerAccount: 2,
  PoliciesPerAccount: 2,
  OpenIDConnectProvidersPerAccount: 2,
  PoliciesPerRole: 1,
  ACLSizePerRole: 1024,
};
const RoleName = 'my-app';

/** A policy document of so many characters, white space not counted. */
function documentOf(size: number): string {
  const resource = 'arn:podiam:compute:::instance/';
  const resources: string[] = [];
  const missing = () => size - allowing('compute:Get', [...resources, resource]).length;
  // Each but the last leaves room for one more.
  while (missing() > 1100) resources.push(resource + 'x'.repeat(1000));
  resources.push(resource + 'x'.repeat(missing()));
  return allowing('compute:Get', resources).replaceAll(',', ',\n  ');
}

async function furnished() {
  const it = await setUp({}, { quotas });
  const { root } = it;
  const { Policy } = await root.send(new CreatePolicyCommand({ PolicyName: 'a', PolicyDocument: documentOf(6144) }));
  await root.send(new CreatePolicyCommand({ PolicyName: 'b', PolicyDocument: allowing('compute:Get*') }));
  await root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
  const ClientIDList = Array.from({ length: 100 }, (_, i) => `client-${i}`);
  const provider = { Url: 'https://oidc.example.com/clusters/2', ClientIDList };
  await root.send(new CreateOpenIDConnectProviderCommand(provider));
  const trust = trustFor(it.tenant.accountId);
  await root.send(new CreateRoleCommand({ RoleName: 'second', AssumeRolePolicyDocument: trust }));
  return { ...it, arn: (name: string) => `arn:aws:iam::${it.tenant.accountId}:policy/${name}`, trust };
}

test('what is beyond a quota is LimitExceeded in AWS’s words', async () => {
  const { root, arn, tenant, trust } = await furnished();
  const PolicyDocument = documentOf(6145);
  const longTrust = trustFor(tenant.accountId, `system:serviceaccount:default:${'x'.repeat(1024)}`);
  const tags = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
  const OpenIDConnectProviderArn = `arn:aws:iam::${tenant.accountId}:oidc-provider/oidc.example.com/clusters/2`;
  await root.send(new TagRoleCommand({ RoleName, Tags: tags }));
  const beyond: readonly [() => Promise<unknown>, string][] = [
    [
      () => root.send(new CreateRoleCommand({ RoleName: 'third', AssumeRolePolicyDocument: trust })),
      'Cannot exceed quota for RolesPerAccount: 2.',
    ],
    [
      () => root.send(new CreatePolicyCommand({ PolicyName: 'c', PolicyDocument: allowing('compute:Get*') })),
      'Cannot exceed quota for PoliciesPerAccount: 2.',
    ],
    [
      () => root.send(new CreatePolicyCommand({ PolicyName: 'c', PolicyDocument })),
      'Cannot exceed quota for PolicySize: 6144.',
    ],
    [
      () => root.send(new CreatePolicyVersionCommand({ PolicyArn: arn('a'), PolicyDocument })),
      'Cannot exceed quota for PolicySize: 6144.',
    ],
    [
      () => root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: arn('b') })),
      'Cannot exceed quota for PoliciesPerRole: 1.',
    ],
    [
      () => root.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: longTrust })),
      'Cannot exceed quota for ACLSizePerRole: 1024.',
    ],
    [
      () => root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'long', PolicyDocument: documentOf(10_240) })),
      'Maximum policy size of 10240 bytes exceeded for role my-app.',
    ],
    [
      () => root.send(new CreateOpenIDConnectProviderCommand({ Url: 'https://oidc.example.com/clusters/3' })),
      'Cannot exceed quota for OpenIDConnectProvidersPerAccount: 2.',
    ],
    [
      () =>
        root.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'client-100' })),
      'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100.',
    ],
    [
      () => root.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'one-more', Value: '' }] })),
      'The number of tags has reached the maximum limit of 50.',
    ],
  ];
  for (const [call, sentence] of beyond) {
    const { code, message, status } = await refusalOf(call());
    expect([message.startsWith(sentence) || message, code, status]).toEqual([true, 'LimitExceededException', 409]);
  }
});

describe('the account’s summary', () => {
  test('tells what there is and how much of it there may be', async () => {
    const { root, arn } = await furnished();
    await root.send(new CreatePolicyVersionCommand({ PolicyArn: arn('b'), PolicyDocument: allowing('*:*') }));
    const { SummaryMap } = await root.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({
      Roles: 2,
      RolesQuota: 2,
      Policies: 2,
      PoliciesQuota: 2,
      PolicyVersionsInUse: 3,
      PolicyVersionsInUseQuota: 10,
      VersionsPerPolicyQuota: 5,
      PolicySizeQuota: 6144,
      RolePolicySizeQuota: 10_240,
      AssumeRolePolicySizeQuota: 1024,
      AttachedPoliciesPerRoleQuota: 1,
      Providers: 2,
      AccountAccessKeysPresent: 1,
      AccountMFAEnabled: 0,
      Users: 0,
      UsersQuota: 0,
    });
  });

  test('has AWS’s quotas by default, is one account’s alone, and takes a permission', async () => {
    const { otherRoot, sessionWith, post } = await setUp();
    const { SummaryMap } = await otherRoot.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({ Roles: 1, RolesQuota: defaultQuotas.RolesPerAccount, Providers: 1 });
    const may = await sessionWith('may', allowing('iam:GetAccountSummary'));
    expect((await may.send(new GetAccountSummaryCommand({}))).SummaryMap).toMatchObject({ Roles: 2 });
    const mayNot = await sessionWith('may-not', allowing('iam:ListRoles'));
    expect(await refusalOf(mayNot.send(new GetAccountSummaryCommand({})))).toMatchObject({
      code: 'AccessDenied',
      status: 403,
    });
    const json = await post('Action=GetAccountSummary&Version=2010-05-08', undefined, 'iam', 'application/json');
    expect(JSON.parse(String(json.body))).toMatchObject({
      GetAccountSummaryResponse: { GetAccountSummaryResult: { SummaryMap: { Roles: 3, Groups: 0 } } },
    });
  });
});

describe('too many calls', () => {
  const unproven = { burst: 1000, perSecond: 1000 };

  test('of one account are throttled as SDKs know it, and others are served', async () => {
    const outcomes: [string, string][] = [];
    const onOutcome = (action: string, refusal: Refusal | undefined) =>
      void outcomes.push([action, refusal?.code ?? '']);
    const account = { burst: 3, perSecond: 0.001 };
    const { root, otherRoot, post, audit } = await setUp({ rates: { account, unproven }, onOutcome });
    for (let i = 0; i < 3; i += 1) await root.send(new ListRolesCommand({}));
    const throttled = await refusalOf(root.send(new ListRolesCommand({})));
    expect(throttled).toMatchObject({ code: 'Throttling', status: 400 });
    expect(throttled.message).toMatch(/^Rate exceeded/);
    await otherRoot.send(new ListRolesCommand({}));
    expect(outcomes).toEqual([
      ...Array.from({ length: 3 }, () => ['ListRoles', '']),
      ['ListRoles', 'iam-throttled'],
      ['ListRoles', ''],
    ]);
    for (let i = 0; i < 300; i += 1) await post('Action=ListRoles&Version=2010-05-08');
    // What an account does not stop asking does not fill the record.
    expect((await audit()).filter(({ code }) => code === 'iam-throttled').length).toBeLessThan(250);
  });

  test('are tried again by an SDK until there is room', async () => {
    const rates = { account: { burst: 1, perSecond: 1 }, unproven };
    // Time passes with each no.
    const onOutcome = (_: string, refusal: Refusal | undefined) => {
      if (refusal) clock.now += 1000;
    };
    const { endpoint, tenant, clock } = await setUp({ rates, onOutcome });
    const client = new IAMClient({ region: 'us-east-1', endpoint, credentials: tenant.rootKey });
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await client.send(new ListRolesCommand({})));
    client.destroy();
    expect(answers.map(({ $metadata }) => $metadata.httpStatusCode)).toEqual([200, 200, 200]);
    expect(answers.map(({ $metadata }) => $metadata.attempts ?? 1)).toEqual([1, 2, 2]);
  });

  test('of a stranger cost no reading, and nobody else anything', async () => {
    let looks = 0;
    const { iam, root, clock } = await setUp({
      rates: { account: { burst: 100, perSecond: 100 }, unproven: { burst: 5, perSecond: 0.001 } },
      findRootKey: () => {
        looks += 1;
        return Promise.resolve(undefined);
      },
    });
    const unsigned = { method: 'POST', target: '/', body: 'Action=ListRoles&Version=2010-05-08' };
    const codes = [];
    for (let i = 0; i < 8; i += 1) {
      codes.push(/<Code>(\w+)<\/Code>/.exec(String((await iam(httpRequest(unsigned))).body))?.[1]);
    }
    expect(codes.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'MissingAuthenticationToken'));
    expect(codes.slice(6)).toEqual(['Throttling', 'Throttling']);
    expect(looks).toBe(0);
    // From another address: not throttled, whatever it is answered.
    expect(await refusalOf(root.send(new ListRolesCommand({})))).toMatchObject({ code: 'InvalidClientTokenId' });
    clock.now += 2_000_000;
    expect(String((await iam(httpRequest(unsigned))).body)).toContain('MissingAuthenticationToken');
  });
});
