import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { inject } from '../../src/cli/inject.ts';
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
    // The certificate that the page’s command before this one saves.
    const here = command.replace('irsa-ca.crt', 'test/charts/ca.pem');
    const { code, errors } = await runInstall(here.trim().split(/\s+/));
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  },
);

test('every page has such a command', () => {
  for (const page of pages) expect(commandsOf(page).length).toBeGreaterThan(0);
});

test('docs/install.md: the Job that asks who it is gets the role of the service account that the page annotates', async () => {
  const page = readFileSync('docs/install.md', 'utf8');
  const [, job = ''] = /```yaml\n(apiVersion: batch\/v1\n[^]*?)```/.exec(page) ?? [];
  const [, role = ''] = /annotate serviceaccount basket (\S+)/.exec(page) ?? [];
  const [key = '', value = ''] = role.split('=');
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'basket', namespace: 'shop', annotations: { [key]: value } },
  };
  let [output, errors] = ['', ''];
  const code = await inject.run(['--profile=aws'], {
    environment: {},
    write: (text) => (output += text),
    writeError: (text) => (errors += text),
    readStandardInput: () => Promise.resolve(`${JSON.stringify(account)}\n---\n${job}`),
    stop: new AbortController().signal,
  });
  expect({ code, errors }).toMatchObject({ code: 0 });
  const shape = z.object({
    spec: z.object({
      template: z.object({ spec: z.object({ containers: z.array(z.object({ env: z.array(z.unknown()) })) }) }),
    }),
  });
  const [container] = shape.parse(parse(output.slice(output.indexOf('apiVersion: batch/v1')))).spec.template.spec
    .containers;
  expect(container?.env).toContainEqual({ name: 'AWS_ROLE_ARN', value });
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
