// The keys that seal session tokens, as they are on record now: a replica hears of a change and reads them anew, so that it
// opens what another one seals.
import { causeOf, Refusal, RefusedError } from '../../core/refusals/index.ts';
import { type KeyPorts, type OpenKeyring, openKeyring, tendSealingKeys } from '../../features/keys/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Registry } from '../../io/sql/index.ts';

export interface LiveKeyring {
  readonly current: () => OpenKeyring;
  readonly stop: () => void;
}

const tendEveryMs = 5_000;
const retryMs = 1_000;

/** @throws RefusedError where the keys cannot be opened at the start; later on the last good ones stay */
export async function followKeyring(
  ports: KeyPorts & { readonly registry: Pick<Registry, 'changes'> },
  log: Log,
): Promise<LiveKeyring> {
  let isStale = false;
  let isReading = false;
  const read = async () => {
    const keyring = await openKeyring(ports);
    if (keyring instanceof Refusal) throw new RefusedError(keyring);
    return keyring;
  };
  const reread = async () => {
    if (isReading) return;
    isReading = true;
    try {
      while (isStale) {
        isStale = false;
        current = await read();
      }
    } catch (error) {
      isStale = true;
      log.error('the sealing keys cannot be read; those at hand stay', { error: causeOf(error) });
    } finally {
      isReading = false;
    }
  };
  let current = await read();
  const unsubscribe = ports.registry.changes.subscribe((heard) => {
    if (heard !== 'anything' && heard.kind !== 'sealing-key') return;
    isStale = true;
    void reread();
  });
  // What changed between the first look and the listening.
  isStale = true;
  await reread();
  const retry = setInterval(() => isStale && void reread(), retryMs);
  const tend = setInterval(() => {
    tendSealingKeys(ports).catch((error: unknown) =>
      log.warn('the sealing keys cannot be tended', { error: causeOf(error) }),
    );
  }, tendEveryMs);
  for (const timer of [retry, tend]) timer.unref();
  return {
    current: () => current,
    stop: () => {
      unsubscribe();
      clearInterval(retry);
      clearInterval(tend);
    },
  };
}
