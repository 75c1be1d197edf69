// The part of docs/admission-policy.md that is made from the code: what a policy cannot do, and which of the case files of
// injection show it. `npm run docs` writes it into the page, and a test compares.
import { policyLimits } from '../../src/core/admission-policy/index.ts';
import { caseName, expectedOf, limitOf } from '../../test/core/admission-policy/differences.ts';
import { readCases } from '../../test/core/injection/cases.ts';

const begin = '<!-- Written by npm run docs: begin -->';
const end = '<!-- Written by npm run docs: end -->';

function renderLimits(): string {
  const cases = readCases().map(({ file, given }) => ({ name: caseName(file), limit: limitOf(expectedOf(given)) }));
  const alike = cases.filter(({ limit }) => limit === undefined).length;
  const rows = policyLimits.map(({ name, settings, what, why }) => {
    const shown = cases.filter(({ limit }) => limit === name).map((each) => `\`${each.name}\``);
    return `| ${what} | ${why} | ${settings.map((setting) => `\`${setting}\``).join(', ')} | ${shown.join(', ')} |`;
  });
  return [
    `Of the ${cases.length} case files of injection, ${alike} come out of an API server under these policies as they do of the`,
    'webhook, pods and warnings alike. The others, and what no case file shows:',
    '',
    '| not done by a policy | why | refused when set | case files |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** The page with that part written anew. @throws Error where the page has no place for it */
export function renderPolicyPage(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error('docs/admission-policy.md has no place for what is written');
  return `${page.slice(0, from + begin.length)}\n\n${renderLimits()}\n\n${page.slice(to)}`;
}
