// Who sent this request? The one place where signature, access key and session token come together.
import { hash } from 'node:crypto';
import { Refusal, refuse } from '../refusals/index.ts';
import type { RevocableSession } from '../revocations/index.ts';
import type { HttpRequest } from '../wire/index.ts';
import { accessKeyPrefix } from './access-keys.ts';
import { type Keyring, openSession } from './seal.ts';
import type { SessionFacts } from './session-facts.ts';
import { deriveSigningKey, type SigningKeys } from './sigv4-key.ts';
import { readSignedRequest, type SignedRequest } from './sigv4-request.ts';
import { verifySignature } from './sigv4-verify.ts';

/** A role session, or the owner of an account. */
export type Caller =
  | { readonly kind: 'session'; readonly accessKeyId: string; readonly facts: SessionFacts }
  | { readonly kind: 'root'; readonly accessKeyId: string; readonly accountId: string };

/** What proves callers; features that authenticate share one. */
export interface Authority {
  /** The keys that seal session tokens, as they are now. */
  readonly keyring: () => Keyring;
  /** The account's own key, its secret decrypted; undefined where there is none. */
  readonly findRootKey: (
    accessKeyId: string,
  ) => Promise<{ readonly accountId: string; readonly secretAccessKey: string } | undefined>;
  /**
   * What the session is revoked by; undefined for one that lives. A refusal where that cannot be told: what has not been
   * heard of is not guessed.
   */
  readonly findRevocation: (session: RevocableSession) => string | Refusal | undefined;
}

export interface AuthenticationPorts extends Authority {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The service that requests must be signed for; any where it is left out. */
  readonly service?: string | undefined;
  /** Derives the key anew for every request where it is left out. */
  readonly signingKeys?: SigningKeys | undefined;
  /** Whether bodies may go unsigned. */
  readonly allowUnsignedPayload?: boolean | undefined;
}

interface Claimant {
  readonly caller: Caller;
  readonly secretAccessKey: string;
}

const unknownKey = (accessKeyId: string, cause: string) => refuse('access-key-unknown', { accessKeyId }, cause);

function findSession(
  { accessKeyId, sessionToken }: SignedRequest,
  { keyring }: AuthenticationPorts,
): Claimant | Refusal {
  if (sessionToken === undefined) return refuse('session-token-missing', { accessKeyId });
  const facts = openSession(sessionToken, accessKeyId, keyring());
  if (facts instanceof Refusal) return facts;
  return { caller: { kind: 'session', accessKeyId, facts }, secretAccessKey: facts.secretAccessKey };
}

async function findRoot(
  { accessKeyId, sessionToken }: SignedRequest,
  { findRootKey }: AuthenticationPorts,
): Promise<Claimant | Refusal> {
  if (sessionToken !== undefined)
    return refuse('session-token-invalid', {}, `the account's own key ${accessKeyId} has none`);
  const key = await findRootKey(accessKeyId);
  if (!key) return unknownKey(accessKeyId, 'it is on no record');
  const { accountId, secretAccessKey } = key;
  return { caller: { kind: 'root', accessKeyId, accountId }, secretAccessKey };
}

async function findClaimant(signed: SignedRequest, ports: AuthenticationPorts): Promise<Claimant | Refusal> {
  const prefix = accessKeyPrefix(signed.accessKeyId);
  if (prefix === 'ASIA') return findSession(signed, ports);
  return prefix === 'AKIA' ? findRoot(signed, ports) : unknownKey(signed.accessKeyId, 'it is no access key id');
}

/** Why a session is over, by its time or by a revocation. */
export function refuseEnded(
  caller: Caller,
  { now, findRevocation }: Pick<AuthenticationPorts, 'now' | 'findRevocation'>,
): Refusal | undefined {
  if (caller.kind === 'root') return undefined;
  const { accessKeyId, facts } = caller;
  if (now >= facts.expiresAt) return refuse('session-expired', { time: new Date(facts.expiresAt).toISOString() });
  const revocation = findRevocation({ ...facts, accessKeyId, ancestors: facts.ancestors ?? [] });
  if (revocation === undefined || revocation instanceof Refusal) return revocation;
  return refuse('session-revoked', {}, `it was revoked with ${revocation}`);
}

/**
 * The caller that the request's signature proves, judged in this order:
 *   1. the signature's form and what it covers,
 *   2. the service that it is for,
 *   3. the access key: `ASIA` with the session token that was sealed for it, `AKIA` from the record,
 *   4. the signature itself, its time and the body,
 *   5. the session's end, by its time or by a revocation.
 * Rejects only where `findRootKey` does: a record that cannot be read is no answer.
 */
export async function authenticate(request: HttpRequest, ports: AuthenticationPorts): Promise<Caller | Refusal> {
  const signed = readSignedRequest(request);
  if (signed instanceof Refusal) return signed;
  const { service = signed.scope.service } = ports;
  if (signed.scope.service !== service) {
    return refuse('signature-scope-other', { part: 'service', scope: signed.scope.service, expected: service });
  }
  const claimant = await findClaimant(signed, ports);
  if (claimant instanceof Refusal) return claimant;
  const mismatch = verifySignature(signed, {
    secretAccessKey: claimant.secretAccessKey,
    now: ports.now,
    bodyHash: hash('sha256', request.body, 'hex'),
    signingKeys: ports.signingKeys ?? deriveSigningKey,
    allowUnsignedPayload: ports.allowUnsignedPayload,
  });
  return mismatch ?? refuseEnded(claimant.caller, ports) ?? claimant.caller;
}
