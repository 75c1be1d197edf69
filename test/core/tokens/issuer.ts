// A cluster's issuer for the tests: key pairs of every kind, their published set, and tokens signed with jose.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import { Refusal } from '../../../src/core/refusals/index.ts';
import {
  type KeySet,
  kubernetesKeyId,
  parseJwks,
  publicJwk,
  readToken,
  verifySignature,
} from '../../../src/core/tokens/index.ts';

export interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function signer(alg: string, { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): Signer {
  return { alg, kid: `${kubernetesKeyId(publicKey)}-${alg}`, privateKey, publicKey };
}

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

export const signers: readonly Signer[] = [
  signer('RS256', rsa()),
  signer('RS384', rsa()),
  signer('RS512', rsa()),
  signer('ES256', ec('P-256')),
  signer('ES384', ec('P-384')),
  signer('ES512', ec('P-521')),
];

export const strangers: readonly Signer[] = [signer('RS256', rsa()), signer('ES256', ec('P-256'))];

/** Unwraps what must not be a refusal. */
export function accepted<Value>(value: Value | Refusal): Value {
  if (value instanceof Refusal) throw new Error(value.explain());
  return value;
}

export const codeOf = (value: unknown) => (value instanceof Refusal ? value.code : 'accepted');

export const publicJwks = (keys: readonly Signer[]) =>
  keys.map(({ publicKey, kid, alg }) => publicJwk(publicKey, kid, alg));

export const jwkSet = (keys: readonly Signer[]) => JSON.stringify({ keys: publicJwks(keys) });

export const keySet: KeySet = accepted(parseJwks(jwkSet(signers)));

export function signerFor(alg: string): Signer {
  const found = signers.find((candidate) => candidate.alg === alg);
  if (!found) throw new Error(`no key for ${alg}`);
  return found;
}

export const issuer = 'https://cluster.example/id';
/** 2025-11-21T00:00:00Z */
export const now = 1_763_683_200_000;
export const claims = {
  aud: ['podiam'],
  exp: now / 1000 + 3600,
  iat: now / 1000,
  iss: issuer,
  'kubernetes.io': {
    namespace: 'dev',
    node: { name: 'node1', uid: 'f9dd4ba5-2f9a-4b44-8b5b-6b8f2a1f2b0e' },
    pod: { name: 's3-7d9f', uid: '6a2ce2ad-22f7-4a1c-9f3b-6c4a9ed4a9f1' },
    serviceaccount: { name: 's3', uid: '0f8d3c4e-8d1c-4b8f-9a53-0c5ff8b6a8d2' },
  },
  nbf: now / 1000,
  sub: 'system:serviceaccount:dev:s3',
};

/** Compact serialization by jose, of any payload under any header that jose takes. */
export function signed(
  { alg, kid, privateKey }: Signer,
  payload: unknown = claims,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const bytes = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return new CompactSign(Buffer.from(bytes)).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

/** What becomes of a token up to its signature. */
export function verify(jwt: string, keys: KeySet = keySet) {
  const token = readToken(jwt);
  return token instanceof Refusal ? token : verifySignature(token, keys);
}
