// A serving certificate for those who have none yet: a certificate authority made for it alone, whose key is thrown
// away with it, and a leaf that API servers and browsers accept once they trust that authority.
import type { ServerNames } from '../../core/certificates/index.ts';
import { issueLeaf, makeAuthority } from './generate.ts';

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

/** Makes authority and leaf, both with P-256 and valid for `days` from `now` (milliseconds since the epoch), in memory. */
export async function selfSignedServer(
  names: ServerNames,
  { now, days }: { readonly now: number; readonly days: number },
): Promise<SelfSignedServer> {
  const validity = { notBefore: now - backdatedMs, notAfter: now + days * dayMs };
  const authority = await makeAuthority(names.commonName, validity);
  const leaf = await issueLeaf(authority, names, validity);
  return { caCertificate: authority.certificate, ...leaf };
}
