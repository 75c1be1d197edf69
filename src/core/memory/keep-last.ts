// A bounded memory of pure functions: what is expensive to make from a text is made once while the text is in use.

/**
 * `make` with a memory of the results used last. The text itself is the key, so nothing remembered can be stale.
 * @param limit how many results are kept
 */
export function keepLast<Value>(limit: number, make: (text: string) => Value): (text: string) => Value {
  const kept = new Map<string, Value>();
  return (text) => {
    const value = kept.get(text) ?? make(text);
    // A Map keeps the order of insertion: moved to its end, what is used stays.
    kept.delete(text);
    kept.set(text, value);
    const [oldest] = kept.size > limit ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
    return value;
  };
}
