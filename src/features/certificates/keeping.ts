// One look at Secret and webhook configuration: gather, plan, act. What it must remember between two looks lies here.
import {
  type CertificateState,
  emptyState,
  isOthers,
  isOutside,
  type Leaf,
  type Plan,
  planCertificates,
  readState,
  remnantOf,
  secretKeys,
  writeState,
} from '../../core/certificates/index.ts';
import { type Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { carryOut, sentenceOf } from './carry-out.ts';
import type { CertificatePorts, Expiry, KeepCertificatesSettings, StoredSecret } from './ports.ts';
import { keepTrust, observeTrust, Since, type Trust } from './trust.ts';

export interface Look {
  /** Whether something was changed, or has to be tried again: another look is due soon. */
  readonly restless: boolean;
  /** Milliseconds until the next look otherwise. */
  readonly lookAgainIn: number;
}

/** What an outcome tells the operator, once as long as it stays so. @param until when what is served ends */
const troubles: Readonly<Partial<Record<Trust, (until: string) => Refusal>>> = {
  kept: (until) => refuse('certificate-of-others', { until }),
  unreadable: () => refuse('certificate-ca-bundle-forbidden', { verb: 'read' }),
  unwritable: () => refuse('certificate-ca-bundle-forbidden', { verb: 'changed' }),
  missing: () => refuse('certificate-configuration-missing', {}),
};

type Configuration = Awaited<ReturnType<CertificatePorts['readConfiguration']>>;

interface PlannedFrom {
  readonly configuration: Configuration;
  readonly mayTell: boolean;
  readonly stored: boolean;
}

/** The first of them that there is stands for all. */
const hindrances = ['reading', 'writing', 'trust'] as const;
type Hindrance = (typeof hindrances)[number];

const isEmpty = ({ authorities, leaf }: CertificateState) => authorities.length === 0 && leaf === undefined;

export class Keeping {
  readonly #ports: CertificatePorts;
  readonly #settings: KeepCertificatesSettings;
  readonly #trustedSince = new Since();
  readonly #leafSince = new Since();
  /** What stands in the way of keeping or of being trusted, by who found it. */
  readonly #troubles = new Map<Hindrance, Refusal>();
  /** The last state that had a leaf. */
  #good: CertificateState = emptyState;
  #served: Leaf | undefined;
  #trust: Trust | undefined;

  constructor(ports: CertificatePorts, settings: KeepCertificatesSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  ready(): boolean {
    const isTrusted = this.#trust !== undefined && this.#trust !== 'missing';
    return isTrusted && this.#served !== undefined && !isOutside(this.#served.certificate, this.#ports.now());
  }

  trouble(): Refusal | undefined {
    return hindrances.map((about) => this.#troubles.get(about)).find((refusal) => refusal !== undefined);
  }

  expiry(): Expiry {
    const [signer] = this.#good.authorities;
    return {
      ...(this.#served && { leaf: this.#served.certificate.notAfter }),
      ...(signer && { authority: signer.certificate.notAfter }),
    };
  }

  /**
   * The configuration is read before the Secret, and written only as it was read: so whatever some replica has put
   * there, the Secret seen here is at least as new as the one that replica had, and no replica takes trust back.
   */
  async look(): Promise<Look> {
    const configuration = await this.#ports.readConfiguration();
    const secret = await this.#readSecret();
    const stored = readState(secret?.data ?? {});
    const mayTell = await this.#mayTell(configuration, stored);
    const found = this.#stateOf(secret, stored, mayTell);
    const context = { configuration, mayTell, stored: found === stored };
    const { planned, lookAgainIn } = this.#plan(found, context);
    if (planned === undefined) this.#troubles.delete('writing');
    const step = planned && (await this.#change(planned, found, secret));
    if (step === 'conflict') return { restless: true, lookAgainIn };
    const state = step ?? found;
    // Nothing could be made: what clients trust until now may be another installation's, or an earlier one's.
    if (isEmpty(state)) return { restless: false, lookAgainIn: this.#settings.retry };
    const { writeCaBundle } = this.#ports;
    const trust = await keepTrust(configuration, state, { writeCaBundle, mayTell });
    this.#noteTrust(trust, state.leaf);
    await this.#serve(state, mayTell);
    // A Secret that may not be written is no reason to hurry.
    const changed = step !== undefined || trust === 'written' || trust === 'conflict';
    return { restless: changed, lookAgainIn: planned && !changed ? this.#settings.retry : lookAgainIn };
  }

  async #readSecret(): Promise<StoredSecret | undefined> {
    const secret = await this.#ports.readSecret();
    if (secret === 'forbidden') {
      const refusal = refuse('certificate-secret-forbidden', { verb: 'read' });
      this.#troubles.set('reading', refusal);
      throw new RefusedError(refusal);
    }
    this.#troubles.delete('reading');
    return secret === 'missing' ? undefined : secret;
  }

  /** Before the pair of others is replaced by one that nobody may trust, it is asked; else a write tells in passing. */
  async #mayTell(configuration: Configuration, stored: CertificateState): Promise<boolean> {
    if (typeof configuration === 'string') return false;
    return isOthers(stored) ? this.#ports.mayWriteCaBundle() : this.#trust !== 'unwritable';
  }

  /**
   * The state to go on from:
   *   1. the Secret's, where it has authorities;
   *   2. what is left in memory of one of ours, where the Secret was deleted, emptied or damaged, or has a pair of others
   *      of which API servers need not be told;
   *   3. the Secret's, where it has a pair of others;
   *   4. what is left in memory of such a pair.
   */
  #stateOf(secret: StoredSecret | undefined, stored: CertificateState, mayTell: boolean): CertificateState {
    if (stored.authorities.length > 0) return stored;
    const remnant = remnantOf(this.#good);
    const isAnother = stored.leaf?.certificate.fingerprint !== remnant.leaf?.certificate.fingerprint;
    const isOurs = remnant.authorities.length > 0 && (mayTell || stored.leaf === undefined || !isAnother);
    if (!isOurs && stored.leaf !== undefined) return stored;
    if (secret?.data[secretKeys.authorities]) {
      this.#ports.log.warn('the Secret holds no certificate authority of ours, and is written anew');
    }
    return remnant;
  }

  #plan(state: CertificateState, { configuration, mayTell, stored }: PlannedFrom): Plan {
    const { names, caLifetime, leafLifetime, settle } = this.#settings;
    const elapsed = this.#ports.elapsed();
    return planCertificates(state, {
      names: [...names.dnsNames, ...names.ipAddresses],
      caLifetime,
      leafLifetime,
      settle,
      now: this.#ports.now(),
      trusted: observeTrust(configuration, state, { since: this.#trustedSince, mayTell, elapsed }),
      mayTell,
      leafForMs: this.#leafSince.see(state.leaf?.certificate.fingerprint ?? '', elapsed),
      stored,
    });
  }

  /** The state that was written, `conflict`, or undefined where it may not be. */
  async #change(
    { step, because }: NonNullable<Plan['planned']>,
    state: CertificateState,
    secret: StoredSecret | undefined,
  ): Promise<CertificateState | 'conflict' | undefined> {
    const { names } = this.#settings;
    const next = await carryOut(step, state, names);
    const outcome = await this.#ports.writeSecret(writeState(next), secret?.resourceVersion);
    if (outcome === 'conflict') return 'conflict';
    if (outcome === 'forbidden') {
      const verb = secret === undefined ? 'created' : 'changed';
      this.#note('writing', refuse('certificate-secret-forbidden', { verb }));
      return undefined;
    }
    this.#troubles.delete('writing');
    this.#ports.log.info(`${sentenceOf(step)}: ${because}`, { step: step.kind });
    return next;
  }

  /** Where API servers are told of our certificates, none of others takes the place of one that is served. */
  async #serve(state: CertificateState, mayTell: boolean): Promise<void> {
    const { leaf } = state;
    if (leaf === undefined || (mayTell && leaf.issuer === undefined && this.#served !== undefined)) return;
    this.#good = state;
    if (leaf.chain === this.#served?.chain && leaf.key === this.#served.key) return;
    await this.#ports.serve({ cert: leaf.chain, key: leaf.key });
    this.#served = leaf;
    this.#ports.onOutcome?.('served');
    const { fingerprint, notAfter } = leaf.certificate;
    this.#ports.log.info('serves a certificate', { fingerprint, until: new Date(notAfter).toISOString() });
  }

  #noteTrust(trust: Trust, leaf: Leaf | undefined): void {
    // Somebody else wrote at the same moment; the next look tells.
    if (trust === 'conflict') return;
    this.#trust = trust;
    this.#note('trust', troubles[trust]?.(new Date(leaf?.certificate.notAfter ?? 0).toISOString()));
  }

  /** Told once as long as it stays so. */
  #note(about: Hindrance, refusal: Refusal | undefined): void {
    const before = this.#troubles.get(about);
    if (refusal === undefined) {
      this.#troubles.delete(about);
      return;
    }
    this.#troubles.set(about, refusal);
    if (refusal.explain() !== before?.explain()) this.#ports.log.warn(refusal.explain(), { code: refusal.code });
  }
}
