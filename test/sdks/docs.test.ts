// The page of the SDKs tells the versions that the tests run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sdks } from './programs.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/sdks.md'), 'utf8');
const rows = page.matchAll(/^\| ([^|]+) \| (\d[^|]*) \|/gm);

test('docs/sdks.md has each SDK at the version that is pinned', () => {
  expect(Array.from(rows, ([, name, version]) => ({ name, version }))).toEqual(
    sdks.map(({ name, version }) => ({ name, version: version() })),
  );
});
