// A certificate that somebody else renews, cert-manager or an administrator, in files or in a Secret. It is looked at by
// its content, since a mounted Secret changes by a link that no file watch sees, and half of a pair may be there first.
import { isOutside, readServingPair, type ServingPair } from '../../core/certificates/index.ts';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import type { CertificateKeeper, KeeperPorts } from './ports.ts';

export interface PairText {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface PairPorts extends KeeperPorts {
  /** Rejects where it cannot be read; that is told, and tried again. */
  readonly read: () => Promise<PairText>;
  /** Where changes are told: what it returns ends that. */
  readonly onChanged?: (changed: () => void) => () => void;
}

export interface KeepPairSettings {
  /** Names the files, or the Secret, in refusals. */
  readonly where: string;
  /** Milliseconds between two looks. */
  readonly every: number;
}

/** A pair that is fit to be served instead of the one that is: any that fits, unless it has run out and that has not. */
function judge(found: PairText, served: ServingPair | undefined, now: number, where: string): ServingPair | Refusal {
  const pair = readServingPair(found.certificate, found.privateKey, where);
  if (pair instanceof Refusal || served === undefined) return pair;
  return isOutside(pair.leaf, now) && !isOutside(served.leaf, now) ? refuse('certificate-expired', { where }) : pair;
}

class PairKeeping {
  readonly #ports: PairPorts;
  readonly #where: string;
  #served: ServingPair | undefined;
  /** What was said last, and is not said again until something else is. */
  #said = '';

  constructor(ports: PairPorts, where: string) {
    this.#ports = ports;
    this.#where = where;
  }

  get leaf() {
    return this.#served?.leaf;
  }

  async look(): Promise<void> {
    const found = await this.#ports.read();
    const served = this.#served;
    if (found.certificate === served?.certificate && found.privateKey === served.privateKey) return;
    const pair = judge(found, served, this.#ports.now(), this.#where);
    if (pair instanceof Refusal) throw new RefusedError(pair);
    await this.#ports.serve({ cert: pair.certificate, key: pair.privateKey });
    this.#served = pair;
    this.#said = '';
    this.#ports.onOutcome?.('served');
    const { fingerprint, notAfter } = pair.leaf;
    this.#ports.log.info('serves a certificate', { fingerprint, until: new Date(notAfter).toISOString() });
  }

  fail(error: unknown): void {
    this.#ports.onOutcome?.('failed');
    const problem = error instanceof Error ? error.message : 'unknown';
    if (problem === this.#said) return;
    this.#said = problem;
    const code = error instanceof RefusedError ? error.refusal.code : 'unknown';
    const text = this.#served ? 'the last good certificate is served on' : 'no certificate is served yet';
    this.#ports.log.error(`${text}: ${problem}`, { code });
  }
}

/** Looks at once, when it is told of a change, and when the time has come; never twice at once. */
class Looking {
  readonly #ports: PairPorts;
  readonly #every: number;
  readonly #look: () => Promise<void>;
  #cancel = () => {};
  #isLooking = false;
  #isWoken = false;
  #isStopped = false;

  constructor(ports: PairPorts, every: number, look: () => Promise<void>) {
    this.#ports = ports;
    this.#every = every;
    this.#look = look;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  wake(): void {
    this.#isWoken = true;
    if (!this.#isLooking && !this.#isStopped) void this.#turn();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #turn(): Promise<void> {
    this.#cancel();
    this.#isLooking = true;
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false;
      await this.#look();
    }
    this.#isLooking = false;
    if (!this.#isStopped) this.#cancel = this.#ports.after(this.#every, () => this.wake());
  }
}

/** Begins at once and ends with `stop`. Failures are logged and tried again; it never throws. */
export function keepPair(ports: PairPorts, { where, every }: KeepPairSettings): CertificateKeeper {
  const keeping = new PairKeeping(ports, where);
  const looking: Looking = new Looking(ports, every, () =>
    keeping.look().catch((error: unknown) => {
      if (!looking.isStopped) keeping.fail(error);
    }),
  );
  const endWatch = ports.onChanged?.(() => looking.wake());
  looking.wake();
  return {
    ready: () => keeping.leaf !== undefined && !isOutside(keeping.leaf, ports.now()),
    expiry: () => (keeping.leaf === undefined ? {} : { leaf: keeping.leaf.notAfter }),
    stop: () => {
      endWatch?.();
      looking.stop();
    },
  };
}
