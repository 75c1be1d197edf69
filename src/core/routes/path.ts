// A path that can be read in one way only: what is judged here and what the API behind the gateway reads must be the
// same thing, so whatever two servers are known to read differently is refused.
import { type Refusal, refuse } from '../refusals/index.ts';

interface Ambiguity {
  readonly what: string;
  readonly is: (decoded: string, raw: string) => boolean;
}

const ambiguities: readonly Ambiguity[] = [
  { what: 'an empty segment', is: (decoded) => decoded === '' },
  { what: 'a dot segment', is: (decoded) => decoded === '.' || decoded === '..' },
  { what: 'an encoded slash', is: (decoded) => decoded.includes('/') },
  { what: 'a backslash', is: (decoded) => decoded.includes('\\') },
  { what: 'a control character', is: (decoded) => /\p{Cc}/u.test(decoded) },
  { what: 'a semicolon', is: (decoded) => decoded.includes(';') },
  { what: 'a fragment sign', is: (_, raw) => raw.includes('#') },
  { what: 'a twice encoded character', is: (decoded) => /%[0-9a-f]{2}/i.test(decoded) },
];

function decodeSegment(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/** The decoded segments of a raw path; `/` has none. */
export function readPath(path: string): readonly string[] | Refusal {
  if (!path.startsWith('/')) return refuse('gateway-path-ambiguous', { what: 'no leading slash' });
  if (path === '/') return [];
  const segments: string[] = [];
  for (const raw of path.slice(1).split('/')) {
    const decoded = decodeSegment(raw);
    if (decoded === undefined) return refuse('gateway-path-ambiguous', { what: 'a segment that is not UTF-8' });
    const ambiguity = ambiguities.find(({ is }) => is(decoded, raw));
    if (ambiguity) return refuse('gateway-path-ambiguous', { what: ambiguity.what });
    segments.push(decoded);
  }
  return segments;
}
