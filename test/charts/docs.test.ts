import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { injectionSettings } from '../../src/core/injection/index.ts';
import { installSettings } from '../../src/features/install/index.ts';
import { runInstall } from '../../tools/chart/chart.ts';

const pages = ['docs/install.md', 'docs/coming-from-amazon.md', 'docs/coming-from-vultr.md'] as const;

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

test.each(pages.slice(1))('what %s says of ours is a setting that there is', (page) => {
  const known = [...Object.keys(installSettings), ...Object.keys(injectionSettings)];
  const rows = readFileSync(page, 'utf8').matchAll(/^\|[^|]+\|([^|]+)\|/gm);
  const named = [...rows].flatMap(([, ours = '']) => [...ours.matchAll(/`--([a-z-]+)/g)].map(([, name]) => name));
  expect(named.length).toBeGreaterThan(3);
  expect(known).toEqual(expect.arrayContaining(named));
});
