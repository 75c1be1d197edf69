// Tokens that were proven and granted something before. A pod's token is shown again by each of its processes, and every hour until the kubelet
// changes it, which is a day on many clusters: parsing and verifying it take as long as all the rest of the decision.
import { hash } from 'node:crypto';
import { Refusal } from '../refusals/index.ts';
import { readClaims, type StatedClaims } from './claims.ts';
import type { KeySet } from './jwks.ts';
import { readToken, type UnverifiedToken } from './read.ts';
import { type KeySelector, keyOf, verifySignature } from './verify.ts';

/** What selects the issuer and its key. */
type TokenHead = KeySelector & Pick<UnverifiedToken, 'unverifiedIssuer'>;

/** What one of the issuer's keys was found to have signed. */
export interface Proven {
  readonly head: TokenHead;
  /** Of the key that signed it. */
  readonly fingerprint: string;
  readonly claims: StatedClaims;
}

/** A token as it was shown, taken apart unless it is known. */
export interface ShownToken {
  readonly head: TokenHead;
  readonly text: string;
  /** SHA-256 over the text, in base64url. */
  readonly digest: string;
  readonly read: UnverifiedToken | Proven;
}

/** Kubernetes' own have 1,000 to 1,500 characters. A longer one is proven each time rather than kept. */
const longestKept = 2048;

/**
 * Keeps what proven tokens state, under digests: no token is in here. That a key is still the issuer's is looked at each time,
 * as are audience, times and all that comes after.
 */
export class KnownTokens {
  readonly #most: number;
  readonly #proven = new Map<string, Proven>();

  /** @param most tokens that are kept, a kilobyte each; then the one kept first is forgotten first */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a token apart and judges its form alone, or knows it. The caller has trimmed it. */
  show(text: string): ShownToken | Refusal {
    const digest = hash('sha256', text, 'base64url');
    const read = this.#proven.get(digest) ?? readToken(text);
    if (read instanceof Refusal) return read;
    return { head: 'head' in read ? read.head : read, text, digest, read };
  }

  /** Called once it was granted what it was shown for: strangers, and tokens that open nothing, push out no others. */
  keep({ text, digest, read }: ShownToken, proven: Proven): void {
    if (read === proven || text.length > longestKept) return;
    this.#proven.set(digest, proven);
    const [oldest] = this.#proven.size > this.#most ? this.#proven.keys() : [];
    if (oldest !== undefined) this.#proven.delete(oldest);
  }
}

/** What a token states, once one of these keys was found to have signed it, now or before. */
export function proveToken({ head, text, read }: ShownToken, keySet: KeySet): Proven | Refusal {
  const key = keyOf(head, keySet);
  if (key instanceof Refusal) return key;
  if ('head' in read && read.fingerprint === key.fingerprint) return read;
  // Another key under the same name: it was not this one that signed it, unless it is found to have.
  const token = 'head' in read ? readToken(text) : read;
  const verified = token instanceof Refusal ? token : verifySignature(token, keySet);
  if (verified instanceof Refusal) return verified;
  const claims = readClaims(verified);
  if (claims instanceof Refusal) return claims;
  const { algorithm, keyId, unverifiedIssuer } = head;
  return { head: { algorithm, keyId, unverifiedIssuer }, fingerprint: verified.signer.fingerprint, claims };
}
