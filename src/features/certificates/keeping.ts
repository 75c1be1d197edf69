// One look at Secret and webhook configuration: gather, plan, act. What it must remember between two looks lies here.
import {
  type CertificateState,
  emptyState,
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

/** What an outcome tells the operator, once as long as it stays so. */
const troubles: Readonly<Partial<Record<Trust, () => Refusal>>> = {
  unreadable: () => refuse('certificate-ca-bundle-forbidden', { verb: 'read' }),
  unwritable: () => refuse('certificate-ca-bundle-forbidden', { verb: 'changed' }),
  missing: () => refuse('certificate-configuration-missing', {}),
};

const troubleCodes = ['certificate-ca-bundle-forbidden', 'certificate-configuration-missing'] as const;

export class Keeping {
  readonly #ports: CertificatePorts;
  readonly #settings: KeepCertificatesSettings;
  readonly #trustedSince = new Since();
  readonly #leafSince = new Since();
  readonly #said = new Set<string>();
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
    const found = this.#stateOf(secret);
    const { planned, lookAgainIn } = this.#plan(configuration, found);
    const step = planned && (await this.#change(planned, found, secret));
    if (step === 'conflict') return { restless: true, lookAgainIn };
    const state = step ?? found;
    // Nothing could be made: what clients trust until now may be another installation's, or an earlier one's.
    if (state.authorities.length === 0) return { restless: false, lookAgainIn: this.#settings.retry };
    if (state.leaf) this.#good = state;
    const trust = await keepTrust(configuration, state, this.#ports);
    this.#noteTrust(trust);
    await this.#serve(state.leaf);
    // A Secret that may not be written is no reason to hurry.
    const changed = step !== undefined || trust === 'written' || trust === 'conflict';
    return { restless: changed, lookAgainIn: planned && !changed ? this.#settings.retry : lookAgainIn };
  }

  async #readSecret(): Promise<StoredSecret | undefined> {
    const secret = await this.#ports.readSecret();
    if (secret === 'forbidden') throw new RefusedError(refuse('certificate-secret-forbidden', { verb: 'read' }));
    return secret === 'missing' ? undefined : secret;
  }

  /** A Secret that was deleted, emptied or damaged starts anew, from what is left in memory where there is something. */
  #stateOf(secret: StoredSecret | undefined): CertificateState {
    const state = readState(secret?.data ?? {});
    if (state.authorities.length > 0) return state;
    if (secret?.data[secretKeys.authorities]) {
      this.#ports.log.warn('the Secret holds no certificate authority of ours, and is written anew');
    }
    return remnantOf(this.#good);
  }

  #plan(configuration: Awaited<ReturnType<CertificatePorts['readConfiguration']>>, state: CertificateState): Plan {
    const { names, caLifetime, leafLifetime, settle } = this.#settings;
    const elapsed = this.#ports.elapsed();
    const mayWrite = this.#trust !== 'unwritable';
    return planCertificates(state, {
      names: [...names.dnsNames, ...names.ipAddresses],
      caLifetime,
      leafLifetime,
      settle,
      now: this.#ports.now(),
      trusted: observeTrust(configuration, state, { since: this.#trustedSince, mayWrite, elapsed }),
      leafForMs: this.#leafSince.see(state.leaf?.certificate.fingerprint ?? '', elapsed),
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
    const outcome = await this.#ports.writeSecret({ ...secret?.data, ...writeState(next) }, secret?.resourceVersion);
    if (outcome === 'conflict') return 'conflict';
    if (outcome === 'forbidden') {
      this.#say(refuse('certificate-secret-forbidden', { verb: secret === undefined ? 'created' : 'changed' }));
      return undefined;
    }
    this.#said.delete('certificate-secret-forbidden');
    this.#ports.log.info(`${sentenceOf(step)}: ${because}`, { step: step.kind });
    return next;
  }

  async #serve(leaf: Leaf | undefined): Promise<void> {
    if (leaf === undefined || leaf.certificate.fingerprint === this.#served?.certificate.fingerprint) return;
    await this.#ports.serve({ cert: leaf.certificate.pem, key: leaf.key });
    this.#served = leaf;
    this.#ports.onOutcome?.('served');
    const { fingerprint, notAfter } = leaf.certificate;
    this.#ports.log.info('serves a certificate', { fingerprint, until: new Date(notAfter).toISOString() });
  }

  #noteTrust(trust: Trust): void {
    // Somebody else wrote at the same moment; the next look tells.
    if (trust === 'conflict') return;
    this.#trust = trust;
    const trouble = troubles[trust]?.();
    if (trouble) this.#say(trouble);
    else for (const code of troubleCodes) this.#said.delete(code);
  }

  #say(refusal: Refusal): void {
    if (this.#said.has(refusal.code)) return;
    this.#said.add(refusal.code);
    this.#ports.log.warn(refusal.explain(), { code: refusal.code });
  }
}
