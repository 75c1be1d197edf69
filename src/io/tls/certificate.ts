// A serving certificate for those who have none yet: a certificate authority made for it alone, whose key is thrown
// away with it, and a leaf that API servers and browsers accept once they trust that authority.
import { webcrypto } from 'node:crypto';
import { provideMetadata } from './metadata.ts';

export interface ServerNames {
  /** For people, up to 58 characters; clients look at the names below alone (RFC 9525, section 6.3). */
  readonly commonName: string;
  /** Such as `podiam-webhook.podiam-system.svc`, by which an API server calls a Service. */
  readonly dnsNames: readonly string[];
  /** IPv4 or IPv6, which clients compare with addresses only, never with DNS names. */
  readonly ipAddresses: readonly string[];
}

export interface SelfSignedServer {
  /** PEM; what clients trust: `caBundle`, `--cacert`, `NODE_EXTRA_CA_CERTS`. */
  readonly caCertificate: string;
  /** PEM; the leaf. */
  readonly certificate: string;
  /** PEM (PKCS #8); the leaf's key. */
  readonly privateKey: string;
}

const dayMs = 86_400_000;

/** Clients’ clocks may be behind ours by this much. */
const backdatedMs = 5 * 60_000;

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * Makes authority and leaf, both with P-256 and valid for `days` from `now` (milliseconds since the epoch), in memory.
 * Profile: RFC 5280, sections 4.2.1.1 to 4.2.1.12.
 */
export async function selfSignedServer(
  names: ServerNames,
  { now, days }: { readonly now: number; readonly days: number },
): Promise<SelfSignedServer> {
  const x509 = await loadX509();
  const { subtle } = webcrypto;
  const authority = await subtle.generateKey(p256, false, ['sign', 'verify']);
  const leaf = await subtle.generateKey(p256, true, ['sign', 'verify']);
  const validity = { notBefore: new Date(now - backdatedMs), notAfter: new Date(now + days * dayMs) };
  const issuer = [{ CN: [`${names.commonName} CA`] }];

  const caCertificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: issuer,
    keys: authority,
    signingAlgorithm: p256,
    serialNumber: serialNumber(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: [{ CN: [names.commonName] }],
    issuer,
    publicKey: leaf.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: p256,
    serialNumber: serialNumber(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(names)),
      await x509.SubjectKeyIdentifierExtension.create(leaf.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const privateKey = x509.PemConverter.encode(await subtle.exportKey('pkcs8', leaf.privateKey), 'PRIVATE KEY');
  return {
    caCertificate: `${caCertificate.toString('pem')}\n`,
    certificate: `${certificate.toString('pem')}\n`,
    privateKey: `${privateKey}\n`,
  };
}

/** Loaded only when a certificate is made: it takes a fifth of a second, which no other start should pay. */
function loadX509() {
  provideMetadata();
  return import('@peculiar/x509');
}

function alternativeNames({ dnsNames, ipAddresses }: ServerNames) {
  const names = dnsNames.map((value) => ({ type: 'dns', value }) as const);
  return [...names, ...ipAddresses.map((value) => ({ type: 'ip', value }) as const)];
}

/** 128 random bits, positive and without a leading zero byte (RFC 5280, section 4.1.2.2), in hexadecimal. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
