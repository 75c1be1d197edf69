// Sessions and what becomes of them: chained, narrowed, tagged, revoked.
import { describe, expect, test } from 'vitest';
import { openSession, type SessionFacts, signRequest } from '../../../src/core/credentials/index.ts';
import { roleArn } from '../../../src/core/identity/index.ts';
import { createRole } from '../../../src/features/iam/index.ts';
import { createSts, type StsPorts } from '../../../src/features/sts/index.ts';
import { clusterToken, httpRequest, must, newClusterKey, newPlatform, noon } from '../platform.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();

type Parameters = Readonly<Record<string, string>>;
type Setting = Awaited<ReturnType<typeof setUp>>;

interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const policy = (...statements: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (action: string | readonly string[], resource = '*') => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});

/** The tenant's role `my-app` may assume what its policies say; `other` trusts whom its policy names. */
async function setUp({
  permissions = policy(allow('sts:*')),
  ports: changed = {},
}: {
  permissions?: string;
  ports?: Partial<StsPorts>;
} = {}) {
  const platform = newPlatform();
  const tenant = await platform.newTenant(issuer, key);
  const { accountId } = tenant;
  const records = platform.ports.registry.account(accountId);
  await records.rolePolicies.putInline('my-app', { name: 'chain', document: permissions }, noon);
  const handler = createSts({ ...platform.ports, ...changed }).handler;

  async function newRole(name: string, trustPolicy: string, document = policy(allow('sts:*'))) {
    const role = { accountId, name, trustPolicy, permissions: [{ name: 'own', document }] };
    must(await createRole(platform.ports, role));
    return roleArn({ partition: 'aws', account: accountId, path: '/', name });
  }

  async function send(parameters: Parameters, headers: Readonly<Record<string, string>>) {
    const body = new URLSearchParams({ Version: '2011-06-15', ...parameters }).toString();
    const response = await handler(httpRequest({ method: 'POST', target: '/', headers, body }));
    const text = String(response.body);
    const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
    const credentials = {
      accessKeyId: element('AccessKeyId'),
      secretAccessKey: element('SecretAccessKey'),
      sessionToken: element('SessionToken'),
    };
    const facts = (): SessionFacts =>
      must(openSession(credentials.sessionToken, credentials.accessKeyId, platform.ports.keyring()));
    return {
      status: response.status,
      code: element('Code'),
      message: element('Message'),
      element,
      text,
      credentials,
      facts,
    };
  }

  const exchange = async (parameters: Parameters = {}, headers: Readonly<Record<string, string>> = {}) =>
    send(
      {
        Action: 'AssumeRoleWithWebIdentity',
        RoleArn: tenant.roleArn,
        RoleSessionName: 'pod',
        WebIdentityToken: await clusterToken({ key, issuer, issuedAt: platform.clock.now }),
        ...parameters,
      },
      headers,
    );

  /** A signed call. */
  function call(
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
    parameters: Parameters,
  ) {
    const body = new URLSearchParams({ Version: '2011-06-15', ...parameters }).toString();
    const request = httpRequest({ method: 'POST', target: '/', body });
    const signer = { ...credentials, region: 'us-east-1', service: 'sts', now: platform.clock.now };
    return send(parameters, must(signRequest(request, signer)));
  }

  const assume = (credentials: SessionCredentials, arn: string, parameters: Parameters = {}) =>
    call(credentials, { Action: 'AssumeRole', RoleArn: arn, RoleSessionName: 'next', ...parameters });

  const trusting = (principal: string, extra: object = {}) =>
    policy({
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      ...extra,
    });

  return { ...platform, tenant, records, newRole, exchange, call, assume, trusting };
}

const account = (set: Setting) => `arn:aws:iam::${set.tenant.accountId}:root`;

describe('AssumeRole', () => {
  test('gives a session of another role, which says where it comes from', async () => {
    const set = await setUp();
    const arn = await set.newRole('other', set.trusting(set.tenant.roleArn));
    const first = await set.exchange();
    const answer = await set.assume(first.credentials, arn);
    expect(answer.text).toContain('<AssumeRoleResult><Credentials>');
    expect(answer.element('Arn')).toBe(`arn:aws:sts::${set.tenant.accountId}:assumed-role/other/next`);
    const { ancestors, provenAt, subject } = answer.facts();
    expect({ ancestors, provenAt, subject }).toEqual({
      ancestors: [first.credentials.accessKeyId],
      provenAt: noon,
      subject: 'system:serviceaccount:default:my-app',
    });
    expect(await set.records.sessions.find(answer.credentials.accessKeyId)).toMatchObject({
      kind: 'chained',
      parentAccessKeyId: first.credentials.accessKeyId,
    });
    const { items } = await set.ports.registry.audit.list({ limit: 1, newestFirst: true });
    expect(items).toMatchObject([
      {
        action: 'sts:AssumeRole',
        outcome: 'allowed',
        principal: `arn:aws:sts::${set.tenant.accountId}:assumed-role/my-app/pod`,
        resource: arn,
        accessKeyId: answer.credentials.accessKeyId,
      },
    ]);
  });

  const session = (set: Setting) => `arn:aws:sts::${set.tenant.accountId}:assumed-role/my-app/pod`;

  test.each([
    ['its role', (set: Setting) => set.tenant.roleArn, 200],
    ['its session', session, 200],
    ['its account', account, 200],
    ['another account', () => 'arn:aws:iam::999988887777:root', 403],
    ['another role', (set: Setting) => `${set.tenant.roleArn}-2`, 403],
  ])('needs a trust policy that names the caller: %s', async (_, principal, status) => {
    const set = await setUp();
    const arn = await set.newRole('other', set.trusting(principal(set)));
    const { credentials } = await set.exchange();
    expect(await set.assume(credentials, arn)).toMatchObject({ status });
  });

  test('A14 needs the caller’s own permission as well as the role’s trust', async () => {
    const set = await setUp({ permissions: policy(allow('compute:*')) });
    const arn = await set.newRole('other', set.trusting(set.tenant.roleArn));
    const { credentials } = await set.exchange();
    expect(await set.assume(credentials, arn)).toMatchObject({ status: 403, code: 'AccessDenied' });
    const narrowed = await setUp();
    const other = await narrowed.newRole('other', narrowed.trusting(narrowed.tenant.roleArn));
    const restricted = await narrowed.exchange({ Policy: policy(allow('compute:*')) });
    expect(await narrowed.assume(restricted.credentials, other)).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  test('A14 a Deny of the session’s ARN counts beside an Allow of its role', async () => {
    const set = await setUp();
    const deny = { Effect: 'Deny', Principal: { AWS: session(set) }, Action: 'sts:AssumeRole' };
    const both = policy({ Effect: 'Allow', Principal: { AWS: set.tenant.roleArn }, Action: 'sts:AssumeRole' }, deny);
    const arn = await set.newRole('other', both);
    const { credentials } = await set.exchange();
    expect(await set.assume(credentials, arn)).toMatchObject({ status: 403 });
  });

  test('A16 a role that is not there and one that does not trust the caller answer alike', async () => {
    const set = await setUp();
    const arn = await set.newRole('other', set.trusting('arn:aws:iam::999988887777:root'));
    const { credentials } = await set.exchange();
    const refused = await set.assume(credentials, arn);
    const absent = await set.assume(credentials, `${arn}-2`);
    expect([absent.status, absent.code, absent.message]).toEqual([refused.status, refused.code, refused.message]);
  });

  test('A14 a chain ends: after an hour at most, and not later than twelve hours after its first session', async () => {
    const set = await setUp();
    await set.records.roles.update('my-app', { maxSessionSeconds: 43_200 }, { at: noon });
    const arn = await set.newRole('other', set.trusting(account(set)));
    await set.records.roles.update('other', { maxSessionSeconds: 43_200 }, { at: noon });
    let { credentials } = await set.exchange();
    expect(await set.assume(credentials, arn, { DurationSeconds: '3601' })).toMatchObject({ code: 'ValidationError' });
    let refused = '';
    let links = 0;
    for (; refused === '' && links < 20; links++) {
      set.clock.now += 1_800_000;
      const answer = await set.assume(credentials, arn);
      ({ credentials } = answer);
      refused = answer.code;
    }
    expect({ refused, links }).toEqual({ refused: 'AccessDenied', links: 9 });
    const long = await set.exchange({ DurationSeconds: '43200' });
    set.clock.now += 41_400_000;
    const last = await set.assume(long.credentials, arn);
    expect(last.facts().expiresAt).toBe(long.facts().expiresAt);
  });

  test('is refused to an account’s own key, and to nobody in particular', async () => {
    const set = await setUp();
    const parameters = { Action: 'AssumeRole', RoleArn: set.tenant.roleArn, RoleSessionName: 'next' };
    expect(await set.call(set.tenant.rootKey, parameters)).toMatchObject({ status: 403, code: 'AccessDenied' });
  });
});

describe('session tags', () => {
  test('of a pod are the platform’s word, for policies to ask about', async () => {
    const set = await setUp();
    const { facts } = await set.exchange();
    expect(facts().tags).toMatchObject({
      'kubernetes-namespace': 'default',
      'kubernetes-service-account': 'my-app',
      'kubernetes-pod-name': 'my-app',
    });
  });

  test('of a pod are handed on, and can be neither set nor changed', async () => {
    const set = await setUp();
    const arn = await set.newRole('other', set.trusting(set.tenant.roleArn));
    const { credentials } = await set.exchange();
    const answer = await set.assume(credentials, arn, { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'web' });
    expect(answer.facts().tags).toMatchObject({ team: 'web', 'kubernetes-namespace': 'default' });
    const forged = { 'Tags.member.1.Key': 'Kubernetes-Namespace', 'Tags.member.1.Value': 'kube-system' };
    expect(await set.assume(credentials, arn, forged)).toMatchObject({ status: 400, code: 'ValidationError' });
  });

  test('that are transitive are handed on, and others are not', async () => {
    const set = await setUp();
    const arn = await set.newRole('other', set.trusting(account(set)));
    const { credentials } = await set.exchange();
    const tagged = await set.assume(credentials, arn, {
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'web',
      'Tags.member.2.Key': 'stage',
      'Tags.member.2.Value': 'test',
      'TransitiveTagKeys.member.1': 'team',
    });
    const next = await set.assume(tagged.credentials, arn);
    expect(next.facts().tags).toHaveProperty('team', 'web');
    expect(next.facts().tags).not.toHaveProperty('stage');
    const changed = { 'Tags.member.1.Key': 'Team', 'Tags.member.1.Value': 'db' };
    expect(await set.assume(tagged.credentials, arn, changed)).toMatchObject({ code: 'AccessDenied' });
  });

  test('need sts:TagSession, and a source identity sts:SetSourceIdentity, of both sides', async () => {
    const set = await setUp();
    const only = policy({ Effect: 'Allow', Principal: { AWS: set.tenant.roleArn }, Action: 'sts:AssumeRole' });
    const arn = await set.newRole('other', only);
    const { credentials } = await set.exchange();
    const tag = { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'web' };
    const refused = await set.assume(credentials, arn, tag);
    expect(refused.message).toContain('Not authorized to perform sts:TagSession');
    const identity = await set.assume(credentials, arn, { SourceIdentity: 'alice' });
    expect(identity.message).toContain('Not authorized to perform sts:SetSourceIdentity');
    expect(await set.assume(credentials, arn)).toMatchObject({ status: 200 });
  });

  test('a source identity stays as it was first set', async () => {
    const set = await setUp();
    const arn = await set.newRole('other', set.trusting(account(set)));
    const { credentials } = await set.exchange();
    const first = await set.assume(credentials, arn, { SourceIdentity: 'alice' });
    expect(first.element('SourceIdentity')).toBe('alice');
    expect((await set.assume(first.credentials, arn)).element('SourceIdentity')).toBe('alice');
    expect(await set.assume(first.credentials, arn, { SourceIdentity: 'bob' })).toMatchObject({ code: 'AccessDenied' });
  });
});

describe('a session is narrowed', () => {
  test('by managed policies of the role’s own account, which have to be there', async () => {
    const set = await setUp();
    const { accountId } = set.tenant;
    const given = { id: 'ANPAAAAAAAAAAAAAAAAAA', name: 'reads', path: '/', description: '', tags: [], createdAt: noon };
    must(await set.records.policies.create(given, policy(allow('compute:Get*'))));
    const arn = `arn:aws:iam::${accountId}:policy/reads`;
    const { facts } = await set.exchange({ 'PolicyArns.member.1.arn': arn });
    expect(facts().sessionPolicyArns).toEqual([arn]);
    const policies = await set.ports.findPolicies(facts());
    expect(policies?.session).toHaveLength(1);
    must(await set.records.policies.remove('reads').then((refusal) => refusal ?? 'removed'));
    expect((await set.ports.findPolicies(facts()))?.session).toEqual([]);
    for (const absent of [
      `${arn}-2`,
      'arn:aws:iam::999988887777:policy/reads',
      'arn:aws:iam::aws:policy/ReadOnlyAccess',
    ]) {
      expect(await set.exchange({ 'PolicyArns.member.1.arn': absent })).toMatchObject({ code: 'ValidationError' });
    }
  });
});

describe('A16 which policies an account has', () => {
  test('A16 is not told to whoever proved nothing, nor to a caller whom the role does not trust', async () => {
    const set = await setUp();
    const { accountId } = set.tenant;
    const given = { id: 'ANPAAAAAAAAAAAAAAAAAA', name: 'reads', path: '/', description: '', tags: [], createdAt: noon };
    must(await set.records.policies.create(given, policy(allow('compute:Get*'))));
    const there = `arn:aws:iam::${accountId}:policy/reads`;
    const strange = (arn: string) => set.exchange({ WebIdentityToken: 'a.b.c', 'PolicyArns.member.1.arn': arn });
    const told = async (answer: Promise<{ status: number; code: string; message: string }>) => {
      const { status, code, message } = await answer;
      return [status, code, message];
    };
    expect(await told(strange(`${there}-2`))).toEqual(await told(strange(there)));
    const role = await set.newRole('other', set.trusting('arn:aws:iam::999988887777:root'));
    const { credentials } = await set.exchange();
    const asked = (arn: string) => set.assume(credentials, role, { 'PolicyArns.member.1.arn': arn });
    expect((await asked(there)).code).toBe('AccessDenied');
    expect(await told(asked(`${there}-2`))).toEqual(await told(asked(there)));
  });
});

describe('a role is named', () => {
  test('by its UUID as well as by its ARN, and one of no role answers like one that may not be assumed', async () => {
    const set = await setUp();
    const { uuid } = set.tenant.role;
    const answer = await set.exchange({ RoleArn: uuid.toUpperCase() });
    expect(answer.element('Arn')).toBe(`arn:aws:sts::${set.tenant.accountId}:assumed-role/my-app/pod`);
    const unknown = await set.exchange({ RoleArn: '00000000-0000-4000-8000-000000000000' });
    const refused = await set.exchange({ RoleArn: `${set.tenant.roleArn}-2` });
    expect([unknown.status, unknown.code, unknown.message]).toEqual([refused.status, refused.code, refused.message]);
  });
});

describe('A7 a revoked session', () => {
  test('A7 is told nothing and gets nothing more, and neither do those that were chained from it', async () => {
    const set = await setUp();
    const arn = await set.newRole('other', set.trusting(set.tenant.roleArn));
    const first = await set.exchange();
    const chained = await set.assume(first.credentials, arn);
    const whoAmI = { Action: 'GetCallerIdentity' };
    expect(await set.call(chained.credentials, whoAmI)).toMatchObject({ status: 200 });
    const { accountId } = set.tenant;
    const scope = { kind: 'session', accessKeyId: first.credentials.accessKeyId } as const;
    set.revocations.add({ accountId, scope, issuedBefore: noon + 1 });
    for (const { credentials } of [first, chained]) {
      expect(await set.call(credentials, whoAmI)).toMatchObject({ status: 403, code: 'ExpiredToken' });
    }
    expect(await set.assume(first.credentials, arn)).toMatchObject({ status: 403, code: 'ExpiredToken' });
  });
});

describe('GetAccessKeyInfo', () => {
  test('tells the account of its own keys, and of no others', async () => {
    const set = await setUp();
    const { credentials } = await set.exchange();
    const { accessKeyId } = set.tenant.rootKey;
    const about = (id: string) => set.call(credentials, { Action: 'GetAccessKeyInfo', AccessKeyId: id });
    for (const own of [accessKeyId, credentials.accessKeyId]) {
      expect((await about(own)).element('Account')).toBe(set.tenant.accountId);
    }
    const stranger = await set.newTenant('https://oidc.example.com/clusters/2', newClusterKey());
    expect(await about(stranger.rootKey.accessKeyId)).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(await about('ASIAAAAAAAAAAAAAAAAA')).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  test('A14 GetSessionToken and GetFederationToken give a session nothing', async () => {
    const set = await setUp();
    const { credentials } = await set.exchange();
    for (const Action of ['GetSessionToken', 'GetFederationToken']) {
      expect(await set.call(credentials, { Action })).toMatchObject({ status: 403, code: 'AccessDenied' });
      expect(await set.call(set.tenant.rootKey, { Action })).toMatchObject({ status: 400, code: 'InvalidAction' });
    }
  });
});

describe('a client that asks for JSON', () => {
  test('gets it, errors included', async () => {
    const set = await setUp();
    const good = await set.exchange({}, { accept: 'application/json' });
    expect(JSON.parse(good.text)).toMatchObject({
      AssumeRoleWithWebIdentityResponse: {
        AssumeRoleWithWebIdentityResult: { Credentials: { Expiration: noon / 1000 + 3600 } },
      },
    });
    const bad = await set.exchange({ WebIdentityToken: 'a.b.c' }, { accept: 'application/json' });
    expect(JSON.parse(bad.text)).toMatchObject({ Error: { Code: 'InvalidIdentityToken', Type: 'Sender' } });
  });
});

describe('rates', () => {
  const rates = {
    account: { burst: 3, perSecond: 1 },
    issuer: { burst: 1000, perSecond: 1000 },
    unproven: { burst: 3, perSecond: 1 },
  };

  test('of an account are its own: what it uses up is not taken from another', async () => {
    const set = await setUp({ ports: { rates } });
    for (let i = 0; i < 3; i++) expect(await set.exchange()).toMatchObject({ status: 200 });
    expect(await set.exchange()).toMatchObject({ status: 400, code: 'Throttling' });
    const other = await set.newTenant(issuer, key);
    expect(await set.exchange({ RoleArn: other.roleArn })).toMatchObject({ status: 200 });
    set.clock.now += 1000;
    expect(await set.exchange()).toMatchObject({ status: 200 });
  });

  test('of calls that prove nothing end with a pause for their address', async () => {
    const set = await setUp({ ports: { rates } });
    for (let i = 0; i < 4; i++)
      expect(await set.exchange({ WebIdentityToken: 'a.b.c' })).toMatchObject({ status: 400 });
    expect(await set.exchange()).toMatchObject({ code: 'Throttling' });
    set.clock.now += 1001;
    expect(await set.exchange()).toMatchObject({ status: 200 });
  });

  test('A21 of a flood do not make the pause longer: who shares its address is heard again and again', async () => {
    const set = await setUp({ ports: { rates } });
    const flood = async () => (await set.exchange({ WebIdentityToken: 'a.b.c' })).code;
    const codes: (string | undefined)[] = [];
    for (let i = 0; i < 50; i++) {
      codes.push(await flood());
      set.clock.now += 100;
    }
    expect(codes.slice(0, 4)).not.toContain('Throttling');
    expect(codes.slice(4).filter((code) => code !== 'Throttling').length).toBeGreaterThanOrEqual(4);
  });
});
