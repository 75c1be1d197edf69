import { createPrivateKey, X509Certificate } from 'node:crypto';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';

const now = Date.UTC(2026, 10, 21);
const dayMs = 86_400_000;
const names = {
  commonName: 'podiam-webhook',
  dnsNames: ['podiam-webhook.podiam-system.svc', 'podiam-webhook.podiam-system.svc.cluster.local'],
  ipAddresses: ['10.96.0.7', 'fd00::7'],
};

let made: SelfSignedServer;
let authority: X509Certificate;
let leaf: X509Certificate;

beforeAll(async () => {
  made = await selfSignedServer(names, { now, days: 90 });
  authority = new X509Certificate(made.caCertificate);
  leaf = new X509Certificate(made.certificate);
});

test('the leaf is issued and signed by the authority, which signed itself', () => {
  expect(leaf.checkIssued(authority)).toBe(true);
  expect(leaf.verify(authority.publicKey)).toBe(true);
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect([authority.ca, leaf.ca]).toEqual([true, false]);
});

test('the private key is the leaf’s and on P-256; the authority’s is nowhere', () => {
  const key = createPrivateKey(made.privateKey);
  expect(leaf.checkPrivateKey(key)).toBe(true);
  expect(authority.checkPrivateKey(key)).toBe(false);
  expect(key.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(authority.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(Object.keys(made).toSorted()).toEqual(['caCertificate', 'certificate', 'privateKey']);
  expect(() => createSecureContext({ cert: made.certificate, key: made.privateKey })).not.toThrow();
});

describe('a client that asks for', () => {
  test.each([
    ['podiam-webhook.podiam-system.svc', true],
    ['podiam-webhook.podiam-system.svc.cluster.local', true],
    ['10.96.0.7', true],
    ['podiam-webhook', false],
    ['podiam-webhook.other.svc', false],
    ['10.96.0.8', false],
  ])('%s is content: %s', (host, content) => {
    expect(checkServerIdentity(host, leaf.toLegacyObject()) === undefined).toBe(content);
  });

  test('an IPv6 address is content', () => {
    expect(leaf.checkIP('fd00::7')).toBe('fd00::7');
  });
});

test('both are valid from a little before now, for clocks that are behind, to the day asked for', () => {
  for (const certificate of [authority, leaf]) {
    expect(certificate.validFromDate.getTime()).toBe(now - 5 * 60_000);
    expect(certificate.validToDate.getTime()).toBe(now + 90 * dayMs);
  }
});

test('the leaf serves TLS and nothing else; serial numbers are 128 bits and differ', () => {
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(leaf.serialNumber).not.toBe(authority.serialNumber);
});

test('two calls share nothing', async () => {
  const other = await selfSignedServer(names, { now, days: 90 });
  expect(new X509Certificate(other.certificate).verify(authority.publicKey)).toBe(false);
  expect(other.privateKey).not.toBe(made.privateKey);
});

test('no names at all, for a certificate that only its pinned bytes identify, is possible', async () => {
  const bare = await selfSignedServer({ commonName: 'x', dnsNames: [], ipAddresses: [] }, { now, days: 1 });
  expect(new X509Certificate(bare.certificate).subjectAltName ?? '').toBe('');
});
