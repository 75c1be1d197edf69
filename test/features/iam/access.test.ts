// Who may do what through the IAM API, what is put on record, and what is refused before anything is done.
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  ListEntitiesForPolicyCommand,
  ListRolesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { RefusedError, refuse } from '../../../src/core/refusals/index.ts';
import { allowing, refusalOf, setUp, trustFor } from './endpoint.ts';

type SetUp = Awaited<ReturnType<typeof setUp>>;

const denied = { code: 'AccessDenied', status: 403 };
const roleOf = ({ tenant }: SetUp, name: string) => `arn:aws:iam::${tenant.accountId}:role/${name}`;
const form = (parameters: Readonly<Record<string, string>>) =>
  new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString();

async function boundaryOf({ root }: SetUp, document = allowing('compute:*')): Promise<string> {
  const { Policy } = await root.send(new CreatePolicyCommand({ PolicyName: 'Boundary', PolicyDocument: document }));
  return Policy?.Arn ?? '';
}

describe('a session', () => {
  test('may do what its role’s policies allow on a resource, and nothing else', async () => {
    const it = await setUp();
    const session = await it.sessionWith('reader', allowing('iam:GetRole', roleOf(it, 'my-app')));
    expect(await session.send(new GetRoleCommand({ RoleName: 'MY-APP' }))).toMatchObject({
      Role: { RoleName: 'my-app' },
    });
    const refused = await refusalOf(session.send(new DeleteRoleCommand({ RoleName: 'my-app' })));
    expect(refused).toMatchObject(denied);
    const arn = `arn:aws:sts::${it.tenant.accountId}:assumed-role/reader/session`;
    expect(refused.message).toContain(
      `User: ${arn} is not authorized to perform: iam:DeleteRole on resource: ${roleOf(it, 'my-app')}`,
    );
    expect((await it.audit()).at(-1)).toMatchObject({
      action: 'iam:DeleteRole',
      resource: roleOf(it, 'my-app'),
      principal: arn,
      role: roleOf(it, 'reader'),
      outcome: 'refused',
      code: 'iam-not-authorized',
      reason: expect.stringContaining('no statement allows it'),
    });
  });

  test('may know its own role, unless that is denied', async () => {
    const it = await setUp();
    const session = await it.sessionWith('plain', allowing('compute:Get*'));
    expect(await session.send(new GetRoleCommand({ RoleName: 'plain' }))).toMatchObject({
      Role: { RoleName: 'plain' },
    });
    expect(await refusalOf(session.send(new GetRoleCommand({ RoleName: 'my-app' })))).toMatchObject(denied);
    const policy = allowing('iam:Get*', '*', { Effect: 'Deny' });
    const other = await it.sessionWith('denied', allowing('compute:Get*'), { policy });
    expect(await refusalOf(other.send(new GetRoleCommand({ RoleName: 'denied' })))).toMatchObject(denied);
  });

  test('learns nothing of what it may not ask about: absent or not, the answer is the same', async () => {
    const it = await setUp();
    const session = await it.sessionWith('plain', allowing('compute:Get*'));
    const { message } = await refusalOf(session.send(new GetRoleCommand({ RoleName: 'my-app' })));
    const absent = await refusalOf(session.send(new GetRoleCommand({ RoleName: 'absent' })));
    expect(absent).toMatchObject(denied);
    expect(absent.message).toBe(message.replaceAll('my-app', 'absent'));
  });

  test('whose role is gone, or was made anew, may nothing', async () => {
    const it = await setUp();
    const session = await it.sessionWith('gone', allowing('*'));
    const { roles, rolePolicies } = it.ports.registry.account(it.tenant.accountId);
    await rolePolicies.removeInline('gone', 'own', it.clock.now);
    await roles.remove('gone');
    const list = () => refusalOf(session.send(new ListRolesCommand({})));
    expect(await list()).toMatchObject({ code: 'InvalidClientTokenId' });
    await it.sessionWith('gone', allowing('*'));
    expect(await list()).toMatchObject({ code: 'InvalidClientTokenId' });
  });

  test('needs iam:TagRole, too, to create what is tagged, and tags are condition keys', async () => {
    const it = await setUp();
    const team = { Condition: { StringEquals: { 'aws:RequestTag/team': 'web', 'iam:ResourceTag/team': 'web' } } };
    const create = allowing('iam:CreateRole', '*', { Condition: { StringEquals: { 'aws:RequestTag/team': 'web' } } });
    const make = (RoleName: string, team: string) =>
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trustFor(it.tenant.accountId),
        Tags: [{ Key: 'team', Value: team }],
      });
    const creator = await it.sessionWith('creator', create);
    const { message } = await refusalOf(creator.send(make('a', 'web')));
    expect(message).toContain('is not authorized to perform: iam:TagRole');
    const tagger = await it.sessionWith(
      'tagger',
      create.replace('"iam:CreateRole"', '["iam:CreateRole","iam:TagRole"]'),
    );
    expect(await refusalOf(tagger.send(make('b', 'other')))).toMatchObject(denied);
    expect(await refusalOf(tagger.send(make('b', 'web')))).toMatchObject({ code: 'taken' });
    const changer = await it.sessionWith('changer', allowing('iam:TagRole', '*', team));
    const tag = (RoleName: string) =>
      refusalOf(changer.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'team', Value: 'web' }] })));
    expect(await tag('b')).toMatchObject({ code: 'taken' });
    expect(await tag('my-app')).toMatchObject(denied);
  });
});

describe('A14 a restricted session gains nothing through the IAM API:', () => {
  test('narrowed by a session policy, it may only what that allows, whatever its role may', async () => {
    const it = await setUp();
    const policy = allowing('iam:ListRoles');
    const session = await it.sessionWith('admin', allowing('*'), { policy });
    expect(await refusalOf(session.send(new ListRolesCommand({})))).toMatchObject({ code: 'taken' });
    const widen = new PutRolePolicyCommand({ RoleName: 'admin', PolicyName: 'x', PolicyDocument: allowing('*') });
    expect(await refusalOf(session.send(widen))).toMatchObject(denied);
    const free = new CreateRoleCommand({ RoleName: 'x', AssumeRolePolicyDocument: trustFor(it.tenant.accountId) });
    expect(await refusalOf(session.send(free))).toMatchObject(denied);
  });

  test('bounded, it may not take its own boundary away', async () => {
    const it = await setUp();
    const permissionsBoundary = await boundaryOf(it);
    const session = await it.sessionWith('bounded', allowing('*'), { permissionsBoundary });
    const remove = new DeleteRolePermissionsBoundaryCommand({ RoleName: 'bounded' });
    expect(await refusalOf(session.send(remove))).toMatchObject(denied);
  });

  test('allowed to make bounded roles, it makes, empowers and unbinds no other', async () => {
    const it = await setUp();
    const boundary = await boundaryOf(it);
    const names = ['CreateRole', 'PutRolePolicy', 'AttachRolePolicy', 'PutRolePermissionsBoundary'];
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: names.map((name) => `iam:${name}`),
          Resource: '*',
          Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
        },
        { Effect: 'Allow', Action: 'iam:CreatePolicy', Resource: '*' },
      ],
    });
    const session = await it.sessionWith('delegate', document);
    const make = (RoleName: string, PermissionsBoundary?: string) =>
      refusalOf(
        session.send(
          new CreateRoleCommand({
            RoleName,
            PermissionsBoundary,
            AssumeRolePolicyDocument: trustFor(it.tenant.accountId),
          }),
        ),
      );
    expect(await make('free')).toMatchObject(denied);
    const { Policy } = await session.send(
      new CreatePolicyCommand({ PolicyName: 'Wide', PolicyDocument: allowing('*') }),
    );
    expect(await make('wide', Policy?.Arn)).toMatchObject(denied);
    expect(await make('small', boundary)).toMatchObject({ code: 'taken' });
    const give = (RoleName: string) =>
      refusalOf(session.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'x', PolicyDocument: allowing('*') })));
    expect(await give('small')).toMatchObject({ code: 'taken' });
    expect(await give('my-app')).toMatchObject(denied);
    expect(await give('delegate')).toMatchObject(denied);
    const attach = new AttachRolePolicyCommand({ RoleName: 'delegate', PolicyArn: Policy?.Arn });
    expect(await refusalOf(session.send(attach))).toMatchObject(denied);
    const loosen = new PutRolePermissionsBoundaryCommand({ RoleName: 'small', PermissionsBoundary: Policy?.Arn });
    expect(await refusalOf(session.send(loosen))).toMatchObject(denied);
    const unbind = new DeleteRolePermissionsBoundaryCommand({ RoleName: 'small' });
    expect(await refusalOf(session.send(unbind))).toMatchObject(denied);
    // What the delegate gave itself stays within the boundary.
    const made = it.clientOf(await it.assume(roleOf(it, 'small')));
    expect(await refusalOf(made.send(new ListRolesCommand({})))).toMatchObject(denied);
  });
});

test('A16 another account’s roles, policies and providers are not there, by whatever name', async () => {
  const it = await setUp();
  const { Policy } = await it.root.send(
    new CreatePolicyCommand({ PolicyName: 'Mine', PolicyDocument: allowing('a:b') }),
  );
  const PolicyArn = Policy?.Arn ?? '';
  const provider = `arn:aws:iam::${it.tenant.accountId}:oidc-provider/oidc.example.com/clusters/1`;
  const RoleName = 'my-app';
  await it.root.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'mine', Value: 'yes' }] }));
  const absent = { code: 'NoSuchEntityException', status: 404 };
  const ask = [
    () => it.otherRoot.send(new GetPolicyCommand({ PolicyArn })),
    () => it.otherRoot.send(new DeletePolicyCommand({ PolicyArn })),
    () => it.otherRoot.send(new ListEntitiesForPolicyCommand({ PolicyArn })),
    () => it.otherRoot.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
    () => it.otherRoot.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn })),
    () => it.otherRoot.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider })),
    () =>
      it.otherRoot.send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn: roleOf(it, RoleName), ActionNames: ['a:b'] }),
      ),
  ];
  for (const call of ask) expect(await refusalOf(call())).toMatchObject(absent);
  const { Role } = await it.otherRoot.send(new GetRoleCommand({ RoleName }));
  expect(Role?.Arn).toBe(`arn:aws:iam::${it.other.accountId}:role/my-app`);
  expect(Role?.Tags).toBeUndefined();
  expect(await it.root.send(new GetPolicyCommand({ PolicyArn }))).toMatchObject({ Policy: { PolicyName: 'Mine' } });
});

describe('A22 a page’s marker', () => {
  async function firstPage(it: SetUp): Promise<string> {
    for (const name of ['b', 'c']) await it.sessionWith(name, allowing('a:b'));
    const page = await it.root.send(new ListRolesCommand({ MaxItems: 2 }));
    expect(page).toMatchObject({ IsTruncated: true, Roles: [{ RoleName: 'b' }, { RoleName: 'c' }] });
    return page.Marker ?? '';
  }

  test('leads to the next page, and to the end', async () => {
    const it = await setUp();
    const Marker = await firstPage(it);
    const next = await it.root.send(new ListRolesCommand({ MaxItems: 2, Marker }));
    expect(next).toMatchObject({ IsTruncated: false, Roles: [{ RoleName: 'my-app' }] });
    expect(next.Marker).toBeUndefined();
  });

  test('is refused where it was forged, or given for another account, list or filter', async () => {
    const it = await setUp();
    const Marker = await firstPage(it);
    const flipped = `${Marker.slice(0, -1)}${Marker.endsWith('A') ? 'B' : 'A'}`;
    const calls = [
      () => it.root.send(new ListRolesCommand({ Marker: flipped })),
      () => it.root.send(new ListRolesCommand({ Marker: 'b' })),
      () => it.root.send(new ListRolesCommand({ Marker: "' OR 1=1 --" })),
      () => it.otherRoot.send(new ListRolesCommand({ Marker })),
      () => it.root.send(new ListRolesCommand({ Marker, PathPrefix: '/apps/' })),
      () => it.root.send(new ListEntitiesForPolicyCommand({ PolicyArn: 'arn:aws:iam::aws:policy/x', Marker })),
    ];
    for (const call of calls)
      expect(await refusalOf(call())).toMatchObject({
        code: 'ValidationError',
        message: expect.stringMatching(/^Invalid Marker\. Send the Marker of the page before/),
        status: 400,
      });
  });
});

describe('a call that no SDK makes:', () => {
  const role = { Action: 'GetRole', RoleName: 'my-app' };
  test.each<[string, string, string]>([
    ['A12 a parameter twice', `${form(role)}&RoleName=x`, 'InvalidParameterCombination'],
    ['A12 a parameter in another case, too', `${form(role)}&roleName=x`, 'InvalidParameterCombination'],
    ['A12 a parameter in another case alone', form({ Action: 'GetRole', rolename: 'my-app' }), 'InvalidParameterValue'],
    ['a parameter of another action', form({ ...role, PolicyName: 'x' }), 'InvalidParameterValue'],
    ['an action that there is not', form({ Action: 'CreateUser', UserName: 'x' }), 'InvalidAction'],
    ['an object’s own members as action', form({ Action: 'constructor' }), 'InvalidAction'],
    ['no action', form({}), 'InvalidAction'],
    ['another version', form(role).replace('2010-05-08', '2009-01-01'), 'InvalidAction'],
    [
      'a list with a gap',
      form({ Action: 'UntagRole', RoleName: 'my-app', 'TagKeys.member.2': 'x' }),
      'ValidationError',
    ],
    ['no list where one is needed', form({ Action: 'UntagRole', RoleName: 'my-app' }), 'ValidationError'],
    ['what is no form', '%', 'MalformedQueryString'],
  ])('%s is refused', async (_, body, code) => {
    const { post } = await setUp();
    const response = await post(body);
    expect(String(response.body)).toContain(`<Code>${code}</Code>`);
    expect(response.status).toBe(400);
  });

  test('an action that there is not is named', async () => {
    const { post } = await setUp();
    const { body } = await post(form({ Action: 'CreateUser<' }));
    expect(String(body)).toContain('Could not find operation CreateUser&lt; for version 2010-05-08.');
  });

  test('one that is signed for another service, or not at all, is refused', async () => {
    const { post, iam, endpoint } = await setUp();
    expect(await post(form(role), undefined, 'sts')).toMatchObject({ status: 403 });
    const unsigned = await fetch(endpoint, { method: 'POST', body: form(role) });
    expect(unsigned.status).toBe(403);
    expect(await unsigned.text()).toContain('<Code>MissingAuthenticationToken</Code>');
    expect(typeof iam).toBe('function');
    const get = await fetch(`${endpoint}/?${form(role)}`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('JSON is answered to those who ask for it', async () => {
    const { post } = await setUp();
    const response = await post(form(role), undefined, 'iam', 'application/json');
    expect(JSON.parse(String(response.body))).toMatchObject({
      GetRoleResponse: {
        GetRoleResult: { Role: { RoleName: 'my-app' } },
        ResponseMetadata: { RequestId: expect.any(String) },
      },
    });
  });
});

describe('the audit record', () => {
  test('has every change before it happens, and every refusal of someone who is known', async () => {
    const it = await setUp();
    await it.root.send(new TagRoleCommand({ RoleName: 'my-app', Tags: [{ Key: 'a', Value: 'b' }] }));
    await refusalOf(it.root.send(new DeleteRoleCommand({ RoleName: 'absent' })));
    await it.root.send(new ListRolesCommand({}));
    const principal = `arn:aws:iam::${it.tenant.accountId}:root`;
    const accessKeyId = it.tenant.rootKey.accessKeyId;
    expect(await it.audit()).toMatchObject([
      {
        action: 'iam:TagRole',
        resource: roleOf(it, 'my-app'),
        principal,
        accessKeyId,
        outcome: 'allowed',
        reason: 'the account’s own key',
      },
      { action: 'iam:DeleteRole', principal, accessKeyId, outcome: 'refused', code: 'iam-role-absent' },
    ]);
  });

  test('has what the author was warned of, and so has a header of one safe line', async () => {
    const { post, audit } = await setUp();
    const document = allowing('a:b', '*', { Condition: { StringEquals: { 'aws:PrincipalTag/é\n': '*' } } });
    const put = { Action: 'PutRolePolicy', RoleName: 'my-app', PolicyName: 'x', PolicyDocument: document };
    const response = await post(form(put));
    expect(response.status).toBe(200);
    const { 'x-podiam-warnings': warnings } = response.headers;
    expect(warnings).toMatch(
      /^Statement\[0\]\.Condition\.StringEquals\S* StringEquals compares "\*" letter by letter[ -~]*$/,
    );
    expect((await audit()).at(-1)?.reason).toContain('; warned: Statement[0].Condition.StringEquals');
  });

  test('has a second event where a change fails after all: of two at once, one was drawn from what is no more', async () => {
    const { post, audit } = await setUp();
    const tag = (value: string) =>
      post(form({ Action: 'TagRole', RoleName: 'my-app', 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': value }));
    const statuses = (await Promise.all([tag('1'), tag('2')])).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 409]));
    const events = await audit();
    expect(events.map(({ outcome, code }) => `${outcome} ${code}`.trim()).sort()).toEqual([
      'allowed',
      'allowed',
      'refused registry-changed',
    ]);
    const failed = events.find(({ outcome }) => outcome === 'refused')?.requestId;
    expect(events.filter(({ requestId }) => requestId === failed)).toHaveLength(2);
  });

  test('that cannot be written keeps everything as it was', async () => {
    const failing = { isFull: false };
    const it = await setUp();
    const { registry } = it.ports;
    const broken = await setUp({
      registry: {
        account: (id) => registry.account(id),
        appendAudit: (event) =>
          failing.isFull
            ? Promise.reject(new RefusedError(refuse('registry-unavailable', {}, 'database or disk is full')))
            : registry.appendAudit(event),
      },
      findRootKey: it.ports.findRootKey,
    });
    const client = broken.clientOf(it.tenant.rootKey);
    const tag = () => client.send(new TagRoleCommand({ RoleName: 'my-app', Tags: [{ Key: 'a', Value: 'b' }] }));
    failing.isFull = true;
    expect(await refusalOf(tag())).toMatchObject({ code: 'ServiceUnavailable', status: 503 });
    expect((await client.send(new GetRoleCommand({ RoleName: 'my-app' }))).Role?.Tags).toBeUndefined();
    failing.isFull = false;
    expect(await refusalOf(tag())).toMatchObject({ code: 'taken' });
  });
});
