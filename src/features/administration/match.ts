// Which operation a request asks for: by its path, whose variables are read in one way only, and its method.
import type { Route } from './route.ts';

export interface Matched {
  readonly route: Route;
  readonly names: Readonly<Record<string, string>>;
}

const segmentsOf = (path: string) => path.split('/');

/** The variables of the path; undefined where it is another path. */
function namesIn(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const names: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!part.startsWith('{')) {
      if (part !== segment) return undefined;
    } else {
      const value = decodeSegment(segment);
      if (value === undefined) return undefined;
      names[part.slice(1, -1)] = value;
    }
  }
  return names;
}

/** A variable holds no slash and no control character: those would be another path to the next reader. */
function decodeSegment(segment: string): string | undefined {
  try {
    const value = decodeURIComponent(segment);
    return value === '' || value === '.' || value === '..' || /[/\\\p{Cc}]/u.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** All that have the path, whatever their method. */
export function createMatch(routes: readonly Route[]): (path: string) => readonly Matched[] {
  const patterns = routes.map((route) => ({ route, pattern: segmentsOf(route.path) }));
  return (path) => {
    const segments = segmentsOf(path);
    return patterns.flatMap(({ route, pattern }) => {
      const names = namesIn(pattern, segments);
      return names ? [{ route, names }] : [];
    });
  };
}
