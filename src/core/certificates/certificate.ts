// X.509 certificates as the rest of Podiam asks about them (RFC 5280), read from PEM (RFC 7468) that may come from anyone.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { Refusal, refuse } from '../refusals/index.ts';

export interface Certificate {
  /** With a line break at its end. */
  readonly pem: string;
  /** SHA-256 of the DER, in hexadecimal. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** Whether its basic constraints let it sign others. */
  readonly isAuthority: boolean;
  /** Whether a client that asks for this DNS name or IP address is content (RFC 9525; no wildcards, no common name). */
  readonly covers: (name: string) => boolean;
  /** Whether that authority's key signed it, and names and key identifiers say so. */
  readonly isIssuedBy: (authority: Certificate) => boolean;
  /** Whether this private key, in PEM, is the one whose public half it certifies. */
  readonly fitsKey: (privateKey: string) => boolean;
}

/** Names by which clients call a server. */
export interface ServerNames {
  /** For people, up to 58 characters; clients look at the names below alone (RFC 9525, section 6.3). */
  readonly commonName: string;
  /** Such as `podiam-webhook.podiam-system.svc`, by which an API server calls a Service. */
  readonly dnsNames: readonly string[];
  /** IPv4 or IPv6, which clients compare with addresses only, never with DNS names. */
  readonly ipAddresses: readonly string[];
}

/** Far above any real chain: what costs more to read is refused by its length alone. */
const longestPem = 256 * 1024;
const mostBlocks = 32;

/** The PEM blocks of this label, or undefined where there are too many to be a chain. One pass over the text. */
export function pemBlocks(text: string, label: string): readonly string[] | undefined {
  if (text.length > longestPem) return undefined;
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks: string[] = [];
  for (let from = text.indexOf(begin); from >= 0; ) {
    const to = text.indexOf(end, from);
    if (to < 0 || blocks.length === mostBlocks) return undefined;
    blocks.push(`${text.slice(from, to + end.length)}\n`);
    from = text.indexOf(begin, to + end.length);
  }
  return blocks;
}

/** Public keys of certificates that this module read, for checks between two of them. */
const parsed = new WeakMap<Certificate, X509Certificate>();

function fitsKey(x509: X509Certificate, privateKey: string): boolean {
  try {
    return x509.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function covers(x509: X509Certificate, name: string): boolean {
  if (x509.checkHost(name, { subject: 'never', wildcards: false }) !== undefined) return true;
  try {
    return x509.checkIP(name) !== undefined;
  } catch {
    return false;
  }
}

function isIssuedBy(x509: X509Certificate, authority: Certificate): boolean {
  const issuer = parsed.get(authority);
  return issuer !== undefined && authority.isAuthority && x509.checkIssued(issuer) && x509.verify(issuer.publicKey);
}

function toCertificate(pem: string): Certificate {
  const x509 = new X509Certificate(pem);
  const certificate: Certificate = {
    pem,
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    isAuthority: x509.ca,
    covers: (name) => covers(x509, name),
    isIssuedBy: (authority) => isIssuedBy(x509, authority),
    fitsKey: (privateKey) => fitsKey(x509, privateKey),
  };
  parsed.set(certificate, x509);
  return certificate;
}

/**
 * The certificates of a PEM text, in its order: at least one.
 * @param where names the text in the refusal, such as `tls.crt`
 * @returns refused with `certificate-unreadable` where there is none, or one that is damaged
 */
export function readCertificates(text: string, where: string): readonly [Certificate, ...Certificate[]] | Refusal {
  const blocks = pemBlocks(text, 'CERTIFICATE');
  if (blocks === undefined)
    return refuse('certificate-unreadable', { where, problem: 'it is cut off or far too long' });
  try {
    const [first, ...rest] = blocks.map(toCertificate);
    return first === undefined
      ? refuse('certificate-unreadable', { where, problem: 'it has no PEM block of a certificate' })
      : [first, ...rest];
  } catch {
    return refuse('certificate-unreadable', { where, problem: 'a certificate in it is damaged' });
  }
}

export interface ServingPair {
  readonly leaf: Certificate;
  /** PEM, leaf first. */
  readonly certificate: string;
  /** PEM, unencrypted. */
  readonly privateKey: string;
}

/**
 * A certificate, leaf first, and the key that belongs to it.
 * @returns refused with `certificate-unreadable` or `certificate-key-mismatch`
 */
export function readServingPair(certificate: string, privateKey: string, where: string): ServingPair | Refusal {
  const chain = readCertificates(certificate, where);
  if (chain instanceof Refusal) return chain;
  const [leaf] = chain;
  return leaf.fitsKey(privateKey) ? { leaf, certificate, privateKey } : refuse('certificate-key-mismatch', { where });
}
