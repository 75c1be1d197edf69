// Refusals of service-account tokens (TOKEN #1) and of the keys that verify them.
import { rows } from './row.ts';

export const tokenRows = rows({
  'jwks-too-large': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'The key set has more than {limit} {what}.',
    remedy: 'Publish only the keys that sign tokens now and those whose tokens still live.',
  },
  'jwks-malformed': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'The key set is no JWK Set: {problem}.',
    remedy: 'Give what the cluster serves at /openid/v1/jwks, as kubectl get --raw /openid/v1/jwks prints it.',
  },
  'jwks-secret': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'The key set holds a private or symmetric key ({key}).',
    remedy: 'Whoever has seen it can sign tokens: replace that signing key, then publish public keys only.',
  },
  'jwks-key-id-repeated': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'Two different keys of the key set have the kid {key}.',
    remedy: 'Give each key a kid of its own.',
  },
  'jwks-without-key': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'No key of the key set can verify tokens: {reasons}.',
    remedy: 'Publish RSA keys of 2048 bits or more, or EC keys on P-256, P-384 or P-521, with use sig.',
  },
  'token-too-long': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token has more than {limit} characters.',
    remedy: 'Send the service-account token that the cluster projected into the pod.',
  },
  'token-malformed': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token is no signed JWT: {problem}.',
    remedy: 'Send the content of the pod’s token file as it is.',
  },
  'token-algorithm-refused': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token’s alg is {algorithm}, which is not taken.',
    remedy: 'Sign with RS256, RS384, RS512, ES256, ES384 or ES512, as the key’s type has it.',
  },
  'token-header-refused': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token’s header has {parameter}, which is not taken.',
    remedy: 'Sign without it; keys come from the issuer’s registration only.',
  },
  'token-key-unnamed': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token names no key, and not exactly one of the issuer’s keys fits it.',
    remedy: 'Sign with a kid in the header, as Kubernetes does.',
  },
  'token-key-unknown': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The issuer’s registered keys have none with the kid {keyId}.',
    remedy: 'Register the cluster’s current key set; it changes when the cluster’s signing key is rotated.',
  },
  'token-algorithm-unfit': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token’s alg {algorithm} does not fit the key {keyId}.',
    remedy: 'Sign with the algorithm that the published key is for.',
  },
  'token-signature-invalid': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token’s signature is not by the issuer’s key.',
    remedy: 'Send a token of the cluster whose keys are registered, whole and unchanged.',
  },
  'token-claim-malformed': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token’s claim {claim} is not {expected}.',
    remedy: 'Send a token from the cluster’s TokenRequest API, as projected volumes carry it.',
  },
  'token-issuer-other': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token’s iss is {issuer}, not {expected}.',
    remedy: 'Register the issuer exactly as the cluster writes it: scheme, case, port and last slash count.',
  },
  'token-audience-other': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'Incorrect token audience: {audience}.',
    remedy: 'Project the token with one audience, {expected}, and no other.',
  },
  'token-expired': {
    status: 400,
    wire: 'ExpiredTokenException',
    sentence: 'Token expired: it was good until {expiry}, and it is {now}.',
    remedy: 'Read the token file anew; the kubelet renews it before it expires.',
  },
  'token-not-yet-valid': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'The token’s {claim} lies in the future: {time}.',
    remedy: 'Set the clocks of the cluster and of the platform by NTP.',
  },
});
