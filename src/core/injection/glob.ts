// Patterns over names: `*` stands for any run of characters, all else for itself; the whole text must match.

export function isPattern(text: string): boolean {
  return text.includes('*');
}

/**
 * Whether `pattern` covers the whole of `text`. Greedy from left to right with the last piece pinned to the end: each
 * piece is searched for once, behind the one before, so that no pattern makes it go back.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return pattern === text;
  const last = pieces.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
