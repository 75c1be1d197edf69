// `npm run docs`: writes the pages that are made from the code.
import { writeFileSync } from 'node:fs';
import { renderMetrics } from './metrics.ts';
import { renderRefusals } from './refusals.ts';

writeFileSync('docs/refusals.md', renderRefusals());
console.log('docs/refusals.md written');
writeFileSync('docs/metrics.md', renderMetrics());
console.log('docs/metrics.md written');
