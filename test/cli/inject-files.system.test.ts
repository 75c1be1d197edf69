import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pod, serviceAccount } from './manifests.ts';
import { podiam, temporaryFolder } from './podiam.ts';

describe('podiam inject', () => {
  test('follows the configuration file’s list of roles that a namespace may use', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'podiam.yaml');
    const input = `${pod}---\n${serviceAccount}`;
    const withList = async (list: string) => {
      await writeFile(file, `allowed-roles:${list}\n`);
      return podiam(['inject', '--config', file], input);
    };
    expect((await withList('\n- namespace: def*\n  roles: [team-a/*, web]')).stdout).toContain('AWS_ROLE_ARN');
    const refused = await withList('\n- namespace: default\n  roles: [team-a/*]');
    expect(refused).toMatchObject({ code: 0, stdout: input });
    expect(refused.stderr).toContain('The namespace default may not use the role arn:aws:iam::123456789012:role/web');
    expect((await withList(' []')).stdout).toBe(input);
    const malformed = await withList('\n- namespace: default\n  role: web');
    expect(malformed.code).toBe(2);
    expect(malformed.stderr).toContain('allowed-roles[0].role');
  });

  test('shares its configuration file with other commands, and refuses what none of them has', async () => {
    const file = join(await temporaryFolder(), 'podiam.yaml');
    const shared = 'tls: self\nfailure-policy: Fail\nonce: true\nregion: eu-central-1\n';
    await writeFile(file, shared);
    const run = await podiam(['inject', '--config', file], `${pod}---\n${serviceAccount}`);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('value: eu-central-1');
    for (const [line, sentence] of [
      ['regoin: x', 'a member regoin, which is no setting of this command. Did you mean region?'],
      ['config: x', 'a member config, which is no setting'],
    ]) {
      await writeFile(file, `${shared}${line}\n`);
      const refused = await podiam(['inject', '--config', file], pod);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(sentence);
    }
  });

  test('a file that is too large, or has no end, is refused', async () => {
    const file = join(await temporaryFolder(), 'pod.yaml');
    await writeFile(file, '');
    await truncate(file, 3 * 1024 ** 3);
    for (const name of [file, '/dev/zero']) {
      const run = await podiam(['inject', '-f', name]);
      expect(run.code).toBe(1);
      expect(run.stderr).toContain(`${name} is larger than the 256 MiB that are read of a file.`);
      expect(run.stderr).not.toContain('report it');
    }
  });
});
