import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { profileRowSettings } from '../../src/core/injection/index.ts';
import type { Setting } from '../../src/core/settings/index.ts';
import { runInstall } from '../../tools/chart/chart.ts';

const pages = [
  'docs/install.md',
  'docs/coming-from-amazon.md',
  'docs/coming-from-vultr.md',
  'docs/profiles.md',
] as const;

/** Each `podiam install …` of a page, up to the pipe. */
function commandsOf(page: string): readonly string[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/```sh\n([^]*?)```/g);
  return [...blocks].flatMap(([, block = '']) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.startsWith('podiam install '))
      .map((line) => line.slice('podiam install '.length).split('|')[0] ?? ''),
  );
}

test.each(pages.flatMap((page) => commandsOf(page).map((command) => ({ page, command }))))(
  '$page: podiam install $command works as it stands',
  async ({ command }) => {
    const { code, errors } = await runInstall(command.trim().split(/\s+/));
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  },
);

test('every page has such a command', () => {
  for (const page of pages) expect(commandsOf(page).length).toBeGreaterThan(0);
});

describe('the page about profiles of one’s own', () => {
  const page = readFileSync('docs/profiles.md', 'utf8');

  test('shows the example as it is in the repository', () => {
    expect(page).toContain(`\`\`\`yaml\n${readFileSync('examples/own-profile/podiam.yaml', 'utf8')}\`\`\``);
  });

  test('has every member of a row, with what it means', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| [^|]+ \| ([^|]+) \|$/gm)].map(([, name, meaning]) => [
      name,
      meaning,
    ]);
    const members = Object.entries<Setting<unknown>>(profileRowSettings);
    expect(rows).toEqual(members.map(([name, { summary }]) => [name, summary]));
  });
});
