// Is a request signed with this secret, just now, over this body? AWS Signature Version 4, the server's side.
import { timingSafeEqual } from 'node:crypto';
import { Refusal, refuse } from '../refusals/index.ts';
import { canonicalRequest } from './sigv4-canonical.ts';
import { requestDigest, type SigningKeys, signatureOf } from './sigv4-key.ts';
import type { SignedRequest } from './sigv4-request.ts';

export interface SignatureCheck {
  readonly secretAccessKey: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** SHA-256 of the body as it arrived, 64 hexadecimal digits in lower case. */
  readonly bodyHash: string;
  readonly signingKeys: SigningKeys;
  /** Whether a body may go unsigned (`UNSIGNED-PAYLOAD`): only where something else vouches for it, such as TLS. */
  readonly allowUnsignedPayload?: boolean | undefined;
}

const skewMinutes = 5;
const skewMilliseconds = skewMinutes * 60_000;
const unsignedPayload = 'UNSIGNED-PAYLOAD';
const hexHash = /^[0-9a-f]{64}$/;

const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString();

/** A presigned URL counts from its date, any other request around it. */
function timeProblem({ signedAt, expiresSeconds }: SignedRequest, now: number): Refusal | undefined {
  const early = now < signedAt - skewMilliseconds;
  if (!early && expiresSeconds !== undefined) {
    const end = signedAt + expiresSeconds * 1000;
    return now > end ? refuse('signature-expired', { time: isoTime(end), now: isoTime(now) }) : undefined;
  }
  if (!early && now <= signedAt + skewMilliseconds) return undefined;
  return refuse('signature-time-skewed', { time: isoTime(signedAt), now: isoTime(now), minutes: skewMinutes });
}

/** What presigned S3 URLs stand for when they say nothing: their body is not known when they are made. */
const saysNothing = ({ place, scope }: SignedRequest) =>
  place === 'query' && scope.service === 's3' ? unsignedPayload : undefined;

/**
 * The last line of the canonical request:
 *   1. the hash that `x-amz-content-sha256` states, which must be the body's own,
 *   2. UNSIGNED-PAYLOAD, if it states that and the caller allows it,
 *   3. without the header: the body's hash; for presigned S3 URLs as 2.
 */
function payloadOf(signed: SignedRequest, { bodyHash, allowUnsignedPayload }: SignatureCheck): string | Refusal {
  const stated = signed.contentSha256 ?? saysNothing(signed) ?? bodyHash;
  if (stated === unsignedPayload) return allowUnsignedPayload ? stated : refuse('signature-payload-unsigned', {});
  if (stated.startsWith('STREAMING-')) return refuse('signature-payload-streaming', {});
  if (!hexHash.test(stated)) return refuse('signature-payload-malformed', {});
  return stated === bodyHash ? stated : refuse('signature-payload-other', {});
}

/** Undefined where all is well. The comparison of signatures takes the same time wherever they differ. */
export function verifySignature(signed: SignedRequest, check: SignatureCheck): Refusal | undefined {
  const untimely = timeProblem(signed, check.now);
  if (untimely) return untimely;
  const payload = payloadOf(signed, check);
  if (payload instanceof Refusal) return payload;
  const canonical = canonicalRequest({ ...signed, service: signed.scope.service, payload });
  if (canonical instanceof Refusal) return canonical;
  const digest = requestDigest(canonical);
  const expected = signatureOf(digest, signed, check.signingKeys(check.secretAccessKey, signed.scope));
  if (timingSafeEqual(expected, Buffer.from(signed.signature, 'hex'))) return undefined;
  return refuse('signature-mismatch', {}, `the SHA-256 of the canonical request is ${digest}`);
}
