// How values are told in reasons and problems: quoted, capped, and never all of a long list.

const longestEcho = 100;
const mostListed = 4;

export function quote(value: string): string {
  return JSON.stringify(value.length > longestEcho ? `${value.slice(0, longestEcho)}…` : value);
}

/** `"a"`, `"a" or "b"`, `"a", "b", "c", "d" or 3 more`. */
export function quoteList(values: readonly string[], word: 'or' | 'and' | 'nor'): string {
  const shown = values.slice(0, mostListed).map(quote);
  const hidden = values.length - shown.length;
  const parts = hidden > 0 ? [...shown, `${hidden} more`] : shown;
  const last = parts.pop() ?? 'nothing';
  return parts.length === 0 ? last : `${parts.join(', ')} ${word} ${last}`;
}

function sharedStart(one: string, other: string): number {
  let shared = 0;
  while (shared < one.length && one[shared] === other[shared]) shared += 1;
  return shared;
}

/** The name that begins most like the one written, whatever its case: what was likely meant. */
export function nearestName(written: string, names: readonly string[]): string {
  const lower = written.toLowerCase();
  const closeness = (name: string) => {
    const candidate = name.toLowerCase();
    return sharedStart(lower, candidate) * 100 - Math.abs(candidate.length - lower.length);
  };
  return names.reduce((best, name) => (closeness(name) > closeness(best) ? name : best), names[0] ?? '');
}
