// What is kept must not keep more than itself.

/**
 * The same text, as one of its own. V8 keeps a text that was cut out of another as a view of it, so that a name out of a
 * request's body or a fetched document holds all of that in memory for as long as the name is kept.
 */
export function ownText(text: string): string {
  return String(JSON.parse(JSON.stringify(text)));
}
