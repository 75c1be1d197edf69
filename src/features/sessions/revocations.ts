// Revocations as this replica knows them: all of them before it is ready, then each as it is made, here or elsewhere.
import type { Authority } from '../../core/credentials/index.ts';
import { causeOf, refuse } from '../../core/refusals/index.ts';
import type { Change, RecordedRevocation } from '../../core/registry/index.ts';
import { Revocations } from '../../core/revocations/index.ts';

export interface RevocationPorts {
  readonly registry: {
    readonly revocations: {
      since(
        position: number,
        limit: number,
      ): Promise<{ readonly items: readonly RecordedRevocation[]; readonly position: number; readonly isAll: boolean }>;
    };
    readonly changes: {
      subscribe(listener: (heard: Change | 'anything') => void): () => void;
      staleness(): number;
    };
  };
  /** Milliseconds for which what was last heard is relied on. */
  readonly maxStalenessMs: number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}

export interface FollowedRevocations {
  readonly findRevocation: Authority['findRevocation'];
  /** Milliseconds ago that all was known. */
  readonly staleness: () => number;
  readonly stop: () => void;
}

const perPage = 1000;

/** Resolves once all that are on record are known. Rejects where the registry cannot be read. */
export async function followRevocations({
  registry,
  maxStalenessMs,
  log,
}: RevocationPorts): Promise<FollowedRevocations> {
  const known = new Revocations();
  let position = 0;
  /** The reading under way; whoever hears of something while it runs has it run once more. */
  let reading: Promise<void> | undefined;
  let isWanted = false;
  /** Since when something is known to be there that could not be read; undefined while all is known. */
  let behindSince: number | undefined;

  async function readOn(): Promise<void> {
    for (let isAll = false; !isAll; ) {
      const page = await registry.revocations.since(position, perPage);
      for (const revocation of page.items) known.add(revocation);
      ({ position, isAll } = page);
    }
  }

  async function readWhileWanted(): Promise<void> {
    while (isWanted) {
      isWanted = false;
      await readOn();
      if (!isWanted) behindSince = undefined;
    }
  }

  function read(): Promise<void> {
    isWanted = true;
    reading ??= readWhileWanted().finally(() => (reading = undefined));
    return reading;
  }

  const heardOf = () => {
    behindSince ??= performance.now();
    read().catch((error: unknown) => log('error', 'revocations cannot be read', { error: causeOf(error) }));
  };
  const unsubscribe = registry.changes.subscribe((heard) => {
    if (heard === 'anything' || heard.kind === 'revocation') heardOf();
  });
  /** What was missed is read again, as long as it takes. */
  const retry = setInterval(() => behindSince !== undefined && reading === undefined && heardOf(), 500).unref();
  const stop = () => {
    unsubscribe();
    clearInterval(retry);
  };
  try {
    await read();
  } catch (error) {
    stop();
    throw error;
  }

  const staleness = () =>
    Math.max(registry.changes.staleness(), behindSince === undefined ? 0 : performance.now() - behindSince);
  return {
    findRevocation: (session) => {
      const age = staleness();
      if (age > maxStalenessMs) return refuse('revocations-unknown', { seconds: Math.floor(age / 1000) });
      return known.find(session);
    },
    staleness,
    stop,
  };
}
