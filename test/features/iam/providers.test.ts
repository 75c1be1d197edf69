// The IAM API's OpenID Connect providers, asked by the AWS SDK for JavaScript.

import { generateKeyPairSync } from 'node:crypto';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { publicJwk } from '../../../src/core/tokens/index.ts';
import { fetchKeys } from '../../../src/features/sts/index.ts';
import { createFetchDocument, defaultFetchLimits } from '../../../src/io/documents/index.ts';
import { startHost } from '../../io/documents/server.ts';
import { must } from '../platform.ts';
import { refusalOf, setUp } from './endpoint.ts';

const Url = 'https://oidc.example.org/id/ABC';
const thumbprint = 'aB'.repeat(20);

describe('an OpenID Connect provider', () => {
  test('is made, shown, listed, changed, tagged and deleted', async () => {
    const { root, tenant, ports } = await setUp();
    const created = await root.send(
      new CreateOpenIDConnectProviderCommand({
        Url,
        ClientIDList: ['podiam', 'sts.amazonaws.com'],
        ThumbprintList: [],
        Tags: [{ Key: 'podiam.dev/cluster', Value: 'blue' }],
      }),
    );
    const OpenIDConnectProviderArn = created.OpenIDConnectProviderArn ?? '';
    expect(OpenIDConnectProviderArn).toBe(`arn:aws:iam::${tenant.accountId}:oidc-provider/oidc.example.org/id/ABC`);
    const named = { OpenIDConnectProviderArn };
    expect(await root.send(new GetOpenIDConnectProviderCommand(named))).toMatchObject({
      Url: 'oidc.example.org/id/ABC',
      ClientIDList: ['podiam', 'sts.amazonaws.com'],
      ThumbprintList: [],
      CreateDate: expect.any(Date),
      Tags: [{ Key: 'podiam.dev/cluster', Value: 'blue' }],
    });
    const listed = await root.send(new ListOpenIDConnectProvidersCommand({}));
    expect(listed.OpenIDConnectProviderList?.map(({ Arn }) => Arn)).toContain(OpenIDConnectProviderArn);
    const kept = async () => (await ports.registry.account(tenant.accountId).issuers.withUrl(Url))[0];
    expect(await kept()).toMatchObject({ kind: 'oidc', settings: { isCluster: true, clusterName: 'blue' } });

    for (const ClientID of ['other', 'other']) {
      await root.send(new AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID }));
    }
    for (const ClientID of ['podiam', 'never-there']) {
      await root.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID }));
    }
    await root.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...named, ThumbprintList: [thumbprint] }));
    await root.send(new UntagOpenIDConnectProviderCommand({ ...named, TagKeys: ['podiam.dev/cluster'] }));
    await root.send(new TagOpenIDConnectProviderCommand({ ...named, Tags: [{ Key: 'a', Value: 'b' }] }));
    expect(await root.send(new GetOpenIDConnectProviderCommand(named))).toMatchObject({
      ClientIDList: ['sts.amazonaws.com', 'other'],
      ThumbprintList: [thumbprint],
    });
    expect((await root.send(new ListOpenIDConnectProviderTagsCommand(named))).Tags).toEqual([{ Key: 'a', Value: 'b' }]);
    expect((await kept())?.settings.isCluster).toBe(false);

    for (let i = 0; i < 2; i += 1) await root.send(new DeleteOpenIDConnectProviderCommand(named));
    expect(await refusalOf(root.send(new GetOpenIDConnectProviderCommand(named)))).toMatchObject({
      code: 'NoSuchEntityException',
      message: expect.stringContaining(`OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}.`),
    });
  });

  test.each([
    ['https://oidc.example.org', 'oidc.example.org'],
    ['https://oidc.example.org/a:1', 'oidc.example.org/a:1'],
    ['https://oidc.example.org:8443', 'https://oidc.example.org:8443'],
    ['https://oidc.example.org:8443/id', 'https://oidc.example.org:8443/id'],
  ])('of %s is shown as %s, which Terraform reads as the same', async (Url, shown) => {
    const { root } = await setUp();
    const created = await root.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['podiam'] }));
    const { OpenIDConnectProviderArn } = created;
    expect(await root.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).toMatchObject({
      Url: shown,
    });
  });

  test('whose documents cannot be had is refused with the reason, and taken with a warning where thumbprints are given', async () => {
    const { root, audit } = await setUp();
    const absent = { Url: 'https://nowhere.example.com', ClientIDList: ['podiam'] };
    expect(await refusalOf(root.send(new CreateOpenIDConnectProviderCommand(absent)))).toMatchObject({
      code: 'OpenIdIdpCommunicationErrorException',
      message: expect.stringMatching(/https:\/\/nowhere\.example\.com cannot be used: .*no network/),
    });
    await root.send(new CreateOpenIDConnectProviderCommand({ ...absent, ThumbprintList: [thumbprint] }));
    expect((await audit()).at(-1)).toMatchObject({
      action: 'iam:CreateOpenIDConnectProvider',
      outcome: 'allowed',
      reason: expect.stringContaining('warned: The OpenID Connect provider https://nowhere.example.com cannot be used'),
    });
  });

  test.each([
    ['as it should', {}, 'taken'],
    ['another issuer', { issuer: 'https://other.example.com' }, 'OpenIdIdpCommunicationErrorException'],
    ['no keys', { keys: [] }, 'OpenIdIdpCommunicationErrorException'],
  ])('that publishes %s is judged by what its host really serves', async (_, changed, code) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const served = { keys: [publicJwk(publicKey, 'k1', 'ES256')], ...changed };
    const host = await startHost(({ url }, response) => {
      const issuer = { issuer: host.url, ...changed };
      response.end(JSON.stringify(url === '/keys' ? served : { ...issuer, jwks_uri: `${host.url}/keys` }));
    });
    const limits = { ...defaultFetchLimits, timeoutMs: 20_000, allowsPrivate: true };
    const fetchDocument = createFetchDocument(limits, () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]));
    const { certificateAuthority } = host;
    const { root } = await setUp({
      checkIssuer: async ({ url }) => {
        const keys = await fetchKeys({ url, settings: { certificateAuthority } }, fetchDocument);
        return keys instanceof Refusal ? keys : undefined;
      },
    });
    const outcome = await refusalOf(root.send(new CreateOpenIDConnectProviderCommand({ Url: host.url })));
    expect(outcome).toMatchObject({ code });
    expect(outcome.message).toContain(code === 'taken' ? '' : `The OpenID Connect provider ${host.url} cannot be used`);
  });

  test('that was registered as a cluster stays one, whatever it is tagged with', async () => {
    const { root, tenant, ports } = await setUp();
    const OpenIDConnectProviderArn = `arn:aws:iam::${tenant.accountId}:oidc-provider/oidc.example.com/clusters/1`;
    const named = { OpenIDConnectProviderArn };
    await root.send(new TagOpenIDConnectProviderCommand({ ...named, Tags: [{ Key: 'a', Value: 'b' }] }));
    await root.send(new UntagOpenIDConnectProviderCommand({ ...named, TagKeys: ['a'] }));
    const kept = await ports.registry.account(tenant.accountId).issuers.withUrl('https://oidc.example.com/clusters/1');
    expect(kept).toMatchObject([{ settings: { isCluster: true }, tags: [] }]);
  });

  test('that several clusters share is shown, and not changed here', async () => {
    const { root, tenant, ports } = await setUp();
    const { issuers } = ports.registry.account(tenant.accountId);
    const given = {
      kind: 'vke',
      url: Url,
      audiences: ['vultr'],
      thumbprints: [],
      tags: [],
      jwks: '',
      settings: {},
    } as const;
    for (const id of ['one', 'two']) must(await issuers.create({ ...given, id, sourceId: id, createdAt: 1 }));
    const named = {
      OpenIDConnectProviderArn: `arn:aws:iam::${tenant.accountId}:oidc-provider/oidc.example.org/id/ABC`,
    };
    expect(await root.send(new GetOpenIDConnectProviderCommand(named))).toMatchObject({ ClientIDList: ['vultr'] });
    const listed = await root.send(new ListOpenIDConnectProvidersCommand({}));
    const arns = listed.OpenIDConnectProviderList?.map(({ Arn }) => Arn);
    expect(arns?.filter((arn) => arn === named.OpenIDConnectProviderArn)).toHaveLength(1);
    expect(await refusalOf(root.send(new DeleteOpenIDConnectProviderCommand(named)))).toMatchObject({
      code: 'UnmodifiableEntityException',
    });
    expect(await issuers.withUrl(Url)).toHaveLength(2);
  });

  test.each<[ConstructorParameters<typeof CreateOpenIDConnectProviderCommand>[0], string]>([
    [{ Url: 'http://plain.example.com' }, 'ValidationError'],
    [{ Url: 'https://a.example.com/?x' }, 'ValidationError'],
    [{ Url: 'https://oidc.example.com/clusters/1' }, 'EntityAlreadyExistsException'],
    [{ Url, ThumbprintList: ['short'] }, 'ValidationError'],
    [{ Url, ThumbprintList: ['z'.repeat(40)] }, 'InvalidInputException'],
    [{ Url, ClientIDList: [''] }, 'ValidationError'],
    [{ Url, ClientIDList: Array.from({ length: 101 }, (_, i) => `c${i}`) }, 'ValidationError'],
    [{ Url, ClientIDList: Array.from({ length: 100 }, (_, i) => `c${i}`) }, 'taken'],
  ])('%j is %s', async (input, code) => {
    const { root } = await setUp();
    expect(await refusalOf(root.send(new CreateOpenIDConnectProviderCommand(input)))).toMatchObject({ code });
  });

  test('has room for a hundred audiences, and an account for a hundred providers', async () => {
    const { root, tenant, ports } = await setUp();
    const ClientIDList = Array.from({ length: 100 }, (_, i) => `c${i}`);
    const { OpenIDConnectProviderArn } = await root.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList }));
    const another = new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'c100' });
    expect(await refusalOf(root.send(another))).toMatchObject({ code: 'LimitExceededException' });
    const { issuers } = ports.registry.account(tenant.accountId);
    const given = {
      kind: 'oidc',
      sourceId: '',
      audiences: [],
      thumbprints: [],
      tags: [],
      jwks: '',
      settings: {},
      createdAt: 1,
    } as const;
    for (let i = 2; i < 100; i += 1)
      must(await issuers.create({ ...given, id: `id${i}`, url: `https://i${i}.example.com` }));
    const last = new CreateOpenIDConnectProviderCommand({ Url: 'https://last.example.com' });
    expect(await refusalOf(root.send(last))).toMatchObject({
      code: 'LimitExceededException',
      message: expect.stringContaining('Cannot exceed quota for OpenIDConnectProvidersPerAccount: 100.'),
    });
  });
});
