// The main job, as a person starts it; what takes several starts is up.system.test.ts.
import { expect, test } from 'vitest';
import { podiam, temporaryFolder } from './podiam.ts';

test('the story is told whole, exits 0, and is told again on the same data', async () => {
  const data = await temporaryFolder();
  const first = await podiam(['up', '--once', '--port', '0', '--data', data]);
  expect(first.stderr).toBe('');
  expect(first.code).toBe(0);
  for (const title of ['cluster', 'platform', 'webhook', 'token #1', 'pod', 'token #2', 'protected API']) {
    expect(first.stdout).toMatch(new RegExp(`^ ?\\d  ${title} +\\S.* ms$`, 'm'));
  }
  expect(first.stdout).toMatch(/200 {2}list instances/);
  expect(first.stdout).toMatch(/403 {2}delete instance web-1: .* compute:DeleteInstance on arn:aws:compute::\d{12}:/);
  expect(first.stdout).toMatch(/403 {2}with a tampered token/);
  expect(first.stdout).toContain('root key, shown this once: AKIA');

  const second = await podiam(['up', '--once', '--port', '0', '--data', data]);
  expect(second.code).toBe(0);
  expect(second.stdout).not.toContain('AKIA');
  const issuerOf = (text: string) => /issuer (\S+), key RS256 (\S+)/.exec(text)?.slice(1);
  expect(issuerOf(second.stdout)).toEqual(issuerOf(first.stdout));
  expect(/account (\d{12})/.exec(second.stdout)?.[1]).toBe(/account (\d{12})/.exec(first.stdout)?.[1]);
});
