// What the replicas of one installation share about their certificates: the data of one Secret, and nothing beside it.
import { Refusal } from '../refusals/index.ts';
import { type Certificate, pemBlocks, readCertificates } from './certificate.ts';

export interface Authority {
  readonly certificate: Certificate;
  /** PEM (PKCS #8); undefined for an authority that signs no more. */
  readonly key: string | undefined;
}

export interface Leaf {
  readonly certificate: Certificate;
  /** PEM, leaf first, with what is between it and its authority. */
  readonly chain: string;
  /** PEM (PKCS #8, where it is ours). */
  readonly key: string;
  /** The fingerprint of the authority that signed it; undefined for a pair of others, whose authority is not here. */
  readonly issuer: string | undefined;
}

/**
 * Clients trust all authorities; the first one signs. The second, if there is one, is the next (it has a key: the
 * change-over has begun) or the previous (it has none: the leaf has moved).
 */
export interface CertificateState {
  readonly authorities: readonly Authority[];
  readonly leaf: Leaf | undefined;
  /** When the last leaf of the previous authority has run out, so that nobody can be serving it; milliseconds. */
  readonly previousUntil: number | undefined;
}

/** Those keys of a Secret's data that are ours, decoded. */
export type SecretData = Readonly<Record<string, string>>;

export const secretKeys = {
  authorities: 'ca.crt',
  authorityKeys: 'ca.key',
  certificate: 'tls.crt',
  key: 'tls.key',
  previousUntil: 'previous-ca.until',
} as const;

/** The Secret's name. @param values `tls-secret` is undefined where the Service's name says it */
export function servingSecret(values: {
  readonly 'service-name': string;
  readonly 'tls-secret': string | undefined;
}): string {
  return values['tls-secret'] ?? `${values['service-name']}-tls`;
}

export const emptyState: CertificateState = { authorities: [], leaf: undefined, previousUntil: undefined };

const mostAuthorities = 2;
const keyLabel = 'PRIVATE KEY';

function readAuthorities(data: SecretData): readonly Authority[] {
  const certificates = readCertificates(data[secretKeys.authorities] ?? '', secretKeys.authorities);
  if (certificates instanceof Refusal || certificates.length > mostAuthorities) return [];
  if (!certificates.every(({ isAuthority }) => isAuthority)) return [];
  const keys = pemBlocks(data[secretKeys.authorityKeys] ?? '', keyLabel)?.slice(0, mostAuthorities) ?? [];
  return certificates.map((certificate) => ({ certificate, key: keys.find((key) => certificate.fitsKey(key)) }));
}

function readLeaf(data: SecretData, authorities: readonly Authority[]): Leaf | undefined {
  const chain = readCertificates(data[secretKeys.certificate] ?? '', secretKeys.certificate);
  if (chain instanceof Refusal) return undefined;
  const [certificate] = chain;
  const key = data[secretKeys.key] ?? '';
  if (!certificate.fitsKey(key)) return undefined;
  const issuer = authorities.find((authority) => certificate.isIssuedBy(authority.certificate));
  return { certificate, chain: bundleOf(chain), key, issuer: issuer?.certificate.fingerprint };
}

/** What a Secret says; whatever in it is damaged or does not fit together counts as absent. */
export function readState(data: SecretData): CertificateState {
  const authorities = readAuthorities(data);
  const until = Date.parse(data[secretKeys.previousUntil] ?? '');
  return {
    authorities,
    leaf: readLeaf(data, authorities),
    previousUntil: Number.isNaN(until) ? undefined : until,
  };
}

/** The Secret's data that says this; other keys of the Secret are not ours. */
export function writeState({ authorities, leaf, previousUntil }: CertificateState): SecretData {
  return {
    [secretKeys.authorities]: bundleOf(authorities.map(({ certificate }) => certificate)),
    [secretKeys.authorityKeys]: authorities.map(({ key }) => key ?? '').join(''),
    [secretKeys.certificate]: leaf?.chain ?? '',
    [secretKeys.key]: leaf?.key ?? '',
    [secretKeys.previousUntil]: previousUntil === undefined ? '' : new Date(previousUntil).toISOString(),
  };
}

/**
 * What is left of a state when the Secret that held it is gone: clients trust its authorities and its leaf is served,
 * but a key that was deleted is not written back, so that deleting the Secret renews everything, with no failed call. A
 * pair of others is all there is of it.
 */
export function remnantOf({ authorities, leaf }: CertificateState): CertificateState {
  if (leaf !== undefined && leaf.issuer === undefined) return { ...emptyState, leaf };
  const signer = authorities.find(({ certificate }) => certificate.fingerprint === leaf?.issuer);
  if (leaf === undefined || signer === undefined) return emptyState;
  return { authorities: [{ ...signer, key: undefined }], leaf, previousUntil: undefined };
}

/** PEM; what clients trust. */
export function bundleOf(certificates: readonly Certificate[]): string {
  return certificates.map(({ pem }) => pem).join('');
}

/** The fingerprints of the certificates of a PEM text; none where it cannot be read. */
export function fingerprintsOf(text: string): ReadonlySet<string> {
  const certificates = readCertificates(text, 'caBundle');
  return new Set(certificates instanceof Refusal ? [] : certificates.map(({ fingerprint }) => fingerprint));
}
