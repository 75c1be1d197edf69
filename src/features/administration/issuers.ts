// Issuers: the clusters whose tokens an account believes.
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { Issuer, IssuerSettings } from '../../core/registry/index.ts';
import { parseJwks } from '../../core/tokens/index.ts';
import type { NewIssuer } from '../../io/sql/index.ts';
import { listAnswer, oneAnswer } from './answers.ts';
import {
  accountQuery,
  type IssuerChangeForm,
  issuerChange,
  type NewIssuerForm,
  newIssuer,
  pageQuery,
} from './forms.ts';
import { issuerAnswer, issuerJson } from './issuer-answers.ts';
import { given, listed } from './lists.ts';
import type { AdministrationPorts } from './ports.ts';
import { type BoundCall, nothing, type ResourceOf, type Route, route } from './route.ts';
import { drawReview } from './token-review.ts';

type External = Extract<NewIssuerForm, { source: 'external' }>;
type Own = Extract<NewIssuerForm, { source: 'vke' }>;
type Drawn = Pick<NewIssuer, 'kind' | 'url' | 'sourceId' | 'jwks' | 'settings'>;

const resource: ResourceOf = ({ accountId = '', names }) => `arn:aws:podiam::${accountId}:issuer/${names['id'] ?? '*'}`;

const singleKey = ['kid', 'kty', 'alg', 'use', 'n', 'e', 'crv', 'x', 'y'] as const;

/** The keys that were given, as the text of a JWK Set; empty where none were. */
function jwksOf(form: External): string {
  const single = given(Object.fromEntries(singleKey.map((member) => [member, form[member]])));
  const one = Object.keys(single).length > 0 ? [single] : [];
  const keys = [...(form.keys ?? []), ...one];
  return keys.length === 0 ? '' : JSON.stringify({ keys });
}

/** Characters of all keys together: every replica keeps them in memory. */
const longestKeys = 65_536;

/** A set that leaves a key out is refused with what is wrong with it: whoever registers it should not find out later. */
function refuseKeys(jwks: string): Refusal | undefined {
  if (jwks.length > longestKeys)
    return refuse('request-fields-invalid', { fields: `keys: have more than ${longestKeys} characters` });
  const keys = parseJwks(jwks);
  if (keys instanceof Refusal) return keys;
  const [unfit] = keys.leftOut;
  return unfit && refuse('request-fields-invalid', { fields: `keys: ${unfit.key}: ${unfit.why}` });
}

function clusterSettings(form: NewIssuerForm): IssuerSettings {
  return { isCluster: true, ...given({ clusterName: form.cluster_name, clusterArn: form.cluster_arn }) };
}

function drawOwn(form: Own, accountId: string, { provider }: AdministrationPorts): Drawn | Refusal {
  const { ownClusters } = provider;
  if (!ownClusters) return refuse('issuer-source-unknown', {});
  const filled = (pattern: string) =>
    pattern.replaceAll('{source_id}', form.source_id).replaceAll('{account}', accountId);
  const settings = { ...clusterSettings(form), jwksUrl: filled(ownClusters.jwksUrl) };
  return { kind: 'vke', url: filled(ownClusters.issuer), sourceId: form.source_id, jwks: '', settings };
}

function drawExternal(form: External): Drawn | Refusal {
  const jwks = jwksOf(form);
  const unfit = jwks === '' ? undefined : refuseKeys(jwks);
  if (unfit) return unfit;
  const settings: IssuerSettings = {
    ...clusterSettings(form),
    ...given({ jwksUrl: form.jwks_uri, certificateAuthority: form.certificate_authority }),
  };
  return { kind: 'external', url: form.uri, sourceId: '', jwks, settings };
}

async function register(call: BoundCall, form: NewIssuerForm) {
  const { accountId = '', at, ports } = call;
  const id = Buffer.from(ports.randomBytes(12)).toString('hex');
  const drawn = form.source === 'vke' ? drawOwn(form, accountId, ports) : drawExternal(form);
  if (drawn instanceof Refusal) return drawn;
  const keys = drawn.jwks === '' ? await ports.fetchKeys(drawn) : undefined;
  if (keys instanceof Refusal) return refuse('issuer-keys-unreadable', { problem: keys.explain() }, keys.cause);
  const asked = form.token_review;
  const review = asked && (await drawReview(call, { issuerId: id, settings: undefined }, asked));
  if (review instanceof Refusal) return review;
  const issuer: NewIssuer = {
    ...drawn,
    id,
    settings: { ...drawn.settings, ...(review && { tokenReview: review.settings }) },
    audiences: form.audiences ?? [ports.provider.audience],
    thumbprints: [],
    tags: [],
    createdAt: at,
  };
  const created = await call.account.issuers.create(issuer, review?.sealed);
  return created instanceof Refusal ? created : { status: 201, body: { issuer: issuerJson(created) } };
}

/** Settings as they are to stand, and the reviewer's token where that changes; null takes it away. */
async function changeSettings(call: BoundCall, { id, settings }: Issuer, form: IssuerChangeForm) {
  const { tokenReview, ...others } = settings;
  const names = given({ clusterName: form.cluster_name, clusterArn: form.cluster_arn });
  const asked = form.token_review;
  if (asked === undefined) return { settings: { ...settings, ...names } };
  if (asked === null) return { settings: { ...others, ...names }, reviewerToken: null };
  const review = await drawReview(call, { issuerId: id, settings: tokenReview }, asked);
  if (review instanceof Refusal) return review;
  return {
    settings: { ...others, ...names, tokenReview: review.settings },
    ...(review.sealed && { reviewerToken: review.sealed }),
  };
}

async function change(call: BoundCall, form: IssuerChangeForm) {
  const { account, at, names } = call;
  const { id = '' } = names;
  const issuer = await account.issuers.find(id);
  if (!issuer) return absent(id);
  const jwks = form.keys && JSON.stringify({ keys: form.keys });
  const unfit = jwks === undefined ? undefined : refuseKeys(jwks);
  if (unfit) return unfit;
  const settled = await changeSettings(call, issuer, form);
  if (settled instanceof Refusal) return settled;
  const drawn = { ...given({ audiences: form.audiences, jwks }), ...settled };
  // Settings are put in place of the whole: what was drawn from an older state would undo what came in between.
  const changed = await account.issuers.update(id, drawn, { at, revision: form.revision ?? issuer.revision });
  return changed instanceof Refusal ? changed : { body: { issuer: issuerJson(changed) } };
}

const absent = (id: string) => refuse('registry-absent', { kind: 'The issuer', name: id });
const answer = { description: 'The issuer.', schema: oneAnswer('issuer', issuerAnswer) };

export const issuerRoutes: readonly Route[] = [
  route({
    id: 'RegisterIssuer',
    method: 'POST',
    path: '/v2/oidc/issuer',
    summary: 'Registers a cluster, so that the account believes its tokens.',
    audience: 'account',
    action: 'podiam:RegisterIssuer',
    resource,
    query: accountQuery,
    body: newIssuer,
    envelope: 'issuer',
    answer: { ...answer, status: 201 },
    run: (call, _, form) => register(call, form),
  }),
  route({
    id: 'ListIssuers',
    method: 'GET',
    path: '/v2/oidc/issuer',
    summary: 'The clusters that the account believes.',
    audience: 'account',
    action: 'podiam:ListIssuers',
    resource,
    query: pageQuery,
    body: nothing,
    answer: { description: 'A page of issuers.', schema: listAnswer('issuers', issuerAnswer) },
    run: (call, query) =>
      listed(call, { plural: 'issuers', query, find: (asked) => call.account.issuers.list(asked), json: issuerJson }),
  }),
  route({
    id: 'GetIssuer',
    method: 'GET',
    path: '/v2/oidc/issuer/{id}',
    summary: 'One of them.',
    audience: 'account',
    action: 'podiam:GetIssuer',
    resource,
    query: accountQuery,
    body: nothing,
    answer,
    run: async ({ account, names: { id = '' } }) => {
      const issuer = await account.issuers.find(id);
      return issuer ? { body: { issuer: issuerJson(issuer) } } : absent(id);
    },
  }),
  route({
    id: 'UpdateIssuer',
    method: 'PATCH',
    path: '/v2/oidc/issuer/{id}',
    summary: 'Gives a cluster other keys, audiences or names, or says how it is asked about its tokens.',
    audience: 'account',
    action: 'podiam:UpdateIssuer',
    resource,
    query: accountQuery,
    body: issuerChange,
    envelope: 'issuer',
    answer,
    run: (call, _, form) => change(call, form),
  }),
  route({
    id: 'DeleteIssuer',
    method: 'DELETE',
    path: '/v2/oidc/issuer/{id}',
    summary: 'Believes a cluster no more. Sessions already given live on until they end or are revoked.',
    audience: 'account',
    action: 'podiam:DeleteIssuer',
    resource,
    query: accountQuery,
    body: nothing,
    run: async ({ account, names: { id = '' } }) => (await account.issuers.remove(id)) ?? { status: 204 },
  }),
];
