// Clocks of replicas, as a test sets them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import type { Replica } from './replica.ts';

export interface Clock {
  /** For a replica that goes by it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds that are added to the time of day, and those that pass at once by every clock. */
  readonly set: (replicas: readonly Replica[], time: { wrongBy?: number; passed?: number }) => Promise<void>;
}

let clocks = 0;

export async function createClock({ folder }: Cluster, wrongBy = 0): Promise<Clock> {
  const file = join(folder, `clock-${++clocks}`);
  await writeFile(file, `${wrongBy} 0`);
  const preloaded = import.meta.resolve('./clock.ts');
  return {
    environment: { NODE_OPTIONS: `--import ${preloaded}`, PODIAM_TEST_CLOCK: file },
    set: async (replicas, { wrongBy = 0, passed = 0 }) => {
      await writeFile(file, `${wrongBy} ${passed}`);
      for (const replica of replicas) replica.kill('SIGUSR2');
    },
  };
}
