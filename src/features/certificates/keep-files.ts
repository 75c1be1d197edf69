// A certificate that somebody else renews, in files: cert-manager, a mounted Secret, an administrator. It is looked at by
// its content, since a mounted Secret changes by a link that no file watch sees, and half of a pair may be there first.
import { isOutside, readServingPair, type ServingPair } from '../../core/certificates/index.ts';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import type { CertificateKeeper, KeeperPorts } from './ports.ts';

export interface FilePair {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface FilePorts extends KeeperPorts {
  readonly read: () => Promise<FilePair>;
}

export interface KeepFilesSettings {
  /** Names the files in refusals. */
  readonly where: string;
  /** Milliseconds between two looks. */
  readonly every: number;
}

/** A pair that is fit to be served instead of the one that is: any that fits, unless it has run out and that has not. */
function judge(files: FilePair, served: ServingPair | undefined, now: number, where: string): ServingPair | Refusal {
  const pair = readServingPair(files.certificate, files.privateKey, where);
  if (pair instanceof Refusal || served === undefined) return pair;
  return isOutside(pair.leaf, now) && !isOutside(served.leaf, now) ? refuse('certificate-expired', { where }) : pair;
}

class FileKeeping {
  readonly #ports: FilePorts;
  readonly #where: string;
  #served: ServingPair | undefined;
  /** What was said last, and is not said again until something else is. */
  #said = '';

  constructor(ports: FilePorts, where: string) {
    this.#ports = ports;
    this.#where = where;
  }

  get leaf() {
    return this.#served?.leaf;
  }

  async look(): Promise<void> {
    const files = await this.#ports.read();
    const served = this.#served;
    if (files.certificate === served?.certificate && files.privateKey === served.privateKey) return;
    const pair = judge(files, served, this.#ports.now(), this.#where);
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

/** Begins at once and ends with `stop`. Failures are logged and tried again; it never throws. */
export function keepFiles(ports: FilePorts, { where, every }: KeepFilesSettings): CertificateKeeper {
  const keeping = new FileKeeping(ports, where);
  let isStopped = false;
  let cancel = () => {};
  const turn = async () => {
    await keeping.look().catch((error: unknown) => {
      if (!isStopped) keeping.fail(error);
    });
    if (!isStopped) cancel = ports.after(every, () => void turn());
  };
  void turn();
  return {
    ready: () => keeping.leaf !== undefined && !isOutside(keeping.leaf, ports.now()),
    expiry: () => (keeping.leaf === undefined ? {} : { leaf: keeping.leaf.notAfter }),
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}
