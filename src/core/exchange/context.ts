// The condition keys that a trust policy can ask about, for a token: each found out when it is asked for, since most policies
// ask for two of them.
import { issuerHostAndPath } from '../identity/index.ts';
import { FoldedContext, type RequestContext } from '../policy/index.ts';
import type { TokenClaims } from '../tokens/index.ts';
import { tagContext } from './tags.ts';

export interface ExchangeCircumstances {
  readonly call: { readonly sessionName: string };
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sourceAddress: string;
}

type Fact<Source> = (source: Source) => string | readonly string[] | undefined;

/** By the rest of the condition key behind the issuer's `HOST/PATH`, in lower case. */
const issuerFacts: ReadonlyMap<string, Fact<TokenClaims>> = new Map<string, Fact<TokenClaims>>([
  [':sub', ({ subject }) => subject],
  [':aud', ({ authorizedParty, audience }) => authorizedParty ?? audience],
  [':amr', ({ methods }) => methods],
  // What Kubernetes itself signed about the pod, by the names of its claims.
  [':kubernetes.io/namespace', ({ kubernetes }) => kubernetes?.namespace],
  [':kubernetes.io/serviceaccount/name', ({ kubernetes }) => kubernetes?.serviceAccount.name],
  [':kubernetes.io/serviceaccount/uid', ({ kubernetes }) => kubernetes?.serviceAccount.uid],
  [':kubernetes.io/pod/name', ({ kubernetes }) => kubernetes?.pod?.name],
  [':kubernetes.io/pod/uid', ({ kubernetes }) => kubernetes?.pod?.uid],
  [':kubernetes.io/node/name', ({ kubernetes }) => kubernetes?.node?.name],
]);

type Exchange = ExchangeCircumstances & { readonly claims: TokenClaims };

const exchangeFacts: ReadonlyMap<string, Fact<Exchange>> = new Map<string, Fact<Exchange>>([
  ['sts:rolesessionname', ({ call }) => call.sessionName],
  ['sts:sourceidentity', ({ claims }) => claims.sourceIdentity],
  ['aws:sourceip', ({ sourceAddress }) => (sourceAddress === '' ? undefined : sourceAddress)],
  ['aws:currenttime', ({ now }) => new Date(now).toISOString()],
  ['aws:epochtime', ({ now }) => String(Math.floor(now / 1000))],
]);

const listed = (value: string | readonly string[] | undefined) => (typeof value === 'string' ? [value] : value);

/**
 * `HOST/PATH:sub`, `:aud` (the authorized party, where a token has one) and `:amr` as AWS has them, and
 * `HOST/PATH:kubernetes.io/namespace`, `…/serviceaccount/name`, `…/serviceaccount/uid`, `…/pod/name`, `…/pod/uid`,
 * `…/node/name`; what the exchange is made under; and the tags that the token asks for.
 */
export function trustContext(claims: TokenClaims, circumstances: ExchangeCircumstances): RequestContext {
  const provider = issuerHostAndPath(claims.issuer).toLowerCase();
  const { requestedTags } = claims;
  const tags = requestedTags && new FoldedContext(tagContext(requestedTags.tags, requestedTags.transitiveKeys));
  return {
    get: (key) => {
      const ofIssuer = key.startsWith(provider) ? issuerFacts.get(key.slice(provider.length)) : undefined;
      if (ofIssuer) return listed(ofIssuer(claims));
      const ofExchange = exchangeFacts.get(key);
      return ofExchange ? listed(ofExchange({ ...circumstances, claims })) : tags?.get(key);
    },
  };
}
