// Whether an RSA key comes from the library of some smart cards and security modules whose primes can be computed from the
// public key (CVE-2017-15361, "The Return of Coppersmith's Attack").

/** Small primes modulo which 65537 reaches few numbers only: there, chance and the library's way of making primes differ. */
const tellingPrimes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

/** All powers of 65537 modulo the prime. */
function reachable(prime: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power);
  return powers;
}

const reachableNumbers = tellingPrimes.map((prime) => ({ prime, powers: reachable(prime) }));

/**
 * Every modulus of that library is a power of 65537 modulo each of these primes; of the others, one in some hundred
 * million.
 * @param modulus big-endian bytes
 */
export function isPredictable(modulus: Uint8Array): boolean {
  return reachableNumbers.every(({ prime, powers }) =>
    powers.has(modulus.reduce((rest, byte) => (rest * 256 + byte) % prime, 0)),
  );
}
