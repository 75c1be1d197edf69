// The decision over a verified token's claims, as a table.
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { type ClaimExpectations, judgeClaims, readClaims } from '../../../src/core/tokens/index.ts';
import { accepted, claims, codeOf, issuer, now, signed, signerFor, verify } from './issuer.ts';

const expected: ClaimExpectations = { issuer, audiences: ['podiam', 'sts.amazonaws.com'], now };

/** Claims travel as JSON: a member that is undefined is left out. */
async function judge(changes: Readonly<Record<string, unknown>>, expectations: Partial<ClaimExpectations> = {}) {
  const verified = accepted(verify(await signed(signerFor('ES256'), { ...claims, ...changes })));
  const stated = readClaims(verified);
  return stated instanceof Refusal ? stated : judgeClaims(stated, { ...expected, ...expectations });
}

describe('a token as the kubelet projects it', () => {
  test('gives issuer, subject, audience, end and what Kubernetes says', async () => {
    expect(await judge({})).toEqual({
      issuer,
      subject: 'system:serviceaccount:dev:s3',
      audience: 'podiam',
      expiresAt: now + 3_600_000,
      kubernetes: {
        namespace: 'dev',
        serviceAccount: claims['kubernetes.io'].serviceaccount,
        pod: claims['kubernetes.io'].pod,
        node: claims['kubernetes.io'].node,
      },
      authorizedParty: undefined,
      methods: [],
      requestedTags: undefined,
      sourceIdentity: undefined,
    });
  });

  const tagsClaim = 'https://aws.amazon.com/tags';
  const identityClaim = 'https://aws.amazon.com/source_identity';

  test('of other issuers can carry what the session is to be tagged with, and who is behind it', async () => {
    const principal_tags = { team: ['web'], stage: 'test' };
    const changes = { [tagsClaim]: { principal_tags, transitive_tag_keys: ['team'] }, [identityClaim]: 'alice' };
    expect(await judge({ ...changes, azp: 'app-1', amr: ['authenticated'] })).toMatchObject({
      authorizedParty: 'app-1',
      methods: ['authenticated'],
      requestedTags: { tags: { team: 'web', stage: 'test' }, transitiveKeys: ['team'] },
      sourceIdentity: 'alice',
    });
  });

  test.each([
    ['tags that are no object', { [tagsClaim]: ['team'] }],
    ['a tag with two values', { [tagsClaim]: { principal_tags: { team: ['web', 'db'] } } }],
    ['a tag that is a number', { [tagsClaim]: { principal_tags: { team: 1 } } }],
    ['transitive keys that are no list', { [tagsClaim]: { transitive_tag_keys: 'team' } }],
    ['a source identity with a blank', { [identityClaim]: 'al ice' }],
    ['two authorized parties', { azp: ['a', 'b'] }],
    ['a method that is no text', { amr: [1] }],
  ])('A3 %s: the token is refused rather than read without them', async (_, changes) => {
    expect(await judge(changes)).toMatchObject({ code: 'token-claim-malformed' });
  });

  test.each([
    ['aud as a text', { aud: 'podiam' }],
    ['another audience of the issuer’s', { aud: ['sts.amazonaws.com'] }],
    ['no nbf and no iat', { nbf: undefined, iat: undefined }],
    ['times with fractions', { exp: now / 1000 + 0.5 }],
    ['claims that nobody knows', { azp: 'x', warnafter: 1, nonce: {} }],
    ['a subject of another kind, without kubernetes.io', { sub: 'repo:a/b', 'kubernetes.io': undefined }],
  ])('%s is taken', async (_, changes) => {
    expect(codeOf(await judge(changes))).toBe('accepted');
  });
});

describe.each<readonly [string, string, Readonly<Record<string, readonly [unknown, string]>>]>([
  [
    'A3',
    'iss',
    {
      'a last slash more': [`${issuer}/`, 'token-issuer-other'],
      'another case': [issuer.toUpperCase(), 'token-issuer-other'],
      'a port': ['https://cluster.example:443/id', 'token-issuer-other'],
      'a part of it': ['https://cluster.example', 'token-issuer-other'],
      'another scheme': ['http://cluster.example/id', 'token-issuer-other'],
      'a name like it, in other letters': ['https://cluster.ex\u0430mple/id', 'token-issuer-other'],
    },
  ],
  [
    'A4',
    'aud',
    {
      absent: [undefined, 'token-claim-malformed'],
      'an empty text': ['', 'token-claim-malformed'],
      'an empty list': [[], 'token-claim-malformed'],
      null: [null, 'token-claim-malformed'],
      'a list with an empty text': [['podiam', ''], 'token-claim-malformed'],
      'a list in a list': [[['podiam']], 'token-claim-malformed'],
      'an object': [{ podiam: true }, 'token-claim-malformed'],
      'a stranger': ['vault', 'token-audience-other'],
      'the API server’s own': [['https://kubernetes.default.svc'], 'token-audience-other'],
      'a stranger beside ours': [['podiam', 'vault'], 'token-audience-other'],
      'ours behind a stranger': [['https://kubernetes.default.svc', 'podiam'], 'token-audience-other'],
      'two of ours': [['podiam', 'sts.amazonaws.com'], 'token-audience-other'],
      'ours twice': [['podiam', 'podiam'], 'token-audience-other'],
      'ours in another case': ['Podiam', 'token-audience-other'],
      'ours and more': ['podiam ', 'token-audience-other'],
    },
  ],
  [
    'A5',
    'sub',
    {
      absent: [undefined, 'token-claim-malformed'],
      empty: ['', 'token-claim-malformed'],
      'a list': [['system:serviceaccount:dev:s3'], 'token-claim-malformed'],
      'too long': ['s'.repeat(513), 'token-claim-malformed'],
      'of another service account than kubernetes.io': ['system:serviceaccount:dev:admin', 'token-claim-malformed'],
      'of another namespace than kubernetes.io': ['system:serviceaccount:prod:s3', 'token-claim-malformed'],
    },
  ],
  [
    'A7',
    'exp',
    {
      absent: [undefined, 'token-claim-malformed'],
      'a text': [String(claims.exp), 'token-claim-malformed'],
      'before 1970': [-1, 'token-claim-malformed'],
      'in milliseconds': [claims.exp * 1000, 'token-claim-malformed'],
      'now, less the leeway': [now / 1000 - 60, 'token-expired'],
      'long past': [0, 'token-expired'],
    },
  ],
  ['A7', 'nbf', { ahead: [now / 1000 + 61, 'token-not-yet-valid'], 'a text': ['0', 'token-claim-malformed'] }],
  ['A7', 'iat', { ahead: [now / 1000 + 61, 'token-not-yet-valid'], null: [null, 'token-claim-malformed'] }],
  [
    'A15',
    'kubernetes.io',
    {
      'a text': ['dev', 'token-claim-malformed'],
      'without service account': [{ namespace: 'dev' }, 'token-claim-malformed'],
      'with a pod without uid': [{ ...claims['kubernetes.io'], pod: { name: 'p' } }, 'token-claim-malformed'],
      'with a namespace as a number': [{ ...claims['kubernetes.io'], namespace: 1 }, 'token-claim-malformed'],
    },
  ],
])('%s %s', (number, claim, cases) => {
  test.each(Object.entries(cases))(`${number} ${claim} %s is refused`, async (_, [value, code]) => {
    expect(codeOf(await judge({ [claim]: value }))).toBe(code);
  });
});

describe('F19 the leeway is 60 seconds on either side', () => {
  test.each([
    [{ exp: now / 1000 - 59 }, 'accepted'],
    [{ exp: now / 1000 - 60 }, 'token-expired'],
    [{ nbf: now / 1000 + 60 }, 'accepted'],
    [{ iat: now / 1000 + 60 }, 'accepted'],
  ])('%o: %s', async (changes, code) => {
    expect(codeOf(await judge(changes))).toBe(code);
  });

  test('or what the caller says', async () => {
    expect(codeOf(await judge({ exp: now / 1000 }, { leewaySeconds: 0 }))).toBe('token-expired');
    expect(codeOf(await judge({ exp: now / 1000 - 100 }, { leewaySeconds: 101 }))).toBe('accepted');
  });
});

test('a refusal says what was found and what was expected', async () => {
  const refusal = await judge({ aud: ['vault'] });
  expect(refusal).toMatchObject({
    wire: 'InvalidIdentityToken',
    status: 400,
    sentence: 'Incorrect token audience: vault.',
    remedy: 'Project the token with one audience, podiam or sts.amazonaws.com, and no other.',
  });
  expect(await judge({ exp: 0 })).toMatchObject({ wire: 'ExpiredTokenException', status: 400 });
});

test('a node without uid, as the API server signs for one that it does not know, is taken', async () => {
  const judged = accepted(await judge({ 'kubernetes.io': { ...claims['kubernetes.io'], node: { name: 'node1' } } }));
  expect(judged.kubernetes?.node).toEqual({ name: 'node1' });
});
