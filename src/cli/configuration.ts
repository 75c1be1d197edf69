// The configuration file: a YAML mapping from settings' names to values, and what is wrong with one, by line and column.
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { RefusedError, refuse } from '../core/refusals/index.ts';
import { readText } from '../io/files/index.ts';

interface Flaw {
  /** Where in the text, in characters from its beginning. */
  readonly at: number;
  readonly problem: string;
}

/** An alias for which there is no anchor, or, where each has one, the first of those that multiply beyond measure. */
function flawOfAliases(document: Document): Flaw {
  let flaw: Flaw | undefined;
  visit(document, {
    Alias(_, alias) {
      const at = alias.range?.[0] ?? 0;
      if (alias.resolve(document) === undefined) {
        flaw = { at, problem: `there is no anchor before the alias *${alias.source}` };
        return visit.BREAK;
      }
      flaw ??= { at, problem: 'aliases multiply beyond measure' };
      return undefined;
    },
  });
  return flaw ?? { at: 0, problem: 'it has no values that can be read' };
}

/** Few settings are lists, and only rows of profiles are nested: who repeats a value this often wants something else. */
const mostAliases = 20;

function valueOf(text: string, lines: LineCounter): { readonly value: unknown } | Flaw {
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const [error] = document.errors;
  if (error?.code === 'MULTIPLE_DOCS')
    return { at: error.pos[0], problem: 'a second document begins, and one is read' };
  if (error) {
    return { at: error.pos[0], problem: error.message.split('\n')[0]?.replace(/ at line \d+.*$/, '') ?? '' };
  }
  try {
    return { value: document.toJS({ maxAliasCount: mostAliases }) };
  } catch {
    return flawOfAliases(document);
  }
}

/** @throws RangeError never: text nested beyond the stack is a flaw like any other */
function valueOrFlaw(text: string, lines: LineCounter): { readonly value: unknown } | Flaw {
  try {
    return valueOf(text, lines);
  } catch (error) {
    if (error instanceof RangeError) return { at: 0, problem: 'it is nested too deeply' };
    throw error;
  }
}

async function readConfigurationText(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new RefusedError(refuse('configuration-unreadable', { problem: error.refusal.sentence }), { cause: error });
  }
}

/**
 * The members of the file; none without a path, or where the file is empty.
 * @throws RefusedError `configuration-unreadable`, `configuration-malformed`
 */
export async function readConfiguration(path: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (path === undefined) return {};
  const lines = new LineCounter();
  const read = valueOrFlaw(await readConfigurationText(path), lines);
  const flaw = 'value' in read ? { at: 0, problem: 'it is no mapping' } : read;
  if ('value' in read) {
    const { value } = read;
    if (value === null) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return { ...value };
  }
  const { line, col } = lines.linePos(flaw.at);
  const position = { line: Math.max(line, 1), column: Math.max(col, 1) };
  throw new RefusedError(refuse('configuration-malformed', { file: path, ...position, problem: flaw.problem }));
}
