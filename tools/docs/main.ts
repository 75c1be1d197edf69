// `npm run docs`: writes the pages that are made from the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { renderAnnotations } from './annotations.ts';
import { renderFaults } from './faults.ts';
import { renderAmazon, renderVultr } from './incumbents.ts';
import { renderMetrics } from './metrics.ts';
import { renderPolicyPage } from './policy.ts';
import { renderRefusals } from './refusals.ts';
import { renderSettings } from './settings.ts';

writeFileSync('docs/refusals.md', renderRefusals());
console.log('docs/refusals.md written');
writeFileSync('docs/metrics.md', renderMetrics());
console.log('docs/metrics.md written');
writeFileSync('docs/settings.md', renderSettings());
console.log('docs/settings.md written');
writeFileSync('docs/coming-from-amazon.md', renderAmazon(readFileSync('docs/coming-from-amazon.md', 'utf8')));
console.log('docs/coming-from-amazon.md written');
writeFileSync('docs/coming-from-vultr.md', renderVultr(readFileSync('docs/coming-from-vultr.md', 'utf8')));
console.log('docs/coming-from-vultr.md written');
writeFileSync('docs/faults-and-attacks.md', renderFaults());
console.log('docs/faults-and-attacks.md written');
const annotationsPage = 'docs/annotations.md';
writeFileSync(annotationsPage, renderAnnotations(readFileSync(annotationsPage, 'utf8')));
console.log(`${annotationsPage} written`);
const policyPage = 'docs/admission-policy.md';
writeFileSync(policyPage, renderPolicyPage(readFileSync(policyPage, 'utf8')));
console.log(`${policyPage} written`);
