// What requests may say, field by field: each schema validates, and stands in the OpenAPI document.
import { z } from 'zod';
import { readCertificates } from '../../core/certificates/index.ts';
import { issuerUrlProblem, parseRoleArn, roleArn } from '../../core/identity/index.ts';
import { Refusal } from '../../core/refusals/index.ts';
import { parseAddress } from '../../io/kubernetes/index.ts';

const longestText = 1000;
const uuidOrName = /^[\w+=,.@-]{1,128}$/;

const accountId = z.string().regex(/^\d{12}$/, 'must be the 12 digits of an account');
const instant = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T12:00:00Z' });
const text = (most = longestText) => z.string().min(1).max(most);

const ofAccount = {
  account: accountId.optional().describe('Whose records; for the operator, who has none of their own.'),
};
export const accountQuery = z.strictObject(ofAccount);

const page = {
  ...ofAccount,
  per_page: z.coerce.number().int().min(1).max(500).default(100).describe('Items on a page.'),
  cursor: text(2048).optional().describe('Of the page before, where this one begins.'),
};
export const pageQuery = z.strictObject(page);

const timed = {
  ...page,
  from: instant.optional(),
  until: instant.optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
};

export const sessionQuery = z.strictObject({
  ...timed,
  role_id: text(128).optional(),
  issuer: text(255).optional(),
  subject: text().optional(),
  kind: z.enum(['web-identity', 'chained', 'bearer']).optional(),
});

export const auditQuery = z.strictObject({
  ...timed,
  role: text(2048).optional().describe('The role’s ARN.'),
  outcome: z.enum(['allowed', 'refused']).optional(),
  action: text(256).optional(),
  request_id: text(128).optional(),
  session_id: text(128).optional(),
});

/** RFC 7517; what a member means and whether it fits is judged by who reads key sets. */
const jwk = z
  .looseObject({ kty: z.enum(['RSA', 'EC']), kid: text(512), use: z.literal('sig').optional() })
  .describe('A public key (RFC 7517).');

const issuerUrl = z.string().superRefine((url, context) => {
  const problem = issuerUrlProblem(url);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const audiences = z.array(text(255)).min(1).max(100).describe('The audiences that its tokens may name.');

const apiServerUrl = z
  .string()
  .max(2048)
  // What a URL's reader would overlook.
  .regex(/^[^\s\p{Cc}]+$/u, 'must be one word')
  .superRefine((url, context) => {
    const address = parseAddress(url);
    const problem =
      'problem' in address ? address.problem : address.secure ? undefined : 'does not begin with https://';
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .describe('The API server, as a kubeconfig has it.');

const authorities = text(32_768)
  .refine((pem) => !(readCertificates(pem, 'it') instanceof Refusal), 'must be certificates in PEM')
  .describe('PEM, where its certificate is not publicly trusted, as most API servers’ are not: the cluster’s own CA.');

/** It becomes a header's value. A file that it is read from ends in a new line. */
const reviewerToken = z
  .string()
  .trim()
  .max(20_000)
  .regex(/^[\x21-\x7e]+$/, 'must be a token: one word in ASCII')
  .meta({
    writeOnly: true,
    description: 'Of a service account that may create TokenReviews. It is never shown again.',
  });

const tokenReview = z.strictObject({
  url: apiServerUrl,
  certificate_authority: authorities.optional(),
  token: reviewerToken,
});

const tokenReviewChange = z.strictObject({
  url: apiServerUrl.optional(),
  certificate_authority: authorities.nullable().optional(),
  token: reviewerToken.optional(),
});
export type TokenReviewForm = z.output<typeof tokenReviewChange>;

const cluster = {
  audiences: audiences.optional(),
  cluster_name: text(256).optional().describe('For people, and for the session tag eks-cluster-name.'),
  cluster_arn: text(2048).optional(),
};

const newCluster = {
  ...cluster,
  token_review: tokenReview
    .optional()
    .describe('Asks the cluster at each exchange whether the pod is still there, and is tried at once.'),
};

const ownCluster = z
  .strictObject({
    source: z.literal('vke'),
    source_id: z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -'),
    ...newCluster,
  })
  .describe('A cluster that the platform runs: its keys are looked up by its id.');

const externalCluster = z
  .strictObject({
    source: z.literal('external'),
    uri: issuerUrl.describe('Byte-equal to the iss of its tokens.'),
    ...newCluster,
    keys: z.array(jwk).min(1).max(100).optional().describe('Its public keys. Without keys they are fetched.'),
    kid: text(512).optional().describe('With kty, alg, use, n, e (crv, x, y): one key, instead of keys.'),
    kty: z.enum(['RSA', 'EC']).optional(),
    alg: text(16).optional(),
    use: z.literal('sig').optional(),
    n: text(2048).optional(),
    e: text(16).optional(),
    crv: text(16).optional(),
    x: text(128).optional(),
    y: text(128).optional(),
    jwks_uri: z
      .url({ protocol: /^https$/ })
      .max(2048)
      .optional()
      .describe('Where keys are fetched, instead of by discovery.'),
    certificate_authority: text(65_536)
      .optional()
      .describe('PEM, where its host’s certificate is not publicly trusted.'),
  })
  .describe('Any other cluster: with its keys, or with none, and then they are fetched.');

export const newIssuer = z.discriminatedUnion('source', [ownCluster, externalCluster]);
export type NewIssuerForm = z.output<typeof newIssuer>;

export const issuerChange = z.strictObject({
  ...cluster,
  keys: z.array(jwk).min(1).max(100).optional().describe('In place of those that were given before.'),
  token_review: tokenReviewChange
    .nullable()
    .optional()
    .describe(
      'What it names is put in place of what was given before; another url needs the token again, and null asks the cluster no more.',
    ),
  revision: z.int().min(1).optional(),
});
export type IssuerChangeForm = z.output<typeof issuerChange>;

const policyDocument = z
  .union([z.record(z.string(), z.unknown()), text(131_072)], {
    error: 'must be a policy document, as an object or as its text',
  })
  .describe('A policy document, as an object or as its JSON text.');

/** The system's own keys are nobody's to set, and keys that differ only in case are one key. */
const tagKey = text(128).regex(/^(?![Aa][Ww][Ss]:)/, 'must not begin with aws:, which is reserved');
const tags = z
  .array(z.strictObject({ key: tagKey, value: z.string().max(256) }))
  .max(50)
  .refine((all) => new Set(all.map(({ key }) => key.toLowerCase())).size === all.length, 'must have each key once');

const sessionSeconds = z.int().min(3600).max(43_200);
const roleName = z.string().regex(/^[\w+=,.@-]{1,64}$/, 'must be 1 to 64 letters, digits and + = , . @ _ -');
const policyName = z.string().regex(uuidOrName, 'must be 1 to 128 letters, digits and + = , . @ _ -');
/** As it is read from an ARN again. */
function isPath(path: string): boolean {
  return parseRoleArn(roleArn({ partition: 'aws', account: '000000000000', path, name: 'x' }))?.path === path;
}

const namePath = z.string().max(512).refine(isPath, 'must be / or begin and end with /').default('/');

export const inlinePolicy = z.strictObject({ document: policyDocument });

export const newRole = z.strictObject({
  name: roleName,
  path: namePath,
  description: z.string().max(longestText).default(''),
  trust_policy: policyDocument,
  max_session_seconds: sessionSeconds.default(3600),
  tags: tags.default([]),
  permissions_boundary: text(2048).optional().describe('The ARN of a policy of the account.'),
  policies: z
    .array(z.strictObject({ name: policyName, document: policyDocument }))
    .max(20)
    .default([]),
});

export const roleChange = z.strictObject({
  description: z.string().max(longestText).optional(),
  trust_policy: policyDocument.optional(),
  max_session_seconds: sessionSeconds.optional(),
  tags: tags.optional(),
  permissions_boundary: text(2048).nullable().optional(),
  revision: z.int().min(1).optional(),
});

export const newPolicy = z.strictObject({
  name: policyName,
  path: namePath,
  description: z.string().max(longestText).default(''),
  tags: tags.default([]),
  document: policyDocument,
});

export const tokenQuery = z.strictObject({
  role: text(2048).describe('The role’s ARN or UUID.'),
  session_name: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/, 'must be 2 to 64 letters, digits and + = , . @ _ -')
    .optional(),
});

const revocationScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('session'), session_id: text(128) }),
  z.strictObject({ kind: z.literal('role'), role: text(2048).describe('Name, UUID, id or ARN.') }),
  z.strictObject({
    kind: z.literal('service-account'),
    namespace: text(253),
    service_account: text(253),
    issuer: text(255).optional().describe('Of one cluster; of all clusters of the account where it is absent.'),
  }),
  z.strictObject({ kind: z.literal('cluster'), issuer: text(255).describe('The issuer’s URL.') }),
  z.strictObject({ kind: z.literal('account') }),
  z.strictObject({ kind: z.literal('everything') }).describe('Of every account; for the operator alone.'),
]);

export const newRevocation = z.strictObject({
  scope: revocationScope,
  issued_before: instant.optional().describe('Sessions issued earlier are revoked; now, where it is absent.'),
  reason: z.string().max(longestText).default(''),
});
export type RevocationForm = z.output<typeof newRevocation>;

export const newAccount = z.strictObject({ name: text(128) });
export const newOperatorKeyForm = z.strictObject({ name: text(128) });
export const backupForm = z.strictObject({
  file: text(4096).describe('On the platform’s machine; it must not exist.'),
});
