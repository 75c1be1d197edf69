// Whom clients are told to trust: the caBundle of our webhook configuration, and since when it has been right.
import {
  bundleOf,
  type Certificate,
  type CertificateState,
  fingerprintsOf,
  isOthers,
  type Observations,
} from '../../core/certificates/index.ts';
import type { CertificatePorts, WebhookConfiguration } from './ports.ts';

type Configuration = WebhookConfiguration | 'missing' | 'forbidden';

const certificatesOf = ({ authorities }: CertificateState): readonly Certificate[] =>
  authorities.map(({ certificate }) => certificate);

/** Whether every webhook of the configuration trusts all authorities, and in the second case nobody else. */
function covers(configuration: WebhookConfiguration, state: CertificateState, alone: boolean): boolean {
  const ours = certificatesOf(state).map(({ fingerprint }) => fingerprint);
  return configuration.caBundles.every((caBundle) => {
    const trusted = fingerprintsOf(caBundle);
    return ours.every((fingerprint) => trusted.has(fingerprint)) && (!alone || trusted.size === ours.length);
  });
}

/** Since when, by a clock that does not jump, one and the same thing has been seen. */
export class Since {
  #what = '';
  #start = 0;

  /** For how many milliseconds it has been this; any other thing ends that. */
  see(what: string, elapsed: number): number {
    if (what !== this.#what) {
      this.#what = what;
      this.#start = elapsed;
    }
    return elapsed - this.#start;
  }

  forget(): void {
    this.#what = '';
  }
}

/**
 * What the plan may build on. Where the caBundle is not ours to set, as where it is not ours to see, whoever sets it
 * cannot be asked when he will.
 */
export function observeTrust(
  configuration: Configuration,
  state: CertificateState,
  { since, mayTell, elapsed }: { since: Since; mayTell: boolean; elapsed: number },
): Observations['trusted'] {
  const isTrusted =
    typeof configuration !== 'string' && state.authorities.length > 0 && covers(configuration, state, false);
  if (!isTrusted) {
    since.forget();
    return { kind: mayTell ? 'not' : 'unreadable' };
  }
  const what = certificatesOf(state).map(({ fingerprint }) => fingerprint);
  return { kind: 'for', ms: since.see(what.join(), elapsed) };
}

/** Kept: the pair of others is served, and whoever keeps the caBundle is trusted to know about it. */
export type Trust = 'matching' | 'written' | 'conflict' | 'unreadable' | 'unwritable' | 'missing' | 'kept';

/**
 * Sets the caBundle where it is not exactly what it should be. While the pair of others is served it is left alone: what
 * API servers trust it by is not known here.
 */
export async function keepTrust(
  configuration: Configuration,
  state: CertificateState,
  { mayTell, writeCaBundle }: Pick<CertificatePorts, 'writeCaBundle'> & { readonly mayTell: boolean },
): Promise<Trust> {
  if (isOthers(state) && (!mayTell || state.leaf?.issuer === undefined)) return 'kept';
  if (configuration === 'missing') return 'missing';
  if (configuration === 'forbidden') return 'unreadable';
  if (covers(configuration, state, true)) return 'matching';
  const outcome = await writeCaBundle(bundleOf(certificatesOf(state)), configuration.resourceVersion);
  return outcome === 'forbidden' ? 'unwritable' : outcome;
}
