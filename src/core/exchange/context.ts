// The condition keys that a trust policy can ask about, for a token.
import { issuerHostAndPath } from '../identity/index.ts';
import type { Context } from '../policy/index.ts';
import type { TokenClaims } from '../tokens/index.ts';
import { tagContext } from './tags.ts';

interface ExchangeCircumstances {
  readonly call: { readonly sessionName: string };
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sourceAddress: string;
}

/** What Kubernetes itself signed about the pod, by the names of its claims. */
function podFacts({ kubernetes }: TokenClaims): readonly (readonly [string, string | undefined])[] {
  if (kubernetes === undefined) return [];
  const { namespace, serviceAccount, pod, node } = kubernetes;
  return [
    ['namespace', namespace],
    ['serviceaccount/name', serviceAccount.name],
    ['serviceaccount/uid', serviceAccount.uid],
    ['pod/name', pod?.name],
    ['pod/uid', pod?.uid],
    ['node/name', node?.name],
  ];
}

/**
 * `HOST/PATH:sub`, `:aud` (the authorized party, where a token has one) and `:amr` as AWS has them, and
 * `HOST/PATH:kubernetes.io/namespace`, `…/serviceaccount/name`, `…/serviceaccount/uid`, `…/pod/name`, `…/pod/uid`,
 * `…/node/name`.
 */
export function trustContext(claims: TokenClaims, { call, now, sourceAddress }: ExchangeCircumstances): Context {
  const provider = issuerHostAndPath(claims.issuer);
  const { requestedTags, sourceIdentity } = claims;
  const context = new Map<string, readonly string[]>([
    [`${provider}:sub`, [claims.subject]],
    [`${provider}:aud`, [claims.authorizedParty ?? claims.audience]],
    ['sts:RoleSessionName', [call.sessionName]],
    ['aws:CurrentTime', [new Date(now).toISOString()]],
    ['aws:EpochTime', [String(Math.floor(now / 1000))]],
    ...(requestedTags ? tagContext(requestedTags.tags, requestedTags.transitiveKeys) : []),
  ]);
  if (claims.methods.length > 0) context.set(`${provider}:amr`, claims.methods);
  if (sourceAddress !== '') context.set('aws:SourceIp', [sourceAddress]);
  if (sourceIdentity !== undefined) context.set('sts:SourceIdentity', [sourceIdentity]);
  for (const [name, value] of podFacts(claims)) {
    if (value !== undefined) context.set(`${provider}:kubernetes.io/${name}`, [value]);
  }
  return context;
}
