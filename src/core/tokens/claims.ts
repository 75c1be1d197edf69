// The claims of a verified token judged: is it from this issuer, for this audience, in force now (RFC 7519, section 4.1)?
import { parseServiceAccountSubject } from '../identity/index.ts';
import { Refusal, refuse } from '../refusals/index.ts';
import { isText, type JsonObject } from './json.ts';
import { type KubernetesClaims, readKubernetesClaims } from './kubernetes.ts';
import { type RequestedTags, readRequestedTags, readSourceIdentity } from './session-claims.ts';
import type { VerifiedToken } from './verify.ts';

export interface TokenClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** What Kubernetes says about the pod; undefined in tokens of other issuers. */
  readonly kubernetes: KubernetesClaims | undefined;
  /** The authorized party (`azp`), which stands in for the audience where a token has it. */
  readonly authorizedParty: string | undefined;
  /** How whoever logged in was authenticated (`amr`). */
  readonly methods: readonly string[];
  /** What the issuer wants the session to be tagged with, and who it says is behind it. */
  readonly requestedTags: RequestedTags | undefined;
  readonly sourceIdentity: string | undefined;
}

export interface ClaimExpectations {
  /** Byte-equal to `iss`. */
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How far the issuer's clock may be off; 60 without it. */
  readonly leewaySeconds?: number;
}

/** Not exported: only what an issuer signed is stated. */
const mark: unique symbol = Symbol('stated');

/** What the issuer signed, with its forms settled, times in seconds since the epoch; still to be judged. */
export interface StatedClaims {
  readonly [mark]: true;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
  readonly extras: Pick<TokenClaims, 'kubernetes' | 'authorizedParty' | 'methods' | 'requestedTags' | 'sourceIdentity'>;
}

const defaultLeewaySeconds = 60;
/** Kubernetes' longest is 339: `system:serviceaccount:` and two names. */
const longestSubject = 512;
/** The year 9999. */
const latestTime = 253_402_300_799;

const misformed = (claim: string, expected: string) => refuse('token-claim-malformed', { claim, expected });

const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= latestTime;

function audiencesOf(aud: unknown): readonly string[] | undefined {
  if (isText(aud)) return [aud];
  return Array.isArray(aud) && aud.length > 0 && aud.every(isText) ? aud : undefined;
}

/** Every claim that is read here is read whole: one of a wrong form refuses the token instead of counting as absent. */
export function readClaims({ claims }: VerifiedToken): StatedClaims | Refusal {
  const { iss, sub, aud, exp, nbf = 0, iat = 0 } = claims;
  if (!isText(iss)) return misformed('iss', 'one text');
  if (!isText(sub) || sub.length > longestSubject)
    return misformed('sub', `a text of 1 to ${longestSubject} characters`);
  const audiences = audiencesOf(aud);
  if (!audiences) return misformed('aud', 'a text or a list of texts');
  if (!isTime(exp)) return misformed('exp', 'a time in seconds since 1970');
  if (!isTime(nbf)) return misformed('nbf', 'a time in seconds since 1970');
  if (!isTime(iat)) return misformed('iat', 'a time in seconds since 1970');
  const extras = readExtras(claims);
  if (extras instanceof Refusal) return extras;
  return { [mark]: true, issuer: iss, subject: sub, audiences, exp, nbf, iat, extras };
}

/** Claims that most tokens lack: Kubernetes' own, and those that AWS STS reads. */
function readExtras(claims: JsonObject): StatedClaims['extras'] | Refusal {
  const { azp, amr } = claims;
  const kubernetes = readKubernetesClaims(claims['kubernetes.io']);
  if (!kubernetes && claims['kubernetes.io'] !== undefined)
    return misformed('kubernetes.io', 'as Kubernetes writes it');
  if (azp !== undefined && !isText(azp)) return misformed('azp', 'one text');
  const methods = amr === undefined ? [] : audiencesOf(amr);
  if (!methods) return misformed('amr', 'a text or a list of texts');
  const requestedTags = readRequestedTags(claims);
  if (requestedTags instanceof Refusal) return requestedTags;
  const sourceIdentity = readSourceIdentity(claims);
  if (sourceIdentity instanceof Refusal) return sourceIdentity;
  return { kubernetes, authorizedParty: azp, methods, requestedTags, sourceIdentity };
}

type ClaimRule = (claims: StatedClaims, expected: Required<ClaimExpectations>) => Refusal | undefined;

const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString();

/** RFC 7519, section 4.1.1 and RFC 8725, section 3.8: compared as it is, no slash, case or port made equal. */
const issuerIsTheSame: ClaimRule = ({ issuer }, expected) =>
  issuer === expected.issuer ? undefined : refuse('token-issuer-other', { issuer, expected: expected.issuer });

/** One audience only: a token that another service accepts too could be replayed by it. */
const audienceIsOurs: ClaimRule = ({ audiences }, expected) => {
  const [audience, ...others] = audiences;
  if (audience !== undefined && others.length === 0 && expected.audiences.includes(audience)) return undefined;
  return refuse('token-audience-other', { audience: audiences.join(', '), expected: expected.audiences.join(' or ') });
};

const hasNotExpired: ClaimRule = ({ exp }, { now, leewaySeconds }) =>
  now < (exp + leewaySeconds) * 1000
    ? undefined
    : refuse('token-expired', { expiry: isoTime(exp), now: isoTime(now / 1000) });

const isInForce: ClaimRule = ({ nbf }, { now, leewaySeconds }) =>
  now >= (nbf - leewaySeconds) * 1000 ? undefined : refuse('token-not-yet-valid', { claim: 'nbf', time: isoTime(nbf) });

const wasIssuedInThePast: ClaimRule = ({ iat }, { now, leewaySeconds }) =>
  now >= (iat - leewaySeconds) * 1000 ? undefined : refuse('token-not-yet-valid', { claim: 'iat', time: isoTime(iat) });

/** Trust policies may ask for either: they must not be told two service accounts by one token. */
const saysOneServiceAccount: ClaimRule = ({ subject, extras: { kubernetes } }) => {
  if (!kubernetes) return undefined;
  const account = parseServiceAccountSubject(subject);
  const same = account?.namespace === kubernetes.namespace && account.name === kubernetes.serviceAccount.name;
  return same ? undefined : misformed('kubernetes.io', 'of the service account that sub names');
};

const rules: readonly ClaimRule[] = [
  issuerIsTheSame,
  audienceIsOurs,
  hasNotExpired,
  isInForce,
  wasIssuedInThePast,
  saysOneServiceAccount,
];

/** The claims that may be acted on, or the first thing that is wrong with them. */
export function judgeClaims(claims: StatedClaims, expectations: ClaimExpectations): TokenClaims | Refusal {
  const expected = { leewaySeconds: defaultLeewaySeconds, ...expectations };
  for (const rule of rules) {
    const refusal = rule(claims, expected);
    if (refusal) return refusal;
  }
  const { issuer, subject, audiences, exp, extras } = claims;
  return { issuer, subject, audience: audiences[0] ?? '', expiresAt: exp * 1000, ...extras };
}
