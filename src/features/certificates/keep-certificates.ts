// Certificates that keep themselves: an authority and a leaf in a Secret that all replicas share, renewed ahead of time,
// with our webhook configuration told whom to trust, and no connection that fails meanwhile.
import { Keeping } from './keeping.ts';
import type { CertificateKeeper, CertificatePorts, KeepCertificatesSettings } from './ports.ts';

/** Milliseconds: the first few changes in a row are quick, then each waits twice as long as the one before. */
const quickPause = 20;
const quickChanges = 4;
const longestPause = 30_000;

/** Milliseconds without a change or failure after which it is no longer in a row. */
const calm = 60_000;

/** Between half and all of the pause, so that replicas do not move in step. */
function pauseAfter(changes: number, random: number): number {
  const pause = quickPause * 2 ** Math.max(0, changes - quickChanges);
  return Math.min(pause, longestPause) * (0.5 + random / 2);
}

/** Calls `look` when it is woken or its time has come, never twice at once, and never faster than the pause allows. */
class Round {
  readonly #ports: CertificatePorts;
  readonly #keeping: Keeping;
  #changes = 0;
  #lastChange = 0;
  #dueAt = Infinity;
  #cancel = () => {};
  #isLooking = false;
  #isWoken = false;
  #isStopped = false;

  constructor(ports: CertificatePorts, keeping: Keeping) {
    this.#ports = ports;
    this.#keeping = keeping;
  }

  wake(): void {
    this.#isWoken = true;
    if (!this.#isLooking) this.#comeBackIn(this.#pause());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #pause(): number {
    return pauseAfter(this.#changes, this.#ports.random());
  }

  #comeBackIn(ms: number): void {
    const elapsed = this.#ports.elapsed();
    const dueAt = elapsed + ms;
    // A timer that is late, since the machine stood still, is not waited for.
    const isAwaited = this.#dueAt > elapsed && this.#dueAt <= dueAt;
    if (this.#isStopped || isAwaited) return;
    this.#cancel();
    this.#dueAt = dueAt;
    this.#cancel = this.#ports.after(ms, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    this.#dueAt = Infinity;
    this.#isLooking = true;
    this.#isWoken = false;
    const next = await this.#look();
    this.#isLooking = false;
    this.#comeBackIn(this.#isWoken ? Math.min(next, this.#pause()) : next);
  }

  /** Milliseconds until the next look. */
  async #look(): Promise<number> {
    try {
      const { restless, lookAgainIn } = await this.#keeping.look();
      if (restless) return this.#count();
      if (this.#ports.elapsed() - this.#lastChange > calm) this.#changes = 0;
      return lookAgainIn;
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown';
      this.#ports.log.warn('the certificates could not be looked after, and will be again', { problem });
      this.#ports.onOutcome?.('failed');
      // A failure waits at least as long as the first change that is not quick.
      this.#changes = Math.max(this.#changes, quickChanges + 2);
      return this.#count();
    }
  }

  #count(): number {
    this.#changes += 1;
    this.#lastChange = this.#ports.elapsed();
    return this.#pause();
  }
}

/** Begins at once and ends with `stop`. Failures are logged and tried again; it never throws. */
export function keepCertificates(ports: CertificatePorts, settings: KeepCertificatesSettings): CertificateKeeper {
  const keeping = new Keeping(ports, settings);
  const round = new Round(ports, keeping);
  const wake = () => round.wake();
  const endings = [ports.onSecretChanged(wake), ports.onConfigurationChanged(wake), () => round.stop()];
  wake();
  return {
    ready: () => keeping.ready(),
    expiry: () => keeping.expiry(),
    trouble: () => keeping.trouble(),
    stop: () => {
      for (const end of endings) end();
    },
  };
}
