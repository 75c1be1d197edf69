// What a cluster publishes and signs: held against what kube-apiserver does.
import { createHash, createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  discoveryDocument,
  judgeClaims,
  kubernetesKeyId,
  readClaims,
  serviceAccountClaims,
} from '../../../src/core/tokens/index.ts';
import { accepted, issuer, now, publicJwks, signed, signerFor, signers, verify } from './issuer.ts';

test('a key id is base64url of the SHA-256 over the DER of the SubjectPublicKeyInfo', () => {
  // The key of RFC 7515, appendix A.3; its DER is the fixed head of P-256 keys, then the point.
  const x = 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU';
  const y = 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0';
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const spki = Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), point]);
  expect(kubernetesKeyId(key)).toBe(createHash('sha256').update(spki).digest('base64url'));
  expect(kubernetesKeyId(signerFor('RS256').privateKey)).toBe(kubernetesKeyId(signerFor('RS256').publicKey));
  expect(kubernetesKeyId(key)).toMatch(/^[\w-]{43}$/);
});

test('the discovery document has exactly the members of kube-apiserver’s, the algorithms sorted, each once', () => {
  const keys = publicJwks(signers.toReversed().concat(signers));
  const document = discoveryDocument({ issuer, jwksUri: 'https://10.0.0.1:6443/openid/v1/jwks', keys });
  expect(JSON.stringify(document)).toBe(
    '{"issuer":"https://cluster.example/id","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks",' +
      '"response_types_supported":["id_token"],"subject_types_supported":["public"],' +
      '"id_token_signing_alg_values_supported":["ES256","ES384","ES512","RS256","RS384","RS512"]}',
  );
});

describe('claims of a service-account token', () => {
  const request = {
    issuer,
    audiences: ['vultr'],
    issuedAt: 1_763_683_200,
    expirationSeconds: 3607,
    tokenId: '3c8cf1f0-9f5c-4a0e-a3a4-27d7ab0a0f16',
    namespace: 'dev',
    serviceAccount: { name: 's3', uid: 'u1' },
    pod: { name: 's3-7d9f', uid: 'u2' },
    node: { name: 'node1', uid: 'u3' },
  };

  test('are those of the TokenRequest API, in its order', () => {
    expect(JSON.stringify(serviceAccountClaims(request))).toBe(
      '{"aud":["vultr"],"exp":1763686807,"iat":1763683200,"iss":"https://cluster.example/id",' +
        '"jti":"3c8cf1f0-9f5c-4a0e-a3a4-27d7ab0a0f16","kubernetes.io":{"namespace":"dev",' +
        '"node":{"name":"node1","uid":"u3"},"pod":{"name":"s3-7d9f","uid":"u2"},' +
        '"serviceaccount":{"name":"s3","uid":"u1"}},"nbf":1763683200,"sub":"system:serviceaccount:dev:s3"}',
    );
  });

  test('come back from a signed token as they went in', async () => {
    const verified = accepted(verify(await signed(signerFor('RS256'), serviceAccountClaims(request))));
    const claims = accepted(judgeClaims(accepted(readClaims(verified)), { issuer, audiences: ['vultr'], now }));
    const { namespace, serviceAccount, pod, node } = request;
    expect(claims.kubernetes).toEqual({ namespace, serviceAccount, pod, node });
  });
});
