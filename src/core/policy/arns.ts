// Amazon Resource Names as patterns: six parts between colons, each matched by itself, so that a `*` for the account
// never reaches into the resource (AWS IAM User Guide, "Amazon Resource Name (ARN) condition operators").
import { compileLike, type Piece, type Template, type TextTest } from './template.ts';

const partsOfArn = 6;

/** The six parts; the last one may hold colons. Undefined for what is no ARN. */
function splitArn(text: string): readonly string[] | undefined {
  const parts = text.split(':');
  if (parts.length < partsOfArn || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, partsOfArn - 1), parts.slice(partsOfArn - 1).join(':')];
}

/** Cuts at the first five colons of the policy's own letters: a colon that a variable brings along cuts nothing. */
function splitTemplate(template: Template): readonly Template[] {
  const parts: Piece[][] = [[]];
  for (const piece of template) {
    if (piece.kind !== 'text') {
      parts.at(-1)?.push(piece);
      continue;
    }
    const texts = piece.text.split(':');
    const room = partsOfArn - parts.length;
    const cut = texts.length - 1 > room ? [...texts.slice(0, room), texts.slice(room).join(':')] : texts;
    for (const [index, text] of cut.entries()) {
      if (index > 0) parts.push([]);
      if (text !== '') parts.at(-1)?.push({ kind: 'text', text });
    }
  }
  return parts;
}

const anything: Template = [{ kind: 'any-run' }];
const isAnything = (template: Template) => template.length === 1 && template[0]?.kind === 'any-run';
const isScheme = (part: Template) => part.length === 1 && part[0]?.kind === 'text' && part[0].text === 'arn';

/** Undefined where a variable has no value. */
export type ArnTest = (...asked: Parameters<TextTest>) => boolean | undefined | 'no-arn';

/** Undefined where the pattern has not the six parts of an ARN; `*` alone stands for every ARN. */
export function compileArn(template: Template): ArnTest | undefined {
  if (isAnything(template)) {
    return (candidate) => (splitArn(candidate) === undefined ? 'no-arn' : true);
  }
  const parts = splitTemplate(template);
  return parts.length === partsOfArn ? compileParts(parts) : undefined;
}

function compileParts(parts: readonly Template[]): ArnTest {
  const tests = parts.map(compileLike);
  return (candidate, context) => {
    const candidates = splitArn(candidate);
    if (candidates === undefined) return 'no-arn';
    const fits = new Set(tests.map((test, index) => test(candidates[index] ?? '', context)));
    return fits.has(undefined) ? undefined : !fits.has(false);
  };
}

/**
 * A Resource: `*` for everything, or an ARN; one that ends with `*` before its sixth part leaves the others open, too (AWS
 * IAM User Guide, "IAM JSON policy elements: Resource"). Undefined for what is neither.
 */
export function compileResource(template: Template): TextTest | undefined {
  const whole = compileLike(template);
  if (isAnything(template)) return whole;
  const parts = splitTemplate(template);
  const [scheme = []] = parts;
  const leavesOpen = template.at(-1)?.kind === 'any-run';
  if (!isScheme(scheme) || (parts.length < partsOfArn && !leavesOpen)) return undefined;
  const missing = Array.from({ length: partsOfArn - parts.length }, () => anything);
  const byParts = compileParts([...parts, ...missing]);
  return (candidate, context) => {
    // What does not fit as one text does not fit by parts either, and is found out sooner.
    const fits = whole(candidate, context);
    if (fits !== true) return fits;
    const fitsByParts = byParts(candidate, context);
    return fitsByParts === 'no-arn' ? false : fitsByParts;
  };
}

/** Whether variables stand only behind the fifth colon, where AWS allows them in a Resource. */
export function variablesInResourceOnly(template: Template): boolean {
  const beforeResource = splitTemplate(template).slice(0, partsOfArn - 1);
  return beforeResource.flat().every((piece) => piece.kind !== 'variable');
}
