// The part of docs/annotations.md that is made from the profiles' rows: which annotations name a role, and which label opts
// a pod out. `npm run docs` writes it into the page, and a test compares.
import { builtInProfiles } from '../../src/core/injection/index.ts';

const begin = '<!-- Written by npm run docs: begin -->';
const end = '<!-- Written by npm run docs: end -->';

const code = (text: string) => `\`${text}\``;

function renderProfiles(): string {
  const rows = builtInProfiles.map(({ annotationPrefix, name, optOutLabel, roleAnnotations, takesRoleIds }) => {
    const roles = takesRoleIds ? 'an ARN, or its UUID' : 'an ARN';
    const cells = [code(name), code(annotationPrefix), roleAnnotations.map(code).join(', '), roles, code(optOutLabel)];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| profile | `P` | on a service account, its role | which is | on a pod, to be left alone |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** The page with that part written anew. @throws Error where the page has no place for it */
export function renderAnnotations(page: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error('docs/annotations.md has no place for what is written');
  return `${page.slice(0, from + begin.length)}\n\n${renderProfiles()}\n\n${page.slice(to)}`;
}
