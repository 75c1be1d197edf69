// The condition keys that a trust policy can ask about.
import { issuerHostAndPath } from '../identity/index.ts';
import type { Context } from '../policy/index.ts';
import type { TokenClaims } from '../tokens/index.ts';

interface ExchangeCircumstances {
  readonly call: { readonly sessionName: string; readonly roleArn: string };
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sourceAddress: string;
}

/**
 * `HOST/PATH:sub` and `:aud` as AWS has them, and what Kubernetes itself signed about the pod:
 * `HOST/PATH:kubernetes.io/namespace`, `…/serviceaccount/name`, `…/serviceaccount/uid`, `…/pod/name`, `…/pod/uid`,
 * `…/node/name`.
 */
export function trustContext(claims: TokenClaims, { call, now, sourceAddress }: ExchangeCircumstances): Context {
  const provider = issuerHostAndPath(claims.issuer);
  const context = new Map<string, readonly string[]>([
    [`${provider}:sub`, [claims.subject]],
    [`${provider}:aud`, [claims.audience]],
    ['sts:RoleSessionName', [call.sessionName]],
    ['aws:CurrentTime', [new Date(now).toISOString()]],
    ['aws:EpochTime', [String(Math.floor(now / 1000))]],
  ]);
  if (sourceAddress !== '') context.set('aws:SourceIp', [sourceAddress]);
  const { kubernetes } = claims;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['namespace', kubernetes?.namespace],
    ['serviceaccount/name', kubernetes?.serviceAccount.name],
    ['serviceaccount/uid', kubernetes?.serviceAccount.uid],
    ['pod/name', kubernetes?.pod?.name],
    ['pod/uid', kubernetes?.pod?.uid],
    ['node/name', kubernetes?.node?.name],
  ];
  for (const [name, value] of facts) {
    if (value !== undefined) context.set(`${provider}:kubernetes.io/${name}`, [value]);
  }
  return context;
}
