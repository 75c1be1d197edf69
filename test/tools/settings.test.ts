import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commands, renderSettings } from '../../tools/docs/settings.ts';
import { podiam } from '../cli/podiam.ts';

test('docs/settings.md says what the definitions say (npm run docs writes it)', () => {
  expect(readFileSync('docs/settings.md', 'utf8')).toBe(renderSettings());
});

test('docs/settings.md has every command that the help has', async () => {
  const { stdout } = await podiam(['--help']);
  const named = [...stdout.matchAll(/^ {2}podiam (\S+) {2,}\S/gm)].map(([, name]) => name);
  const shown = named.filter((name) => name !== 'COMMAND' && !name?.startsWith('-'));
  expect(commands.map(({ name }) => name)).toEqual(shown);
});

test('every setting of every command has a line with its flag or the file, and a default', () => {
  const page = renderSettings();
  for (const { settings } of commands) {
    for (const name of Object.keys(settings)) {
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| (?:\`--${name}[ \`]|in the file)`, 'm'));
    }
  }
});
