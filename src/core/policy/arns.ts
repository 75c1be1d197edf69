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
export function splitTemplate(template: Template): readonly Template[] {
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

/** Undefined where the pattern has not the six parts of an ARN; `*` alone stands for every ARN. */
export function compileArn(template: Template): ArnTest | undefined {
  if (template.length === 1 && template[0]?.kind === 'any-run') {
    return (candidate) => (splitArn(candidate) === undefined ? 'no-arn' : true);
  }
  const parts = splitTemplate(template);
  if (parts.length !== partsOfArn) return undefined;
  const tests = parts.map(compileLike);
  return (candidate, context) => {
    const candidates = splitArn(candidate);
    if (candidates === undefined) return 'no-arn';
    return tests.every((test, index) => test(candidates[index] ?? '', context) === true);
  };
}

export type ArnTest = (...asked: Parameters<TextTest>) => boolean | 'no-arn';

/** Whether variables stand only behind the fifth colon, where AWS allows them in a Resource. */
export function variablesInResourceOnly(template: Template): boolean {
  const beforeResource = splitTemplate(template).slice(0, partsOfArn - 1);
  return beforeResource.flat().every((piece) => piece.kind !== 'variable');
}
