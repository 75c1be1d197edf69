// A certificate that somebody else renews, cert-manager or an administrator, in files or in a Secret. It is looked at by
// its content, since a mounted Secret changes by a link that no file watch sees, and half of a pair may be there first.
import { isOutside, readServingPair, type ServingPair } from '../../core/certificates/index.ts';
import { followLastGood } from '../../core/memory/index.ts';
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

async function serve(pair: ServingPair, ports: PairPorts): Promise<void> {
  await ports.serve({ cert: pair.certificate, key: pair.privateKey });
  ports.onOutcome?.('served');
  const { fingerprint, notAfter } = pair.leaf;
  ports.log.info('serves a certificate', { fingerprint, until: new Date(notAfter).toISOString() });
}

const codeOf = (problem: Error) => (problem instanceof RefusedError ? problem.refusal.code : 'unknown');

/** Begins at once and ends with `stop`. Failures are logged and tried again; it never throws. */
export function keepPair(ports: PairPorts, { where, every }: KeepPairSettings): CertificateKeeper {
  const { after, log, now, onChanged } = ports;
  const pair = followLastGood<ServingPair>({
    read: async (served) => {
      const found = await ports.read();
      if (found.certificate === served?.certificate && found.privateKey === served.privateKey) return served;
      const judged = judge(found, served, now(), where);
      if (judged instanceof Refusal) throw new RefusedError(judged);
      return judged;
    },
    use: (next) => serve(next, ports),
    onUnfit: (problem, { isKnown, isNews }) => {
      ports.onOutcome?.('failed');
      const text = isKnown ? 'the last good certificate is served on' : 'no certificate is served yet';
      if (isNews) log.error(`${text}: ${problem.message}`, { code: codeOf(problem) });
    },
    every,
    after,
    onChanged,
  });
  return {
    ready: () => {
      const served = pair.value();
      return served !== undefined && !isOutside(served.leaf, now());
    },
    expiry: () => {
      const served = pair.value();
      return served === undefined ? {} : { leaf: served.leaf.notAfter };
    },
    trouble: () => {
      const problem = pair.problem();
      return problem instanceof RefusedError ? problem.refusal : undefined;
    },
    stop: () => pair.stop(),
  };
}
