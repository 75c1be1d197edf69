// Random bytes from the operating system's generator, fetched in larger pieces: a call for each dozen of bytes costs
// more than the bytes.
import { randomFillSync } from 'node:crypto';

const poolBytes = 4096;

/**
 * A source of cryptographic random bytes. Each byte is given out once, in memory of its own.
 * @returns a function from a count of bytes to that many random bytes
 */
export function createRandomBytes(): (count: number) => Uint8Array {
  const pool = new Uint8Array(poolBytes);
  let used = poolBytes;
  return (count) => {
    if (count > poolBytes) return randomFillSync(new Uint8Array(count));
    if (used + count > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    const given = pool.slice(used, used + count);
    // What was given out, as part of a key perhaps, does not stay behind.
    pool.fill(0, used, used + count);
    used += count;
    return given;
  };
}
