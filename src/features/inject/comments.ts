// The comments of a YAML text: what one says of an empty value, or behind an alias, has no place in what is printed
// anew, and is kept all the same.
import { type Document, Lexer, type Node } from 'yaml';

/** The lexer's mark in front of a scalar (yaml, "Lexer"): what follows it is text, even where it begins like a comment. */
const scalarMark = '\u001f';

function commentsIn(text: string): readonly string[] {
  const comments: string[] = [];
  let before = '';
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith('#') && before !== scalarMark) comments.push(lexeme.slice(1).trimEnd());
    before = lexeme;
  }
  return comments;
}

/** What of a text's comments another does not have as often, in order. */
function lostComments(text: string, printed: string): readonly string[] {
  const left = new Map<string, number>();
  for (const comment of commentsIn(printed)) left.set(comment, (left.get(comment) ?? 0) + 1);
  return commentsIn(text).filter((comment) => {
    const count = left.get(comment) ?? 0;
    left.set(comment, count - 1);
    return count <= 0;
  });
}

const joined = (...comments: readonly (string | null | undefined)[]) =>
  comments.filter((comment) => typeof comment === 'string').join('\n');

/** Puts the comments of a node on the one that takes its place, in front of which all of them go. */
export function moveComments(from: Node, to: Node): void {
  const comments = joined(from.commentBefore, from.comment, to.commentBefore);
  if (comments !== '') to.commentBefore = comments;
}

/** The document as printed; comments of the text that found no place stand at its end. @param text it was read from */
export function printWithComments(text: string, document: Document, print: () => string): string {
  const printed = print();
  const lost = lostComments(text, printed);
  if (lost.length === 0) return printed;
  document.comment = joined(document.comment, ...lost);
  return print();
}
