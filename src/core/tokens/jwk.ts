// One JSON Web Key of a published set: is it a key that may verify tokens, and if not, what is wrong with it?
import { createPublicKey, type KeyObject } from 'node:crypto';
import { algorithmsFor, type SignatureAlgorithm } from './algorithms.ts';
import { decodeBase64url } from './base64url.ts';
import { isText, type JsonObject } from './json.ts';
import { kubernetesKeyId } from './public-jwk.ts';
import { isPredictable } from './roca.ts';

export interface VerificationKey {
  readonly keyId: string | undefined;
  readonly key: KeyObject;
  /** Those that the key's own type allows; only its `alg`, where it names one. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** SHA-256 over the key itself, in base64url: the same wherever and under whatever name it was published. */
  readonly fingerprint: string;
}

/** What only the owner of a key may hold (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const fewestModulusBits = 2048;
/** Verifying takes time quadratic in the modulus and linear in the exponent's bits: a set must not choose both freely. */
const mostModulusBits = 8192;
const largestExponent = 2n ** 32n;
const longestKeyId = 512;

/** RFC 7518, section 6.2.1: coordinates have the curve's full length. */
const coordinateBytes: ReadonlyMap<unknown, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
]);

export function holdsSecret(jwk: JsonObject): boolean {
  return secretMembers.some((member) => Object.hasOwn(jwk, member));
}

type Objection = (jwk: JsonObject) => string | undefined;

const useIsOther: Objection = ({ use }) =>
  use === undefined || use === 'sig' ? undefined : 'its use is not sig (signatures)';

const operationsAreOther: Objection = ({ key_ops: operations }) =>
  operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
    ? undefined
    : 'its key_ops do not have verify';

const keyIdIsMalformed: Objection = ({ kid }) =>
  kid === undefined || (isText(kid) && kid.length <= longestKeyId)
    ? undefined
    : `its kid is no text of 1 to ${longestKeyId} characters`;

const typeIsUnknown: Objection = ({ kty, crv }) => {
  if (kty === 'RSA') return undefined;
  if (kty !== 'EC') return 'its kty is neither RSA nor EC';
  return coordinateBytes.has(crv) ? undefined : 'its crv is none of P-256, P-384, P-521';
};

const numbersAreMalformed: Objection = ({ kty, crv, n, e, x, y }) => {
  const numbers = kty === 'RSA' ? { n, e } : { x, y };
  const length = kty === 'RSA' ? undefined : coordinateBytes.get(crv);
  for (const [member, value] of Object.entries(numbers)) {
    const bytes = isText(value) ? decodeBase64url(value) : undefined;
    if (!bytes) return `its ${member} is no base64url text`;
    if (length !== undefined && bytes.length !== length) return `its ${member} is not ${length} bytes long`;
  }
  return undefined;
};

const objections: readonly Objection[] = [
  useIsOther,
  operationsAreOther,
  keyIdIsMalformed,
  typeIsUnknown,
  numbersAreMalformed,
];

/** With the exponent 1 every text is its own signature; an even one is no RSA at all. */
function rsaObjection(key: KeyObject, { n }: JsonObject): string | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < fewestModulusBits)
    return `it has ${modulusLength} bits; ${fewestModulusBits} are the fewest taken`;
  if (modulusLength > mostModulusBits) return `it has ${modulusLength} bits; ${mostModulusBits} are the most taken`;
  const sound = publicExponent >= 3n && publicExponent <= largestExponent && publicExponent % 2n === 1n;
  if (!sound) return 'its exponent is not an odd number from 3 to 2^32';
  const modulus = isText(n) ? decodeBase64url(n) : undefined;
  return modulus && !isPredictable(modulus) ? undefined : 'its private key can be computed (CVE-2017-15361)';
}

const text = (value: unknown) => (isText(value) ? value : '');

function keyObject({ kty, crv, n, e, x, y }: JsonObject): KeyObject | undefined {
  const jwk =
    kty === 'RSA' ? { kty: 'RSA', n: text(n), e: text(e) } : { kty: 'EC', crv: text(crv), x: text(x), y: text(y) };
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** The key, or why it is left out, as the rest of a sentence that begins with the key's name. */
export function readJwk(jwk: JsonObject): VerificationKey | string {
  for (const objection of objections) {
    const problem = objection(jwk);
    if (problem !== undefined) return problem;
  }
  const key = keyObject(jwk);
  if (!key) return 'its numbers are no public key';
  const weakness = key.asymmetricKeyType === 'rsa' ? rsaObjection(key, jwk) : undefined;
  if (weakness !== undefined) return weakness;
  const { alg, kid } = jwk;
  const algorithms = algorithmsFor(key).filter(({ name }) => alg === undefined || alg === name);
  if (algorithms.length === 0) return 'its alg does not fit its type';
  return { keyId: isText(kid) ? kid : undefined, key, algorithms, fingerprint: kubernetesKeyId(key) };
}
