// The clock and the dice that the chain runs on.
import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

export const world = {
  /** Milliseconds since the epoch. */
  now: () => Date.now(),
  randomBytes: (count: number): Uint8Array => randomBytes(count),
  newId: (): string => randomUUID(),
};

/** A file of the examples, which lie beside the sources in a checkout and beside the compiled files in the package. */
export function example(path: string): string {
  return fileURLToPath(new URL(`../../../examples/${path}`, import.meta.url));
}
