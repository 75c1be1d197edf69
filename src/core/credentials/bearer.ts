// Bearer strings (RFC 6750): a root key, an operator's key, or a session that was given one instead of a key to sign with.
// None of them is a session token: those stand in every presigned URL.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal, refuse } from '../refusals/index.ts';
import { decodeBase64url } from '../tokens/index.ts';
import { type HttpRequest, header, headerValues } from '../wire/index.ts';
import { accessKeyPrefix } from './access-keys.ts';
import { gcmOpen, gcmSeal } from './aes-gcm.ts';
import { type Authority, type Caller, refuseEnded } from './authenticate.ts';
import type { Keyring } from './seal.ts';
import { decodeSession, encodeSession, type SessionFacts } from './session-facts.ts';
import { isSigningPair } from './sigv4-fields.ts';

/** The platform's operator, above every account. */
export interface OperatorCaller {
  readonly kind: 'operator';
  readonly name: string;
}

export interface SessionBearerPorts extends Pick<Authority, 'keyring' | 'findRevocation'> {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface BearerPorts extends Authority, SessionBearerPorts {
  /** An active operator key; undefined where there is none. */
  readonly findOperatorKey: (
    id: string,
  ) => Promise<{ readonly name: string; readonly secretHash: Uint8Array } | undefined>;
}

const sessionForm = 'podiam_session';
const operatorForm = 'podiam_operator';
const longestBearer = 8192;
const keyIdShape = /^[\w-]{1,32}$/;

const unknown = (cause: string) => refuse('bearer-unknown', {}, cause);
const sha256 = (text: string) => createHash('sha256').update(text).digest();

const bearerScheme = /^bearer(?: |$)/i;
const bearerShape = /^\w+ +([^\s,]+) *$/;

/**
 * The Bearer string that a request shows (RFC 6750, section 2.1); undefined where its Authorization is of another kind,
 * none, or repeated. Refused beside a signature's parameters or token: one would count, and the other be seen.
 */
export function bearerOf(request: Pick<HttpRequest, 'query' | 'rawHeaders'>): string | Refusal | undefined {
  const authorization = header(request, 'authorization');
  if (authorization === undefined || !bearerScheme.test(authorization)) return undefined;
  const isSigned =
    request.query.split('&').some(isSigningPair) || headerValues(request, 'x-amz-security-token').length > 0;
  if (isSigned)
    return refuse('signature-repeated', { what: 'credential, a Bearer string and one that is for signing' });
  return bearerShape.exec(authorization)?.[1] ?? unknown('it is not one word after Bearer');
}

/** The account's own key as a Bearer string: `AKIA….SECRET`. */
export function rootBearer(key: { readonly accessKeyId: string; readonly secretAccessKey: string }): string {
  return `${key.accessKeyId}.${key.secretAccessKey}`;
}

/** A new operator key: the string, told once, and what is kept of it. */
export function newOperatorKey(randomBytes: (count: number) => Uint8Array): {
  readonly id: string;
  readonly bearer: string;
  readonly secretHash: Uint8Array;
} {
  const id = Buffer.from(randomBytes(8)).toString('hex');
  const secret = Buffer.from(randomBytes(32)).toString('base64url');
  return { id, bearer: `${operatorForm}.${id}.${secret}`, secretHash: sha256(secret) };
}

/** The form is part of it: what was sealed as a session token opens here as little as the other way round. */
const associatedData = (keyId: string, accessKeyId: string) => Buffer.from(`${sessionForm}.${keyId}.${accessKeyId}`);

/**
 * The session as a Bearer string, `podiam_session.KEYID.ASIA….SEALED`. Its secret access key is left out: nobody signs
 * with such a session.
 * @param nonce 12 random bytes, never used before with the keyring's current key
 * @throws TypeError where the keyring does not have the key that it calls current
 */
export function sealBearer(session: SessionFacts, accessKeyId: string, keyring: Keyring, nonce: Uint8Array): string {
  const { currentId, keys } = keyring;
  const key = keyIdShape.test(currentId) ? keys.get(currentId) : undefined;
  if (!key) throw new TypeError(`the keyring has no key ${currentId}`);
  const facts = encodeSession({ ...session, secretAccessKey: '' });
  const sealed = gcmSeal(facts, { key, associatedData: associatedData(currentId, accessKeyId) }, nonce);
  return `${sessionForm}.${currentId}.${accessKeyId}.${sealed.toString('base64url')}`;
}

/** The session that was given this very string. Says nothing about its end: that is for who knows the time. */
function openBearer([keyId = '', accessKeyId = '', text = '']: readonly string[], keyring: Keyring): Caller | Refusal {
  if (!keyIdShape.test(keyId) || accessKeyPrefix(accessKeyId) !== 'ASIA') return unknown('it is no session’s');
  const key = keyring.keys.get(keyId);
  if (!key) return refuse('session-token-key-unknown', { keyId });
  const sealed = decodeBase64url(text);
  const plaintext = sealed && gcmOpen(sealed, { key, associatedData: associatedData(keyId, accessKeyId) });
  const facts = plaintext && decodeSession(plaintext);
  return facts ? { kind: 'session', accessKeyId, facts } : unknown(`it was changed, or is not ${accessKeyId}’s`);
}

/** What people have at hand and take for one of these, told by its first characters: nothing of it is read. */
const mistaken = [
  ['P1.', 'bearer-session-token'],
  // `{"` in base64url: a JWT's header.
  ['eyJ', 'bearer-service-account-token'],
] as const;

function refuseUnknown(bearer: string): Refusal {
  const [, code] = mistaken.find(([start]) => bearer.startsWith(start)) ?? [];
  return code === undefined ? unknown('it has no form that is known') : refuse(code, {});
}

/** Undefined where the string is no session's by its form. */
function proveSession(bearer: string, ports: SessionBearerPorts): Caller | Refusal | undefined {
  if (bearer.length > longestBearer) return unknown(`it has more than ${longestBearer} characters`);
  const [first, ...rest] = bearer.split('.', 5);
  if (first !== sessionForm || rest.length !== 3) return undefined;
  const caller = openBearer(rest, ports.keyring());
  return caller instanceof Refusal ? caller : (refuseEnded(caller, ports) ?? caller);
}

/**
 * The session that was given the string, where nothing but sessions' Bearer strings is taken: keys sign, since one that is
 * shown to an API could be used by whoever sees it there.
 */
export function authenticateSession(bearer: string, ports: SessionBearerPorts): Caller | Refusal {
  const isKey = accessKeyPrefix(bearer.split('.', 1)[0] ?? '') === 'AKIA' || bearer.startsWith(`${operatorForm}.`);
  return proveSession(bearer, ports) ?? (isKey ? refuse('bearer-no-session', {}) : refuseUnknown(bearer));
}

async function proveRoot(accessKeyId: string, secret: string, { findRootKey }: BearerPorts): Promise<Caller | Refusal> {
  const key = await findRootKey(accessKeyId);
  // Hashed first: whatever was sent, as many bytes are compared, and those of nobody's key take as long.
  const isEqual = timingSafeEqual(sha256(key?.secretAccessKey ?? ''), sha256(secret));
  if (key && isEqual) return { kind: 'root', accessKeyId, accountId: key.accountId };
  return unknown(key ? `the secret is not that of ${accessKeyId}` : `${accessKeyId} is on no record`);
}

async function proveOperator(
  id: string,
  secret: string,
  { findOperatorKey }: BearerPorts,
): Promise<OperatorCaller | Refusal> {
  const key = await findOperatorKey(id);
  const hash = key?.secretHash.length === 32 ? key.secretHash : sha256('');
  const isEqual = timingSafeEqual(hash, sha256(secret));
  return key && isEqual ? { kind: 'operator', name: key.name } : unknown(`it is no operator key (${id.slice(0, 16)})`);
}

/**
 * Who shows the string, judged by its form:
 *   1. `podiam_session.…`, a session: opened, and then its end, by its time or by a revocation,
 *   2. `podiam_operator.ID.SECRET`, the operator,
 *   3. `AKIA….SECRET`, the account's owner.
 * Rejects only where a record cannot be read.
 */
export async function authenticateBearer(
  bearer: string,
  ports: BearerPorts,
): Promise<Caller | OperatorCaller | Refusal> {
  const session = proveSession(bearer, ports);
  if (session !== undefined) return session;
  const [first = '', ...rest] = bearer.split('.', 5);
  const [second = '', third = ''] = rest;
  if (first === operatorForm && rest.length === 2) return proveOperator(second, third, ports);
  if (accessKeyPrefix(first) === 'AKIA' && rest.length === 1) return proveRoot(first, second, ports);
  return refuseUnknown(bearer);
}
