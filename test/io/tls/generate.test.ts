import { X509Certificate } from 'node:crypto';
import { checkServerIdentity } from 'node:tls';
import { expect, test } from 'vitest';
import { issueLeaf, makeAuthority } from '../../../src/io/tls/index.ts';

const validity = { notBefore: Date.UTC(2026, 10, 21), notAfter: Date.UTC(2027, 1, 19) };
const names = { commonName: 'podiam-webhook', dnsNames: ['podiam-webhook.podiam-system.svc'], ipAddresses: [] };

test('a leaf that an authority issues later is signed by it, and fits its own key only', async () => {
  const authority = await makeAuthority('podiam-webhook', validity);
  const period = { notBefore: validity.notBefore, notAfter: Date.UTC(2026, 11, 1) };
  const issued = await issueLeaf(authority, names, period);
  const [ca, leaf] = [new X509Certificate(authority.certificate), new X509Certificate(issued.certificate)];
  expect([leaf.checkIssued(ca), leaf.verify(ca.publicKey), ca.ca, leaf.ca]).toEqual([true, true, true, false]);
  expect(checkServerIdentity('podiam-webhook.podiam-system.svc', leaf.toLegacyObject())).toBeUndefined();
  expect([leaf.validFromDate.getTime(), leaf.validToDate.getTime()]).toEqual([period.notBefore, period.notAfter]);
  const again = await issueLeaf(authority, names, period);
  expect(again.privateKey).not.toBe(issued.privateKey);
  expect(new X509Certificate(again.certificate).serialNumber).not.toBe(leaf.serialNumber);
});

test('two authorities for one server differ in name, key and serial number', async () => {
  const [one, two] = await Promise.all([makeAuthority('podiam', validity), makeAuthority('podiam', validity)]);
  const [first, second] = [new X509Certificate(one.certificate), new X509Certificate(two.certificate)];
  expect(first.subject).not.toBe(second.subject);
  expect(first.subject).toMatch(/^CN=podiam CA [0-9a-f]{12}$/);
  expect(first.verify(second.publicKey)).toBe(false);
});

test('the name of an authority stays within the 64 characters that a common name may have', async () => {
  const { certificate } = await makeAuthority('x'.repeat(58), validity);
  expect(new X509Certificate(certificate).subject.length).toBeLessThanOrEqual('CN='.length + 64);
});
