// Issuers as the API answers with them.
import { z } from 'zod';
import type { Issuer, IssuerSettings } from '../../core/registry/index.ts';
import { documentOf, isoTime, tag, time } from './answers.ts';

export const issuerAnswer = z.object({
  id: z.string(),
  account_id: z.string(),
  source: z.enum(['vke', 'external', 'oidc']),
  source_id: z.string(),
  uri: z.string(),
  audiences: z.array(z.string()),
  keys: z.array(z.unknown()).describe('Those that were given; empty where they are fetched.'),
  jwks_uri: z.string(),
  cluster_name: z.string(),
  token_review: z
    .object({
      url: z.string(),
      certificate_authority: z.string(),
      token_expires_at: time.nullable().describe('As the reviewer’s token says itself; null where it does not say.'),
    })
    .nullable()
    .describe('The API server that is asked about each token; null where none is.'),
  tags: z.array(tag),
  created_at: time,
  updated_at: time,
  revision: z.int(),
});

function keysOf(jwks: string): readonly unknown[] {
  const set = jwks === '' ? {} : documentOf(jwks);
  return typeof set === 'object' && set !== null && 'keys' in set && Array.isArray(set.keys) ? set.keys : [];
}

function tokenReviewJson({ tokenReview }: IssuerSettings): z.input<typeof issuerAnswer>['token_review'] {
  if (tokenReview === undefined) return null;
  const { url, certificateAuthority = '', tokenExpiresAt } = tokenReview;
  const ends = tokenExpiresAt === undefined ? null : isoTime(tokenExpiresAt);
  return { url, certificate_authority: certificateAuthority, token_expires_at: ends };
}

export const issuerJson = (issuer: Issuer): z.input<typeof issuerAnswer> => ({
  id: issuer.id,
  account_id: issuer.accountId,
  source: issuer.kind,
  source_id: issuer.sourceId,
  uri: issuer.url,
  audiences: [...issuer.audiences],
  keys: [...keysOf(issuer.jwks)],
  jwks_uri: issuer.settings.jwksUrl ?? '',
  cluster_name: issuer.settings.clusterName ?? '',
  token_review: tokenReviewJson(issuer.settings),
  tags: [...issuer.tags],
  created_at: isoTime(issuer.createdAt),
  updated_at: isoTime(issuer.updatedAt),
  revision: issuer.revision,
});
