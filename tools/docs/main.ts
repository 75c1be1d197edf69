// `npm run docs`: writes the pages that are made from the code.
import { writeFileSync } from 'node:fs';
import { renderRefusals } from './refusals.ts';

writeFileSync('docs/refusals.md', renderRefusals());
console.log('docs/refusals.md written');
