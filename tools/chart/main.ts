// Has Helm itself render the chart's cases and compares them with what is kept beside them, which `npm test` compares
// with `podiam install`, without Helm: node tools/chart/main.ts [--write] [HELM]
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type ChartCase, chartCases, fingerprint, helmArguments, releasedObjects, renderedPath } from './chart.ts';

function render(helm: string, chartCase: ChartCase): string {
  const rendered = execFileSync(helm, helmArguments(chartCase), {
    input: JSON.stringify(chartCase.values),
    encoding: 'utf8',
  });
  return `# Rendered by Helm; chart and values have the fingerprint ${fingerprint(chartCase)}.\n${rendered}`;
}

/** Helm 3 and Helm 4 differ in the order of objects and in blank lines. */
function isKept(chartCase: ChartCase, rendered: string): boolean {
  const kept = readFileSync(renderedPath(chartCase), 'utf8');
  return kept.includes(fingerprint(chartCase)) && isDeepStrictEqual(releasedObjects(kept), releasedObjects(rendered));
}

const args = process.argv.slice(2);
const helm = args.find((argument) => !argument.startsWith('--')) ?? 'helm';
let differing = 0;
for (const chartCase of chartCases) {
  const rendered = render(helm, chartCase);
  if (args.includes('--write')) writeFileSync(renderedPath(chartCase), rendered);
  if (isKept(chartCase, rendered)) continue;
  differing += 1;
  console.error(`${renderedPath(chartCase)} is not what Helm renders: run it with --write`);
}
console.log(`${chartCases.length} cases, ${differing} differ`);
process.exitCode = differing === 0 ? 0 : 1;
