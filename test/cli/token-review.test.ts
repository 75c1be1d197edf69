// Asking clusters over the registry: what is on record decides who is asked, and what is not there is no yes.
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { openTokenReviews } from '../../src/cli/platform/token-review.ts';
import { type KeyEncryptionKeys, keyEncryptionKeys, sealReviewerToken } from '../../src/core/registry/index.ts';
import { must, newClusterKey, newPlatform, noon } from '../features/platform.ts';
import { startReviewServer } from '../io/kubernetes/review-server.ts';

const issuerUrl = 'https://oidc.example.com/clusters/1';

async function setUp(keys?: KeyEncryptionKeys) {
  const { lines, newTenant, ports } = newPlatform();
  const server = await startReviewServer();
  const { accountId } = await newTenant(issuerUrl, newClusterKey());
  const { issuers } = ports.registry.account(accountId);
  const reviews = openTokenReviews({
    ...ports,
    ...(keys && { keyEncryptionKeys: keys }),
    reviewLimits: { timeoutMs: 20_000, allowsPrivate: true },
  });
  onTestFinished(reviews.stop);
  const place = { accountId, issuerId: (await issuers.withUrl(issuerUrl))[0]?.id ?? '', url: server.url };
  const seal = (of: Partial<typeof place> = {}) =>
    sealReviewerToken('a-token', { ...place, ...of }, ports.keyEncryptionKeys, randomBytes(12));
  const { certificateAuthority, url } = server;
  const settings = { tokenReview: { url, certificateAuthority } };
  const change = async (reviewerToken: ReturnType<typeof seal> | null) =>
    must(await issuers.update(place.issuerId, { settings, reviewerToken }, { at: noon }));
  const ask = async () => {
    const [issuer] = await issuers.withUrl(issuerUrl);
    return issuer && (await reviews.reviewToken(issuer, 'a-pod’s'))?.code;
  };
  const error = () => lines.findLast(({ level }) => level === 'error')?.facts['error'];
  return { ask, change, error, seal, server };
}

const unavailable = 'sts-token-review-unavailable';

test('a cluster is asked as whom it is on record', async () => {
  const { ask, change, seal, server } = await setUp();
  expect([await ask(), server.asked]).toEqual([undefined, []]);
  await change(seal());
  expect(await ask()).toBeUndefined();
  expect(server.asked).toEqual([{ authorization: 'Bearer a-token', token: 'a-pod’s', audiences: ['podiam'] }]);
});

test('A15 a setting without a token on record is no yes, until there is one', async () => {
  const { ask, change, error, seal, server } = await setUp();
  await change(null);
  expect([await ask(), server.asked]).toEqual([unavailable, []]);
  expect(error()).toContain('the issuer has no reviewer’s token on record');
  await change(seal());
  expect(await ask()).toBeUndefined();
});

test('A15 a token under a key-encryption key that is not there is no yes', async () => {
  const { ask, change, error, seal, server } = await setUp(keyEncryptionKeys([randomBytes(32)]));
  await change(seal());
  expect([await ask(), server.asked]).toEqual([unavailable, []]);
  expect(error()).toContain('key-encryption-key-unknown');
});

test('A18 a token that was given for another server goes nowhere, though the settings on record were changed', async () => {
  const { ask, change, error, seal, server } = await setUp();
  await change(seal({ url: 'https://api.example.com' }));
  expect([await ask(), server.asked]).toEqual([unavailable, []]);
  expect(error()).toContain('the reviewer’s token was given for another API server');
});
