// Whether an issuer's cluster is asked about its tokens: what is put on record of the API server and of the token that may
// ask it. The token goes in and never out, and only ever to the server that it was given for.
import { readCertificates } from '../../core/certificates/index.ts';
import { causeOf, Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import {
  openReviewerToken,
  type ReviewerTokenPlace,
  type SealedSecret,
  sealReviewerToken,
  type TokenReviewSettings,
} from '../../core/registry/index.ts';
import { readToken } from '../../core/tokens/index.ts';
import { type ReviewServer, reviewTrouble } from '../../io/kubernetes/index.ts';
import type { TokenReviewForm } from './forms.ts';
import { given } from './lists.ts';
import type { BoundCall } from './route.ts';

interface Before {
  readonly issuerId: string;
  /** What is on record; undefined where its cluster is not asked. */
  readonly settings: TokenReviewSettings | undefined;
}

interface DrawnReview {
  readonly settings: TokenReviewSettings;
  /** Absent where the one on record stays. */
  readonly sealed?: SealedSecret;
}

const invalid = (field: string, problem: string) =>
  refuse('request-fields-invalid', { fields: `token_review.${field}: ${problem}` });

/** The certificates alone: what stands beside them in a file, such as a key, is nothing to keep or to show. */
function certificatesOf(pem: string): string | Refusal {
  const certificates = readCertificates(pem, 'token_review.certificate_authority');
  return certificates instanceof Refusal ? certificates : certificates.map((one) => one.pem.trim()).join('\n');
}

/** The one that was given; else the one on record, which goes to no other server than before. */
async function tokenOf(
  { account, ports }: BoundCall,
  place: ReviewerTokenPlace,
  { form, before }: { readonly form: TokenReviewForm; readonly before: Before },
): Promise<string | Refusal> {
  if (form.token !== undefined) return form.token;
  if (before.settings === undefined) return invalid('token', 'is needed');
  if (before.settings.url !== place.url) return invalid('token', 'is needed with another url');
  const sealed = await account.issuers.reviewerToken(before.issuerId);
  return sealed ? openReviewerToken(sealed, place, ports.keyEncryptionKeys) : invalid('token', 'is needed');
}

/** Milliseconds since the epoch, of a token that says so: nobody but its owner is told, so nobody has to prove it. */
function expiryOf(token: string): number | undefined {
  const read = readToken(token);
  const seconds = read instanceof Refusal ? undefined : read.unverifiedClaims['exp'];
  const isTime = typeof seconds === 'number' && seconds > 0 && seconds < 1e11;
  return isTime ? Math.floor(seconds * 1000) : undefined;
}

/** A mistake should show here, and not when the next pod starts. */
async function refuseSilent({ accountId, ports, requestId }: BoundCall, server: ReviewServer) {
  try {
    await ports.tryReview(server);
    return undefined;
  } catch (error) {
    const refusal = error instanceof RefusedError ? error.refusal : undefined;
    const { url } = server;
    if (refusal?.code === 'document-address-private')
      return refuse('issuer-review-address-private', { host: String(refusal.facts['host'] ?? url) });
    ports.log('warn', 'a cluster does not review tokens', { requestId, accountId, server: url, error: causeOf(error) });
    return refuse('issuer-review-unusable', { url }, reviewTrouble(error));
  }
}

/** The authorities that were given; else those on record. Null leaves the usual ones. */
function authoritiesOf(form: TokenReviewForm, kept: TokenReviewSettings | undefined): string | Refusal | undefined {
  const pem = form.certificate_authority;
  if (pem === null) return undefined;
  return pem === undefined ? kept?.certificateAuthority : certificatesOf(pem);
}

/** What a registration or a change comes to, tried out; members that the form leaves out stay as they were. */
export async function drawReview(
  call: BoundCall,
  before: Before,
  form: TokenReviewForm,
): Promise<DrawnReview | Refusal> {
  const { accountId = '', ports } = call;
  const { issuerId, settings: kept } = before;
  const url = form.url ?? kept?.url;
  if (url === undefined) return invalid('url', 'is needed');
  const place = { accountId, issuerId, url };
  const token = await tokenOf(call, place, { form, before });
  if (token instanceof Refusal) return token;
  const certificateAuthority = authoritiesOf(form, kept);
  if (certificateAuthority instanceof Refusal) return certificateAuthority;
  const silent = await refuseSilent(call, { url, certificateAuthority, token });
  if (silent) return silent;
  const settings = { url, ...given({ certificateAuthority, tokenExpiresAt: expiryOf(token) }) };
  if (form.token === undefined) return { settings };
  return { settings, sealed: sealReviewerToken(token, place, ports.keyEncryptionKeys, ports.randomBytes(12)) };
}
