import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import {
  keyEncryptionKeys,
  openReviewerToken,
  openSecret,
  reviewerTokenName,
  sealReviewerToken,
  sealSecret,
  secretPurposes,
} from '../../../src/core/registry/index.ts';

const place = { accountId: '111122223333', issuerId: 'a1b2', url: 'https://api.example.com:6443' };
const [older, newer] = [randomBytes(32), randomBytes(32)];
const keys = keyEncryptionKeys([older]);
const sealed = sealReviewerToken('the-token', place, keys, randomBytes(12));

test('opens where it was sealed for', () => {
  expect(openReviewerToken(sealed, place, keys)).toBe('the-token');
  expect(Buffer.from(sealed.sealed).includes('the-token')).toBe(false);
});

test.each([
  ['A16 for another account', { ...place, accountId: '444455556666' }],
  ['A16 for another issuer of the account', { ...place, issuerId: 'a1b3' }],
  ['A18 for another server, whatever the settings on record say', { ...place, url: 'https://evil.example.com' }],
  ['A18 for another port', { ...place, url: 'https://api.example.com:6444' }],
])('does not open: %s', (_, other) => {
  const outcome = openReviewerToken(sealed, other, keys);
  expect(outcome instanceof Refusal && outcome.code).toBe('envelope-unopened');
});

test('is encrypted anew as every secret of the registry is', () => {
  const both = keyEncryptionKeys([newer, older]);
  const purpose = secretPurposes.named(reviewerTokenName(place.accountId, place.issuerId));
  const secret = openSecret(sealed, both, purpose);
  if (secret instanceof Refusal) throw new Error(secret.code);
  const anew = sealSecret(secret, both, { purpose, nonce: randomBytes(12) });
  expect(openReviewerToken(anew, place, keyEncryptionKeys([newer]))).toBe('the-token');
});
