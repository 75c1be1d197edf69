// A bounded memory of what is expensive to make: it is made once while it is in use.

/**
 * Gives what was kept under the key, or makes it. The key must say everything that `make` depends on, so that nothing
 * kept can be stale or another one's: a document's own text, or a digest over a whole tuple, never joined parts.
 */
export type Memory<Value> = (key: string, make: () => Value) => Value;

/** @param limit how many values are kept; those used last stay */
export function keepLast<Value>(limit: number): Memory<Value> {
  const kept = new Map<string, Value>();
  return (key, make) => {
    const value = kept.get(key) ?? make();
    // A Map keeps the order of insertion: what is used moves to its end, and the first is the one used longest ago.
    kept.delete(key);
    kept.set(key, value);
    const [oldest] = kept.size > limit ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
    return value;
  };
}
