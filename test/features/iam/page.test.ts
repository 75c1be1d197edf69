import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { actions } from '../../../src/features/iam/actions/index.ts';

test('docs/iam-api.md names every action, and no other', () => {
  const page = readFileSync('docs/iam-api.md', 'utf8');
  const table = page.slice(page.indexOf('## Actions'), page.indexOf('Any other is answered'));
  const named = table.match(/\b(?:[A-Z][a-z]+){2,}(?:ID|OpenID)?\w*\b/g) ?? [];
  expect(named.filter((name) => name !== 'OpenID').sort()).toEqual([...actions.keys()].sort());
});
