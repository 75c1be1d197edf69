// The page of the documentation: its generated part is that of the code, and its commands are commands.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { policySettings } from '../../../src/core/admission-policy/index.ts';
import { renderPolicyPage } from '../../../tools/docs/policy.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/admission-policy.md'), 'utf8');

it('says of the case files what the code says (npm run docs writes it)', () => {
  expect(page).toBe(renderPolicyPage(page));
});

it('names no flag that podiam policy does not have', () => {
  const flags = [...page.matchAll(/podiam policy([^\n|`]*)/g)].flatMap(([, rest = '']) => [
    ...rest.matchAll(/--([a-z-]+)/g),
  ]);
  const names = flags.map(([, name]) => name);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(Object.keys(policySettings)).toContain(name);
});
