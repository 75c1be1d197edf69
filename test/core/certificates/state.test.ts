import { beforeAll, describe, expect, test } from 'vitest';
import {
  type CertificateState,
  fingerprintsOf,
  isOthers,
  readCertificates,
  readServingPair,
  readState,
  remnantOf,
  type SecretData,
  writeState,
} from '../../../src/core/certificates/index.ts';
import { type CertifiedKey, issueLeaf, makeAuthority } from '../../../src/io/tls/index.ts';

const names = { commonName: 'podiam', dnsNames: ['podiam.svc'], ipAddresses: ['127.0.0.1', 'fd00::7'] };
const validity = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2036, 0, 1) };

let one: CertifiedKey;
let two: CertifiedKey;
let leaf: CertifiedKey;

beforeAll(async () => {
  one = await makeAuthority('podiam', validity);
  two = await makeAuthority('podiam', validity);
  leaf = await issueLeaf(one, names, validity);
});

const secret = (changes: SecretData = {}): SecretData => ({
  'ca.crt': one.certificate + two.certificate,
  'ca.key': two.privateKey + one.privateKey,
  'tls.crt': leaf.certificate,
  'tls.key': leaf.privateKey,
  'previous-ca.until': '2026-11-21T00:00:00.000Z',
  ...changes,
});

const brief = ({ authorities, leaf, previousUntil }: CertificateState) => ({
  keys: authorities.map(({ key }) => key !== undefined),
  leaf: leaf !== undefined,
  until: previousUntil,
});

const until = Date.UTC(2026, 10, 21);

describe('a Secret', () => {
  test.each([
    ['as it is written', {}, { keys: [true, true], leaf: true, until }],
    [
      'without data',
      { 'ca.crt': '', 'ca.key': '', 'tls.crt': '', 'tls.key': '', 'previous-ca.until': '' },
      { keys: [], leaf: false, until: undefined },
    ],
    ['whose authorities are no PEM', { 'ca.crt': 'nonsense' }, { keys: [], leaf: true, until }],
    ['whose keys are gone', { 'ca.key': '' }, { keys: [false, false], leaf: true, until }],
    [
      'whose keys are garbage',
      { 'ca.key': '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----' },
      { keys: [false, false], leaf: true, until },
    ],
    [
      'whose certificate is cut off',
      { 'tls.crt': '-----BEGIN CERTIFICATE-----\nMIIB' },
      { keys: [true, true], leaf: false, until },
    ],
    [
      'whose certificate’s body is damaged',
      { 'tls.crt': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----' },
      { keys: [true, true], leaf: false, until },
    ],
    ['whose key is missing', { 'tls.key': '' }, { keys: [true, true], leaf: false, until }],
    ['with a time that is none', { 'previous-ca.until': 'soon' }, { keys: [true, true], leaf: true, until: undefined }],
  ])('%s is read for what fits together', (_, changes, expected) => {
    expect(brief(readState(secret(changes)))).toEqual(expected);
  });

  test('whose key is of another certificate has no leaf', () => {
    expect(readState(secret({ 'tls.key': one.privateKey })).leaf).toBeUndefined();
  });

  test.each([
    ['alone', { 'ca.crt': '', 'ca.key': '' }, true],
    ['beside an authority that did not sign it', { 'ca.crt': 'two' }, true],
    ['with its authority, whose key is not there', { 'ca.crt': 'one', 'ca.key': '' }, true],
    ['with its authority and its key', { 'ca.crt': 'one' }, false],
  ])('with a pair %s: whether it is of others', (_, { 'ca.crt': ca, ...rest }, expected) => {
    const authorities: Readonly<Record<string, string>> = { one: one.certificate, two: two.certificate };
    expect(isOthers(readState(secret({ 'ca.crt': authorities[ca] ?? '', ...rest })))).toBe(expected);
  });

  test('keeps what is between the leaf and its authority', () => {
    const chain = leaf.certificate + two.certificate;
    const state = readState(secret({ 'ca.crt': '', 'ca.key': '', 'tls.crt': chain }));
    expect([state.leaf?.chain, writeState(state)['tls.crt']]).toEqual([chain, chain]);
  });

  test('with a leaf in place of an authority, or three of them, has none', () => {
    expect(readState(secret({ 'ca.crt': leaf.certificate })).authorities).toEqual([]);
    expect(readState(secret({ 'ca.crt': one.certificate + two.certificate + one.certificate })).authorities).toEqual(
      [],
    );
  });

  test('says after it was written what it said before', () => {
    const data = writeState(readState(secret()));
    expect(data).toEqual(secret({ 'ca.key': one.privateKey + two.privateKey }));
    expect(writeState(readState(data))).toEqual(data);
  });

  test('that was deleted leaves the leaf and who is trusted for it, and no key of an authority', () => {
    const remnant = remnantOf(readState(secret()));
    expect(brief(remnant)).toEqual({ keys: [false], leaf: true, until: undefined });
    expect(remnant.authorities[0]?.certificate.pem).toBe(one.certificate);
    expect(remnantOf(readState({})).authorities).toEqual([]);
    const others = readState(secret({ 'ca.crt': two.certificate }));
    expect(remnantOf(others)).toMatchObject({ authorities: [], leaf: others.leaf });
  });
});

describe('a certificate', () => {
  test.each([
    ['podiam.svc', true],
    ['PODIAM.svc', true],
    ['127.0.0.1', true],
    ['fd00::7', true],
    ['podiam', false],
    ['a.podiam.svc', false],
    ['127.0.0.2', false],
    ['', false],
  ])('covers %s: %s', (name, covered) => {
    const read = readServingPair(leaf.certificate, leaf.privateKey, 'here');
    expect('leaf' in read && read.leaf.covers(name)).toBe(covered);
  });

  test('is of the authority whose key signed it, and of no other, whatever it is called', () => {
    const [first] = [...(certificates(leaf.certificate) ?? [])];
    const [ca1] = [...(certificates(one.certificate) ?? [])];
    const [ca2] = [...(certificates(two.certificate) ?? [])];
    if (!first || !ca1 || !ca2) throw new Error('unread');
    expect([first.isIssuedBy(ca1), first.isIssuedBy(ca2), first.isIssuedBy(first), ca1.isAuthority]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

function certificates(text: string) {
  const read = readCertificates(text, 'here');
  return 'code' in read ? undefined : read;
}

describe('A21 a text that is no chain', () => {
  test.each([
    ['long', '-----BEGIN CERTIFICATE-----\n'.repeat(20_000)],
    ['many', '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n'.repeat(1000)],
    ['begun and begun', '-----BEGIN CERTIFICATE-----'.repeat(5000)],
    ['empty', ''],
  ])('%s is refused by its form', (_, text) => {
    expect(readCertificates(text, 'tls.crt')).toMatchObject({ code: 'certificate-unreadable' });
    expect(fingerprintsOf(text).size).toBe(0);
  });
});

test('a pair that does not fit, and one whose key is encrypted or no key, is refused without a word of the key', () => {
  for (const key of [
    one.privateKey,
    'nonsense',
    '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n',
  ]) {
    const refused = readServingPair(leaf.certificate, key, 'tls.crt and tls.key');
    expect(refused).toMatchObject({ code: 'certificate-key-mismatch' });
    expect(JSON.stringify(refused)).not.toContain(key.slice(30, 60) || key);
  }
});
