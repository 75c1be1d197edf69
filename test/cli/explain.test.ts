// `podiam explain lint`, as a person runs it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { podiam } from './podiam.ts';

const warned = '{"Statement": {"Effect": "Allow",\n  "NotAction": "iam:*", "Resource": "*"}}';
const refused = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}';

async function files(texts: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'podiam-lint-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  return folder;
}

test('findings come one a line, with file, line and column; warnings alone are no failure', async () => {
  const folder = await files({ 'warned.json': warned, 'refused.json': refused });
  const [both, one] = await Promise.all([
    podiam(['explain', 'lint', join(folder, 'warned.json'), '--kind', 'auto', join(folder, 'refused.json')]),
    podiam(['explain', 'lint', '-'], warned),
  ]);
  expect(both.stderr).toBe('');
  expect(both.stdout).toMatch(
    /^\S+warned\.json:2:3: warning: Allow with NotAction .*\n\S+refused\.json:1:\d+: error: /,
  );
  expect(both.code).toBe(1);
  expect(one).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^standard input:2:3: warning: /) });
});

test('JSON for programs; what is not there to be explained, or to be read, is said', async () => {
  const [json, unknown, missing] = await Promise.all([
    podiam(['explain', 'lint', '--output=json'], warned),
    podiam(['explain', 'roles']),
    podiam(['explain', 'lint', 'missing.json']),
  ]);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { file: 'standard input', severity: 'warning', line: 2, column: 3, path: 'Statement.NotAction' },
  ]);
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toContain('podiam explain lint FILE');
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toContain('missing.json');
});
