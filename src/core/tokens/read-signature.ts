// A JSON Web Signature taken apart: compact serialization (RFC 7515, section 3.1), nothing believed yet.
import { Refusal, refuse } from '../refusals/index.ts';
import { parseStrictJson, parseUnambiguousJson, shapeOfJson } from '../wire/index.ts';
import { type SignatureAlgorithm, signatureAlgorithms } from './algorithms.ts';
import { decodeBase64url } from './base64url.ts';
import { isObject, isText, type JsonObject } from './json.ts';

/** What is signed, by what, as it says itself. */
export interface UnverifiedSignature {
  readonly algorithm: SignatureAlgorithm;
  readonly keyId: string | undefined;
  /** What the signature is over: header, dot, payload, as they came. */
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/** A signature with its payload, still in base64url. */
export interface SignedPayload extends UnverifiedSignature {
  readonly payload: string;
}

/** Characters; as STS has it for WebIdentityToken. */
const longestToken = 20_000;
const longestKeyId = 512;

const malformed = (problem: string): Refusal => refuse('token-malformed', { problem });

/** UTF-8 that is none is refused instead of repaired: repaired claims are not what the cluster signed. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is wrong with it in words, which takes a reader that counts lines and columns; undefined where it is no text. */
function problemOf(bytes: Uint8Array): string | undefined {
  try {
    const json = parseStrictJson(utf8.decode(bytes));
    return 'problem' in json ? json.problem : 'it is not taken';
  } catch {
    return undefined;
  }
}

/** @param name `header` or `payload`, for the refusal */
export function decodeObject(part: string, name: string): JsonObject | Refusal {
  const bytes = decodeBase64url(part);
  const json = bytes && parseUnambiguousJson(bytes, shapeOfJson(bytes));
  if (json && 'value' in json) return isObject(json.value) ? json.value : malformed(`its ${name} is no JSON object`);
  const problem = bytes && problemOf(bytes);
  return malformed(
    problem === undefined
      ? `its ${name} is not UTF-8 in base64url without padding`
      : `its ${name} is not JSON: ${problem}`,
  );
}

type HeaderRule = (header: JsonObject) => Refusal | undefined;

/** RFC 8725, section 3.1: only algorithms of the list, whatever the token asks for. */
const algorithmIsTaken: HeaderRule = ({ alg }) =>
  isText(alg) && signatureAlgorithms.has(alg)
    ? undefined
    : refuse('token-algorithm-refused', { algorithm: isText(alg) ? alg : 'no text' });

/** RFC 7515, section 4.1.11: no extension is understood here, so a token that insists on one is invalid. */
const demandsNoExtension: HeaderRule = (header) =>
  Object.hasOwn(header, 'crit') ? refuse('token-header-refused', { parameter: 'crit' }) : undefined;

/** RFC 8725, section 3.10: keys come from the issuer's registration, never from the token or an address inside it. */
const bringsNoKey: HeaderRule = (header) => {
  const parameter = ['jwk', 'jku', 'x5u', 'x5c'].find((name) => Object.hasOwn(header, name));
  return parameter === undefined ? undefined : refuse('token-header-refused', { parameter });
};

const keyIdIsText: HeaderRule = ({ kid }) =>
  kid === undefined || (isText(kid) && kid.length <= longestKeyId)
    ? undefined
    : malformed(`its kid is no text of 1 to ${longestKeyId} characters`);

const headerRules: readonly HeaderRule[] = [algorithmIsTaken, demandsNoExtension, bringsNoKey, keyIdIsText];

/** Header and payload end here; undefined unless there are exactly three parts (five are a JWE, one is a JSON form). */
function findDots(jwt: string): readonly [number, number] | undefined {
  const first = jwt.indexOf('.');
  const second = jwt.indexOf('.', first + 1);
  const severed = first < 0 || second < 0 || jwt.includes('.', second + 1);
  return severed ? undefined : [first, second];
}

/**
 * Takes a signed token apart and judges its form alone, the cheapest check first: length, parts, header, signature. The
 * `typ` says nothing that counts. The caller has trimmed it.
 */
export function readSignature(jws: string): SignedPayload | Refusal {
  if (jws.length > longestToken) return refuse('token-too-long', { limit: longestToken });
  const dots = findDots(jws);
  if (!dots) return malformed('it does not have three parts (header, payload, signature) between two dots');
  const [first, second] = dots;
  const header = decodeObject(jws.slice(0, first), 'header');
  if (header instanceof Refusal) return header;
  for (const rule of headerRules) {
    const refusal = rule(header);
    if (refusal) return refusal;
  }
  const signature = decodeBase64url(jws.slice(second + 1));
  if (!signature) return malformed('its signature is not base64url without padding');
  const { alg, kid } = header;
  const algorithm = isText(alg) ? signatureAlgorithms.get(alg) : undefined;
  if (!algorithm) return refuse('token-algorithm-refused', { algorithm: 'no text' });
  return {
    algorithm,
    keyId: isText(kid) ? kid : undefined,
    payload: jws.slice(first + 1, second),
    signingInput: Buffer.from(jws.slice(0, second), 'latin1'),
    signature,
  };
}
