// Making certificates: P-256 keys and the profile of RFC 5280, sections 4.2.1.1 to 4.2.1.12.
import { webcrypto } from 'node:crypto';
import type { ServerNames, Validity } from '../../core/certificates/index.ts';
import { provideMetadata } from './metadata.ts';

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Both in PEM, the key as PKCS #8. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Loaded only when a certificate is made: it takes a fifth of a second, which no other start should pay. */
function loadX509() {
  provideMetadata();
  return import('@peculiar/x509');
}

/** 128 random bits, positive and without a leading zero byte (RFC 5280, section 4.1.2.2), in hexadecimal. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

const datesOf = ({ notBefore, notAfter }: Validity) => ({
  notBefore: new Date(notBefore),
  notAfter: new Date(notAfter),
});

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const x509 = await loadX509();
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** The subject has a part of the serial number: two authorities during a change-over are told apart by name, too. */
const authorityName = (commonName: string, serial: string) => `${commonName.slice(0, 48)} CA ${serial.slice(0, 12)}`;

/** An authority that signs leaves only, with a key of its own. */
export async function makeAuthority(commonName: string, validity: Validity): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const serial = serialNumber();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...datesOf(validity),
    name: [{ CN: [authorityName(commonName, serial)] }],
    keys,
    signingAlgorithm: p256,
    serialNumber: serial,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: await privateKeyPem(keys.privateKey) };
}

function alternativeNames({ dnsNames, ipAddresses }: ServerNames) {
  const names = dnsNames.map((value) => ({ type: 'dns', value }) as const);
  return [...names, ...ipAddresses.map((value) => ({ type: 'ip', value }) as const)];
}

/** Whom a leaf lets its holder be (RFC 5280, section 4.2.1.12). */
type LeafUse = 'serverAuth' | 'clientAuth';

/** A server's or a client's certificate of that authority, with a key of its own. */
export async function issueLeaf(
  authority: CertifiedKey,
  names: ServerNames,
  validity: Validity,
  use: LeafUse = 'serverAuth',
): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const { subtle } = webcrypto;
  const keys = await subtle.generateKey(p256, true, ['sign', 'verify']);
  const signer = new x509.X509Certificate(authority.certificate);
  const signingKey = x509.PemConverter.decodeFirst(authority.privateKey);
  const certificate = await x509.X509CertificateGenerator.create({
    ...datesOf(validity),
    subject: [{ CN: [names.commonName] }],
    issuer: signer.subject,
    publicKey: keys.publicKey,
    signingKey: await subtle.importKey('pkcs8', signingKey, p256, false, ['sign']),
    signingAlgorithm: p256,
    serialNumber: serialNumber(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[use]]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(names)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: await privateKeyPem(keys.privateKey) };
}
