// The page docs/faults-and-attacks.md, written from the titles of the tests: `npm run docs` writes it, and a test compares.
import { globSync, readFileSync } from 'node:fs';
import { attacks, faults } from './fault-numbers.ts';
import { findNumberedTests, type Shown } from './numbered-tests.ts';

const opening = `# Faults and attacks

What Podiam survives and what it refuses, by number, as its tests show it: each line is the title of a test, under the
file that holds it. A test that is listed here passes, or the change that broke it does not land. Those in files named
\`*.system.test.ts\` start processes and take longer: \`npm run test:system\` runs them, \`npm test\` the rest.

This page is written from the tests by \`npm run docs\`.
`;

/** Every numbered test below test/, but for those of the tools themselves, whose numbers are examples. */
export function readNumberedTests(): readonly Shown[] {
  const files = globSync('test/**/*.ts', { exclude: ['test/tools/**'] }).map((path) => path.replaceAll('\\', '/'));
  return files.toSorted().flatMap((file) => findNumberedTests(file, readFileSync(file, 'utf8')));
}

const escaped = (text: string) => text.replace(/[\\`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ');

function section(number: string, about: string, shown: readonly Shown[]): string {
  const mine = shown.filter((one) => one.number === number);
  if (mine.length === 0) return `### ${number}: ${about}\n\nNot shown yet.\n`;
  const files = [...Map.groupBy(mine, ({ file }) => file)].map(([file, tests]) => {
    const titles = new Set(tests.map(({ title }) => `  - ${escaped(title)}`));
    return `- \`${file}\`\n${[...titles].join('\n')}\n`;
  });
  return `### ${number}: ${about}\n\n${files.join('')}`;
}

function chapter(title: string, numbers: Readonly<Record<string, string>>, shown: readonly Shown[]): string {
  const sections = Object.entries(numbers).map(([number, about]) => section(number, about, shown));
  return `## ${title}\n\n${sections.join('\n')}`;
}

export function renderFaults(): string {
  const shown = readNumberedTests();
  return [opening, chapter('Faults', faults, shown), chapter('Attacks', attacks, shown)].join('\n');
}
