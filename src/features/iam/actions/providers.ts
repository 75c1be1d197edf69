// OpenID Connect providers: the issuers whose tokens the account believes, as the IAM API knows them. An issuer that
// several of the platform's clusters share is shown, and changed where clusters are registered.
import { oidcProviderArn } from '../../../core/identity/index.ts';
import { Refusal, refuse } from '../../../core/refusals/index.ts';
import { fixedQuotas, type Issuer, type IssuerSettings, refuseCount, type Tag } from '../../../core/registry/index.ts';
import {
  type Arguments,
  iamForms,
  listOf,
  neededList,
  pageShapes,
  providerArnOf,
  required,
  tagFields,
  tagKeyList,
  tagList,
  tagsField,
  textList,
} from '../../../core/wire/index.ts';
import type { Action, Call, Outcome } from '../call.ts';
import { mostAudiences, refuseIssuerUrl } from '../issuers.ts';
import { pageOfAll } from '../paging.ts';
import { providerAction, updating } from './provider-subject.ts';
import { readTags, requestTagKeys, withoutTags, withTags } from './tags.ts';

const clientIds = textList('ClientIDList', mostAudiences, iamForms.clientId);
const thumbprints = textList('ThumbprintList', fixedQuotas.thumbprintsPerProvider, { shortest: 40, longest: 40 });
const clientId = required('ClientID', iamForms.clientId);

/** The tag by which a provider is told to be a Kubernetes cluster, whose name is its value: its tokens' pod claims count. */
const clusterTag = 'podiam.dev/cluster';

const clusterOf = (tags: readonly Tag[]) => tags.find(({ key }) => key === clusterTag);

/** What the provider's tags say of it; without the tag, it stays what it was registered as. */
function settingsOf(
  tags: readonly Tag[],
  { kind, tags: before, settings }: Pick<Issuer, 'kind' | 'tags' | 'settings'>,
): IssuerSettings {
  const cluster = clusterOf(tags);
  if (cluster !== undefined) return { ...settings, isCluster: true, clusterName: cluster.value };
  return clusterOf(before) === undefined ? settings : { ...settings, isCluster: kind !== 'oidc' };
}

const readThumbprints = (args: Arguments) => {
  const given = args.texts('ThumbprintList');
  return given.every((one) => /^[\da-fA-F]+$/.test(one)) ? given : refuse('iam-thumbprint-unfit', {});
};

/** A few at a time, since each comes with the keys that were uploaded for it. */
const issuersAtOnce = 20;

/** The account's providers, all of them at once, as AWS lists them. */
async function providerArns({ issuers }: Call['records']): Promise<ReadonlySet<string>> {
  const arns = new Set<string>();
  let after: string | undefined;
  do {
    const page = await issuers.list({ limit: issuersAtOnce, ...(after !== undefined && { after }) });
    for (const issuer of page.items) arns.add(providerArnOf(issuer));
    after = page.next;
  } while (after !== undefined);
  return arns;
}

/** Whether the account has room for one more under that URL. */
async function refuseRoom({ records }: Call, url: string): Promise<Refusal | undefined> {
  const [known] = await records.issuers.withUrl(url);
  if (known !== undefined) return refuse('iam-provider-exists', { url });
  const { providers } = await records.counts();
  return refuseCount('OpenIDConnectProvidersPerAccount', providers + 1, records.quotas);
}

/**
 * What its documents lack, found out before tokens come. Where the caller gave thumbprints, AWS asks no issuer, so that one
 * can be registered that is not there yet: then it is a warning.
 */
async function checkDocuments(
  call: Call,
  issuer: Pick<Issuer, 'url' | 'settings'>,
): Promise<readonly string[] | Refusal> {
  const problem = await call.ports.checkIssuer(issuer);
  if (problem === undefined) return [];
  const { url } = issuer;
  const unusable = refuse('iam-provider-unusable', { url, problem: problem.sentence }, problem.cause);
  return call.args.texts('ThumbprintList').length > 0 ? [unusable.sentence] : unusable;
}

async function planCreation(call: Call, url: string): Promise<Outcome> {
  const { args, records, at, ports } = call;
  const tags = readTags(args);
  if (tags instanceof Refusal) return tags;
  const given = readThumbprints(args);
  if (given instanceof Refusal) return given;
  const unfit = refuseIssuerUrl(url) ?? (await refuseRoom(call, url));
  if (unfit !== undefined) return unfit;
  const settings = settingsOf(tags, { kind: 'oidc', tags: [], settings: {} });
  const warnings = await checkDocuments(call, { url, settings });
  if (warnings instanceof Refusal) return warnings;
  return {
    warnings,
    carryOut: async () => {
      const issuer = await records.issuers.create({
        id: Buffer.from(ports.randomBytes(12)).toString('hex'),
        kind: 'oidc',
        url,
        sourceId: '',
        audiences: [...new Set(args.texts('ClientIDList'))],
        thumbprints: given,
        tags,
        jwks: '',
        settings,
        createdAt: at,
      });
      if (issuer instanceof Refusal) return issuer;
      return [['OpenIDConnectProviderArn', providerArnOf(issuer)], tagsField(tags)];
    },
  };
}

const createProvider: Action = {
  name: 'CreateOpenIDConnectProvider',
  takes: { shapes: [required('Url', iamForms.url)], lists: [clientIds, thumbprints, tagList] },
  about: (call) => ({
    resource: oidcProviderArn(call.accountId, call.args.text('Url')),
    context: requestTagKeys(call.args),
    alsoTakes: call.args.items('Tags').length > 0 ? ['iam:TagOpenIDConnectProvider'] : [],
    proceed: () => planCreation(call, call.args.text('Url')),
  }),
};

/**
 * Without the scheme, as AWS has it; but whole where there is a port, which AWS's issuers never have. Terraform puts the
 * scheme before what it is told by a parser that takes `host:port` for a scheme of its own, and would replace the
 * provider in every run.
 */
function shownUrl(url: string): string {
  const bare = url.replace('https://', '');
  const [host = ''] = bare.split('/', 1);
  return host.includes(':') ? url : bare;
}

const getProvider = providerAction({
  name: 'GetOpenIDConnectProvider',
  read: (_, { url, audiences, thumbprints, createdAt, tags }) => ({
    result: [
      ['Url', shownUrl(url)],
      ['ClientIDList', listOf(audiences, (audience) => audience)],
      ['ThumbprintList', listOf(thumbprints, (thumbprint) => thumbprint)],
      ['CreateDate', { time: createdAt }],
      tagsField(tags),
    ],
  }),
});

const listProviders: Action = {
  name: 'ListOpenIDConnectProviders',
  takes: { shapes: [], lists: [] },
  about: ({ accountId, records }) => ({
    resource: `arn:aws:iam::${accountId}:oidc-provider/*`,
    proceed: async () => {
      const arns = await providerArns(records);
      return { result: [['OpenIDConnectProviderList', listOf([...arns].sort(), (arn) => [['Arn', arn]])]] };
    },
  }),
};

/** Deleting what is not there is no fault (AWS IAM API Reference: "This operation is idempotent"). */
const deleteProvider = providerAction({
  name: 'DeleteOpenIDConnectProvider',
  absent: () => ({ carryOut: () => Promise.resolve(undefined) }),
  change: ({ records }, { id }) => ({ carryOut: () => records.issuers.remove(id) }),
});

const addClientId = providerAction({
  name: 'AddClientIDToOpenIDConnectProvider',
  shapes: [clientId],
  change: (call, issuer) => {
    const audiences = [...new Set([...issuer.audiences, call.args.text('ClientID')])];
    if (audiences.length > mostAudiences) {
      return refuse('iam-quota-exceeded', { quota: 'ClientIdsPerOpenIdConnectProvider', limit: mostAudiences });
    }
    return updating(call, issuer, { audiences });
  },
});

const removeClientId = providerAction({
  name: 'RemoveClientIDFromOpenIDConnectProvider',
  shapes: [clientId],
  change: (call, issuer) => {
    const removed = call.args.text('ClientID');
    return updating(call, issuer, { audiences: issuer.audiences.filter((audience) => audience !== removed) });
  },
});

const updateThumbprints = providerAction({
  name: 'UpdateOpenIDConnectProviderThumbprint',
  lists: [neededList(thumbprints)],
  change: (call, issuer) => {
    const given = readThumbprints(call.args);
    return given instanceof Refusal ? given : updating(call, issuer, { thumbprints: given });
  },
});

const retagging = (call: Call, issuer: Issuer, tags: readonly Tag[]) =>
  updating(call, issuer, { tags, settings: settingsOf(tags, issuer) });

const tagProvider = providerAction({
  name: 'TagOpenIDConnectProvider',
  lists: [neededList(tagList)],
  change: (call, issuer) => {
    const added = readTags(call.args);
    const tags = added instanceof Refusal ? added : withTags(issuer.tags, added);
    return tags instanceof Refusal ? tags : retagging(call, issuer, tags);
  },
});

const untagProvider = providerAction({
  name: 'UntagOpenIDConnectProvider',
  lists: [tagKeyList],
  change: (call, issuer) => retagging(call, issuer, withoutTags(issuer.tags, call.args.texts('TagKeys'))),
});

const listProviderTags = providerAction({
  name: 'ListOpenIDConnectProviderTags',
  shapes: pageShapes,
  read: ({ paging }, { tags }) => {
    const { items, next } = pageOfAll(tags, paging.query);
    return { result: [['Tags', listOf(items, tagFields)], ...paging.fields(next)] };
  },
});

export const providerActions: readonly Action[] = [
  createProvider,
  getProvider,
  listProviders,
  deleteProvider,
  addClientId,
  removeClientId,
  updateThumbprints,
  tagProvider,
  untagProvider,
  listProviderTags,
];
