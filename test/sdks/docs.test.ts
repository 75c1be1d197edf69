// The pages of the SDKs and of OpenTofu tell the versions that the tests run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sdks } from './programs.ts';
import { providerVersion, tofuVersion } from './terraform/modules.ts';

/** The rows of a page's table whose second column is a version. */
function versionsOn(page: string) {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8');
  const rows = text.matchAll(/^\| ([^|]+) \| (\d[^|]*) \|/gm);
  return Array.from(rows, ([, name, version]) => ({ name, version }));
}

test('docs/sdks.md has each SDK at the version that is pinned', () => {
  expect(versionsOn('sdks.md')).toEqual(sdks.map(({ name, version }) => ({ name, version: version() })));
});

test('docs/terraform.md has OpenTofu and the provider at the versions that are pinned', () => {
  expect(versionsOn('terraform.md')).toEqual([
    { name: 'OpenTofu', version: tofuVersion },
    { name: 'Terraform’s AWS provider', version: providerVersion },
  ]);
});
