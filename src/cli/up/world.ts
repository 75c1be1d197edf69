// The clock and the dice that the chain runs on.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createRandomBytes } from '../../io/random/index.ts';

export const world = {
  /** Milliseconds since the epoch. */
  now: () => Date.now(),
  randomBytes: createRandomBytes(),
  newId: (): string => randomUUID(),
};

/** A file of the examples, which lie beside the sources in a checkout and beside the compiled files in the package. */
export function example(path: string): string {
  return fileURLToPath(new URL(`../../../examples/${path}`, import.meta.url));
}
